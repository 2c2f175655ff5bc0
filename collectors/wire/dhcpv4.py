"""DHCP for IPv4 (RFC 2131 §2, options of RFC 2132, 3396, 4702, 8925)."""

import struct
from typing import Any, Final

import msgspec

from collectors.wire import name as names
from collectors.wire.address import UNSPECIFIED_IPV4, ZERO_MAC, require_ipv4, require_mac
from collectors.wire.errors import Buffer, DecodeError

CLIENT_PORT: Final = 68
SERVER_PORT: Final = 67

BOOT_REQUEST: Final = 1
BOOT_REPLY: Final = 2
DISCOVER: Final = 1
OFFER: Final = 2
REQUEST: Final = 3
DECLINE: Final = 4
ACK: Final = 5
NAK: Final = 6
RELEASE: Final = 7
INFORM: Final = 8
MESSAGE_NAMES: Final = (
    "", "discover", "offer", "request", "decline", "ack", "nak", "release", "inform",
)  # fmt: skip

PAD: Final = 0
SUBNET_MASK: Final = 1
ROUTER: Final = 3
DNS_SERVER: Final = 6
HOSTNAME: Final = 12
REQUESTED_ADDRESS: Final = 50
LEASE_TIME: Final = 51
OVERLOAD: Final = 52
MESSAGE_TYPE: Final = 53
SERVER_IDENTIFIER: Final = 54
PARAMETER_REQUEST_LIST: Final = 55
VENDOR_CLASS: Final = 60
CLIENT_IDENTIFIER: Final = 61
CLIENT_FQDN: Final = 81
IPV6_ONLY_PREFERRED: Final = 108
WPAD: Final = 252
END: Final = 255

FIXED_BYTES: Final = 236
MIN_MESSAGE_BYTES: Final = FIXED_BYTES + 4 + 4  # cookie, message type, end
PADDED_BYTES: Final = 300  # what relays and old servers expect at least (RFC 1542 §2.1)
MAX_OPTIONS: Final = 256  # over options, file and sname
MAX_ADDRESSES: Final = 16  # per option
DEFAULT_PARAMETERS: Final = bytes((1, 3, 6, 15, 51, 54, IPV6_ONLY_PREFERRED))


class Dhcpv4(msgspec.Struct, frozen=True, gc=False):
    """A message. Text options are raw octets; lists keep the sender's order.

    None is an option that was not sent: `parameters` None says nothing of option 108, a list
    without 108 says that the client needs IPv4 (RFC 8925 §3.2). `option_codes` is the order of
    options as sent. `malformed` counts options whose content breaks their RFC; they are left out.
    """

    message_type: int
    transaction_id: int
    client_mac: bytes = ZERO_MAC
    from_server: bool = False
    seconds: int = 0
    broadcast: bool = False
    client_address: bytes = UNSPECIFIED_IPV4
    your_address: bytes = UNSPECIFIED_IPV4
    next_server: bytes = UNSPECIFIED_IPV4
    relay: bytes = UNSPECIFIED_IPV4
    hostname: bytes | None = None
    fqdn: bytes | None = None
    vendor_class: bytes | None = None
    client_id: bytes | None = None
    requested_address: bytes | None = None
    server_id: bytes | None = None
    parameters: bytes | None = None
    subnet_mask: bytes | None = None
    routers: tuple[bytes, ...] = ()
    resolvers: tuple[bytes, ...] = ()
    lease_s: int | None = None
    ipv6_only_wait_s: int | None = None
    wpad: bytes | None = None
    option_codes: bytes = b""
    malformed: int = 0

    @property
    def message_name(self) -> str:
        """`discover`, `offer`, … or the number of a rarer type."""
        if self.message_type < len(MESSAGE_NAMES):
            return MESSAGE_NAMES[self.message_type]
        return str(self.message_type)

    @property
    def ipv6_only_capable(self) -> bool | None:
        """Whether the client can do without IPv4, by its own word; None when it did not say."""
        return None if self.parameters is None else IPV6_ONLY_PREFERRED in self.parameters


