"""DHCP for IPv4 (RFC 2131 §2, options of RFC 2132, 3396, 4702, 8925)."""

import struct
from collections.abc import Callable
from typing import Final

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
    data = buf if type(buf) is bytes else bytes(buf)
    if len(data) < FIXED_BYTES + 4:
        raise DecodeError("truncated", len(data))
    (
        head, transaction_id, seconds, flags, client, yours, server, relay, mac, cookie,
    ) = _unpack_fixed(data)  # fmt: skip
    from_server = _HEADS.get(head)
    if from_server is None or cookie != _COOKIE:
        raise _head_error(data)
    found: dict[int, bytes] = {}
    joined = _read_area(data, 240, 0, found, 0)  # behind the cookie
    if OVERLOAD in found:
        _read_overloaded(data, found, joined)
    option = found.get
    fqdn, requested, server_id, mask, routers, resolvers, lease_s, wait_s, malformed = (
        _NOTHING_DECODED if _DECODED.isdisjoint(found) else _decode(option)
    )
    return Dhcpv4(
        _MESSAGE_TYPES.get(option(MESSAGE_TYPE)) or _message_type(found),
        transaction_id,
        mac,
        from_server,
        seconds,
        flags >= 0x8000,
        client,
        yours,
        server,
        relay,
        option(HOSTNAME),
        fqdn,
        option(VENDOR_CLASS),
        option(CLIENT_IDENTIFIER),
        requested,
        server_id,
        option(PARAMETER_REQUEST_LIST),
        mask,
        routers,
        resolvers,
        lease_s,
        wait_s,
        option(WPAD),
        bytes(found),
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
_unpack_fixed: Final = struct.Struct("!3sxIHH4s4s4s4s6s202x4s").unpack_from
# Operation, kind of hardware and length of its addresses: whether a server sent it.
_HEADS: Final[dict[bytes, bool]] = {b"\x01\x01\x06": False, b"\x02\x01\x06": True}
_COOKIE: Final = b"\x63\x82\x53\x63"
_HIGHEST_MESSAGE_TYPE: Final = 18
_MESSAGE_TYPES: Final[dict[bytes | None, int]] = {
    bytes((number,)): number for number in range(1, _HIGHEST_MESSAGE_TYPE + 1)
}
_SNAME: Final = slice(44, 108)
_FILE: Final = slice(108, 236)


def _head_error(data: bytes) -> DecodeError:
    """What is wrong with the operation, the hardware, the length of its addresses, the cookie."""
    if data[0] not in (BOOT_REQUEST, BOOT_REPLY):
        return DecodeError("bad_type", 0)
    if data[1] != 1:
        return DecodeError("bad_type", 1)
    return DecodeError("unsupported", FIXED_BYTES) if data[2] == 6 else DecodeError("bad_length", 2)


def _message_type(found: dict[int, bytes]) -> int:
    value = found.get(MESSAGE_TYPE)
    if value is None:
        raise DecodeError("unsupported", FIXED_BYTES + 4)
    if len(value) != 1:
        raise DecodeError("bad_option", FIXED_BYTES + 4)
    if not 1 <= value[0] <= _HIGHEST_MESSAGE_TYPE:
        raise DecodeError("bad_type", FIXED_BYTES + 4)
    return value[0]


def _read_overloaded(data: bytes, found: dict[int, bytes], joined: int) -> None:
    """Options in the fields of the file and server names (RFC 2132 §9.3)."""
    overload = found[OVERLOAD]
    if len(overload) != 1 or not 1 <= overload[0] <= 3:
        raise DecodeError("bad_option", FIXED_BYTES + 4)
    if overload[0] & 1:
        joined = _read_area(data[_FILE], 0, _FILE.start, found, joined)
    if overload[0] & 2:
        _read_area(data[_SNAME], 0, _SNAME.start, found, joined)


def _read_area(area: bytes, offset: int, base: int, found: dict[int, bytes], joined: int) -> int:
    """Add the options of a field that starts at `base`; parts of one are joined (RFC 3396 §7).

    Takes and returns how many parts were joined to earlier ones. The end of the field ends the
    options too: clients do not insist on the end option either. An option that reaches beyond it
    is found out where the next one would start.
    """
    try:
        while (code := area[offset]) != 255:  # END, PAD below: names are slow to look up here
            if code == 0:
                offset += 1
                continue
            start = offset + 2
            offset = start + area[offset + 1]
            if code in found:
                joined += 1
                if len(found) + joined > MAX_OPTIONS:
                    raise DecodeError("too_many", base + start - 2)
                found[code] += area[start:offset]
            else:
                found[code] = area[start:offset]
    except IndexError:
        if offset != len(area):
            raise DecodeError("truncated", base + len(area)) from None
    return joined


_Decoded = tuple[
    bytes | None, bytes | None, bytes | None, bytes | None, tuple[bytes, ...], tuple[bytes, ...],
    int | None, int | None, int,
]  # fmt: skip


def _decode(option: Callable[[int], bytes | None]) -> _Decoded:
    """The options that are not taken as they are, and how many of them break their RFC."""
    fqdn, requested = option(CLIENT_FQDN), option(REQUESTED_ADDRESS)
    server_id, mask = option(SERVER_IDENTIFIER), option(SUBNET_MASK)
    routers: tuple[bytes, ...] = ()
    resolvers: tuple[bytes, ...] = ()
    lease_s = wait_s = None
    malformed = 0
    if fqdn is not None:
        fqdn = _fqdn(fqdn)
        malformed += fqdn is None
    if requested is not None and len(requested) != 4:
        requested = None
        malformed += 1
    if server_id is not None and len(server_id) != 4:
        server_id = None
        malformed += 1
    if mask is not None and len(mask) != 4:
        mask = None
        malformed += 1
    if (value := option(ROUTER)) is not None:
        routers = _addresses(value)
        malformed += not routers
    if (value := option(DNS_SERVER)) is not None:
        resolvers = _addresses(value)
        malformed += not resolvers
    if (value := option(LEASE_TIME)) is not None:
        lease_s = _number(value)
        malformed += lease_s is None
    if (value := option(IPV6_ONLY_PREFERRED)) is not None:
        wait_s = _number(value)
        malformed += wait_s is None
    return fqdn, requested, server_id, mask, routers, resolvers, lease_s, wait_s, malformed


_DECODED: Final = frozenset((
    SUBNET_MASK, ROUTER, DNS_SERVER, REQUESTED_ADDRESS, LEASE_TIME, SERVER_IDENTIFIER,
    CLIENT_FQDN, IPV6_ONLY_PREFERRED,
))  # fmt: skip
_NOTHING_DECODED: Final[_Decoded] = (None, None, None, None, (), (), None, None, 0)
_unpack_number: Final = struct.Struct("!I").unpack
_UNPACK_ADDRESSES: Final = {
    4 * count: struct.Struct("4s" * count).unpack for count in range(1, MAX_ADDRESSES + 1)
}


def _number(value: bytes) -> int | None:
    return _unpack_number(value)[0] if len(value) == 4 else None


def _addresses(value: bytes) -> tuple[bytes, ...]:
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