def parse(buf: Buffer) -> Dhcpv4:
    """Parse the payload of a datagram from or to port 67.

    A missing end option is accepted, as clients do. Raises `truncated`, `bad_type` (not Ethernet,
    undefined operation or message type), `bad_length`, `unsupported` (BOOTP: no cookie or no
    message type), `too_many`, `bad_option` (message type or overload that cannot be read).
    """
    # All in one function: another call would cost as much as an option.
    data = buf if type(buf) is bytes else bytes(buf)
    if len(data) < 240:  # FIXED_BYTES and the cookie; names are slow to look up here
        raise DecodeError("truncated", len(data))
    (
        operation, hardware, transaction_id, seconds, flags, client, yours, server, relay, mac,
        cookie,
    ) = _unpack_fixed(data)  # fmt: skip
    if hardware != 0x0106 or not 0 < operation < 3 or cookie != _COOKIE:
        raise _head_error(data)
    values: list[Any] = [*_NO_OPTIONS]
    codes: list[int] = []
    joined = _read_area(data, 240, 0, values, codes, 0)
    if values[_OVERLOAD] is not None:
        _read_overloaded(data, values, codes, joined)
    (
        _, kind, hostname, fqdn, vendor_class, client_id, requested, server_id, parameters, mask,
        routers, resolvers, lease_s, wait_s, wpad, _,
    ) = values  # fmt: skip
    message_type = _MESSAGE_TYPES.get(kind)
    if message_type is None:
        raise _type_error(kind)
    malformed = 0
    if fqdn is not None and (fqdn := _fqdn(fqdn)) is None:
        malformed += 1
    if requested is not None and len(requested) != 4:
        requested = None
        malformed += 1
    if server_id is not None and len(server_id) != 4:
        server_id = None
        malformed += 1
    if mask is not None and len(mask) != 4:
        mask = None
        malformed += 1
    if routers is not None and not (routers := _addresses(routers)):
        malformed += 1
    if resolvers is not None and not (resolvers := _addresses(resolvers)):
        malformed += 1
    if lease_s is not None and (lease_s := _number(lease_s)) is None:
        malformed += 1
    if wait_s is not None and (wait_s := _number(wait_s)) is None:
        malformed += 1
    return Dhcpv4(
        message_type,
        transaction_id,
        mac,
        operation == 2,
        seconds,
        flags >= 0x8000,
        client,
        yours,
        server,
        relay,
        hostname,
        fqdn,
        vendor_class,
        client_id,
        requested,
        server_id,
        parameters,
        mask,
        routers or (),
        resolvers or (),
        lease_s,
        wait_s,
        wpad,
        bytes(codes),
        malformed,
    )


def encode(message: Dhcpv4) -> bytes:
    """The payload of a datagram: the options that are set, in ascending order after the type."""
    operation = BOOT_REPLY if message.from_server else BOOT_REQUEST
    head = bytes((operation, 1, 6, 0)) + _HEADER.pack(
        message.transaction_id,
        message.seconds,
        0x8000 if message.broadcast else 0,
        require_ipv4(message.client_address),
        require_ipv4(message.your_address),
        require_ipv4(message.next_server),
        require_ipv4(message.relay),
        require_mac(message.client_mac),
    )
    options = [_option(MESSAGE_TYPE, bytes((message.message_type,)))]
    for code, value in _option_values(message):
        if value is not None:
            options.append(_option(code, value))
    wire = head.ljust(FIXED_BYTES, b"\0") + _COOKIE + b"".join(options) + b"\xff"
    return wire.ljust(PADDED_BYTES, b"\0")


def build_discover(
    client_mac: bytes,
    transaction_id: int,
    hostname: bytes | None = None,
    vendor_class: bytes | None = None,
    parameters: bytes = DEFAULT_PARAMETERS,
    seconds: int = 0,
) -> bytes:
    """The payload that looks for servers; it asks them to broadcast their answers.

    It asks for option 108 by default: a server must not send that unasked (RFC 8925 §3.3).
    """
    return encode(
        Dhcpv4(
            DISCOVER,
            transaction_id,
            client_mac,
            seconds=seconds,
            broadcast=True,
            hostname=hostname,
            vendor_class=vendor_class,
            parameters=parameters,
        )
    )


def build_reply(
    request: Dhcpv4,
    message_type: int,
    server: bytes,
    address: bytes = UNSPECIFIED_IPV4,
    subnet_mask: bytes | None = None,
    routers: tuple[bytes, ...] = (),
    resolvers: tuple[bytes, ...] = (),
    lease_s: int | None = None,
    ipv6_only_wait_s: int | None = None,
) -> bytes:
    """The payload of an OFFER, ACK or NAK. Option 108 goes only to a client that asked for it."""
    asked = request.ipv6_only_capable is True
    return encode(
        Dhcpv4(
            message_type,
            request.transaction_id,
            request.client_mac,
            from_server=True,
            broadcast=request.broadcast,
            your_address=address,
            relay=request.relay,
            server_id=server,
            subnet_mask=subnet_mask,
            routers=routers,
            resolvers=resolvers,
            lease_s=lease_s,
            ipv6_only_wait_s=ipv6_only_wait_s if asked else None,
        )
    )


_HEADER: Final = struct.Struct("!IHH4s4s4s4s6s")  # from the transaction identifier on
_unpack_fixed: Final = struct.Struct("!BHxIHH4s4s4s4s6s202x4s").unpack_from
_COOKIE: Final = b"\x63\x82\x53\x63"
_HIGHEST_MESSAGE_TYPE: Final = 18
_MESSAGE_TYPES: Final[dict[bytes | None, int]] = {
    bytes((number,)): number for number in range(1, _HIGHEST_MESSAGE_TYPE + 1)
}
_SNAME: Final = slice(44, 108)
_FILE: Final = slice(108, 236)
# The options that are read, in the order in which `parse` takes them; the first place is for
# all others, whose content is left out.
_READ: Final = (
    MESSAGE_TYPE, HOSTNAME, CLIENT_FQDN, VENDOR_CLASS, CLIENT_IDENTIFIER, REQUESTED_ADDRESS,
    SERVER_IDENTIFIER, PARAMETER_REQUEST_LIST, SUBNET_MASK, ROUTER, DNS_SERVER, LEASE_TIME,
    IPV6_ONLY_PREFERRED, WPAD, OVERLOAD,
)  # fmt: skip
_PLACES: Final = tuple(_READ.index(code) + 1 if code in _READ else 0 for code in range(256))
_OVERLOAD: Final = _PLACES[OVERLOAD]


def _head_error(data: bytes) -> DecodeError:
    """What is wrong with the operation, the hardware, the length of its addresses, the cookie."""
    if data[0] not in (BOOT_REQUEST, BOOT_REPLY):
        return DecodeError("bad_type", 0)
    if data[1] != 1:
        return DecodeError("bad_type", 1)
    return DecodeError("unsupported", FIXED_BYTES) if data[2] == 6 else DecodeError("bad_length", 2)


def _type_error(value: bytes | None) -> DecodeError:
    """What is wrong with a message type that is none of those defined."""
    if value is None:
        return DecodeError("unsupported", FIXED_BYTES + 4)
    return DecodeError("bad_type" if len(value) == 1 else "bad_option", FIXED_BYTES + 4)


def _read_overloaded(data: bytes, values: list[Any], codes: list[int], joined: int) -> None:
    """Options in the fields of the file and server names (RFC 2132 §9.3)."""
    overload = values[_OVERLOAD]
    if len(overload) != 1 or not 1 <= overload[0] <= 3:
        raise DecodeError("bad_option", FIXED_BYTES + 4)
    if overload[0] & 1:
        joined = _read_area(data[_FILE], 0, _FILE.start, values, codes, joined)
    if overload[0] & 2:
        _read_area(data[_SNAME], 0, _SNAME.start, values, codes, joined)


def _read_area(
    area: bytes, offset: int, base: int, values: list[Any], codes: list[int], joined: int
) -> int:
    """Add the options from `offset` on; parts of one are joined (RFC 3396 §7).

    `base` is where the area starts in the message.

    Takes and returns how many parts were joined to earlier ones. The end of the field ends the
    options too: clients do not insist on the end option either. An option that reaches beyond it
    is found out where the next one would start.
    """
    places = _PLACES
    try:
        while True:
            code = area[offset]
            place = places[code]
            if values[place] is None:  # the first of its kind that is read
                start = offset + 2
                offset = start + area[offset + 1]
                values[place] = area[start:offset]
                codes.append(code)
            elif code == END:
                break
            elif code == PAD:
                offset += 1
            else:
                start = offset + 2
                offset = start + area[offset + 1]
                if code not in codes:
                    codes.append(code)
                    continue
                joined += 1
                if len(codes) + joined > MAX_OPTIONS:
                    raise DecodeError("too_many", base + start - 2)
                if place:
                    values[place] += area[start:offset]
    except IndexError:
        if offset != len(area):
            raise DecodeError("truncated", base + len(area)) from None
    return joined


_NO_OPTIONS: Final = (b"", *(None for _ in _READ))
_unpack_number: Final = struct.Struct("!I").unpack
_UNPACK_ADDRESSES: Final = {
    4 * count: struct.Struct("4s" * count).unpack for count in range(1, MAX_ADDRESSES + 1)
}


def _number(value: bytes) -> int | None:
    return _unpack_number(value)[0] if len(value) == 4 else None


def _addresses(value: bytes) -> tuple[bytes, ...]:
    if len(value) == 4:
        return (value,)
    unpack = _UNPACK_ADDRESSES.get(len(value))
    return unpack(value) if unpack else ()


def _fqdn(value: bytes) -> bytes | None:
    if len(value) < 3:
        return None
    if value[0] & 0x04 == 0:
        return value[3:]  # the deprecated ASCII form (RFC 4702 §2.3.1)
    # A partial name has no root at its end, which a complete one must have.
    wire = value if value[-1:] == b"\0" and len(value) > 3 else value + b"\0"
    try:
        labels, _ = names.parse(wire, 3, compressed=False)
    except DecodeError:
        return None
    return b".".join(labels)


def _option(code: int, value: bytes) -> bytes:
    """One option, in parts where it is longer than 255 octets (RFC 3396 §5)."""
    parts = [value[at : at + 255] for at in range(0, len(value), 255)] or [b""]
    return b"".join(bytes((code, len(part))) + part for part in parts)


def _option_values(message: Dhcpv4) -> tuple[tuple[int, bytes | None], ...]:
    return (
        (SUBNET_MASK, message.subnet_mask),
        (ROUTER, b"".join(map(require_ipv4, message.routers)) or None),
        (DNS_SERVER, b"".join(map(require_ipv4, message.resolvers)) or None),
        (HOSTNAME, message.hostname),
        (REQUESTED_ADDRESS, message.requested_address),
        (LEASE_TIME, _four(message.lease_s)),
        (SERVER_IDENTIFIER, message.server_id),
        (PARAMETER_REQUEST_LIST, message.parameters),
        (VENDOR_CLASS, message.vendor_class),
        (CLIENT_IDENTIFIER, message.client_id),
        (CLIENT_FQDN, None if message.fqdn is None else bytes(3) + message.fqdn),
        (IPV6_ONLY_PREFERRED, _four(message.ipv6_only_wait_s)),
        (WPAD, message.wpad),
    )


def _four(number: int | None) -> bytes | None:
    return None if number is None else number.to_bytes(4, "big")
