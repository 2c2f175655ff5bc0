"""DHCP for IPv4 (RFC 2131 §2, options of RFC 2132, 3396, 4702, 8925)."""

import struct
from collections.abc import Callable
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
    data = buf if type(buf) is bytes else bytes(buf)
    if len(data) < FIXED_BYTES + 4:
        raise DecodeError("truncated", len(data))
    if data[:3] not in _HEADS:
        raise _head_error(data)
    if not data.startswith(_COOKIE, FIXED_BYTES):
        raise DecodeError("unsupported", FIXED_BYTES)
    found: dict[int, bytes] = {}
    count = _read_area(data, FIXED_BYTES + 4, len(data), found, 0)
    if OVERLOAD in found:
        _read_overloaded(data, found, count)
    option = found.get
    values: list[Any] = [
        option(HOSTNAME), None, option(VENDOR_CLASS), option(CLIENT_IDENTIFIER), None, None,
        option(PARAMETER_REQUEST_LIST), None, (), (), None, None, option(WPAD), bytes([*found]), 0,
    ]  # fmt: skip
    for code in found.keys() & _RULES.keys():
        field, decode = _RULES[code]
        value = decode(found[code])
        if value is None:
            values[_MALFORMED] += 1
        else:
            values[field] = value
    transaction_id, seconds, flags, client, yours, server, relay, mac = _unpack_header(data, 4)
    return Dhcpv4(
        _MESSAGE_TYPES.get(option(MESSAGE_TYPE)) or _message_type(found),
        transaction_id,
        mac,
        data[0] == 2,
        seconds,
        flags & 0x8000 != 0,
        client,
        yours,
        server,
        relay,
        *values,
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
_unpack_header: Final = _HEADER.unpack_from
_HEADS: Final = frozenset((b"\x01\x01\x06", b"\x02\x01\x06"))
_COOKIE: Final = b"\x63\x82\x53\x63"
_HIGHEST_MESSAGE_TYPE: Final = 18
_MESSAGE_TYPES: Final[dict[bytes | None, int]] = {
    bytes((number,)): number for number in range(1, _HIGHEST_MESSAGE_TYPE + 1)
}
_SNAME: Final = (44, 108)
_FILE: Final = (108, 236)


def _head_error(data: bytes) -> DecodeError:
    """What is wrong with the operation, the kind of hardware, or the length of its addresses."""
    if data[0] not in (BOOT_REQUEST, BOOT_REPLY):
        return DecodeError("bad_type", 0)
    return DecodeError("bad_type", 1) if data[1] != 1 else DecodeError("bad_length", 2)


def _read_overloaded(data: bytes, found: dict[int, bytes], count: int) -> None:
    """Options in the fields of the file and server names (RFC 2132 §9.3)."""
    overload = found[OVERLOAD]
    if len(overload) != 1 or not 1 <= overload[0] <= 3:
        raise DecodeError("bad_option", FIXED_BYTES + 4)
    if overload[0] & 1:
        count = _read_area(data, *_FILE, found, count)
    if overload[0] & 2:
        _read_area(data, *_SNAME, found, count)


def _message_type(found: dict[int, bytes]) -> int:
    value = found.get(MESSAGE_TYPE)
    if value is None:
        raise DecodeError("unsupported", FIXED_BYTES + 4)
    if len(value) != 1:
        raise DecodeError("bad_option", FIXED_BYTES + 4)
    if not 1 <= value[0] <= _HIGHEST_MESSAGE_TYPE:
        raise DecodeError("bad_type", FIXED_BYTES + 4)
    return value[0]


def _read_area(data: bytes, offset: int, end: int, found: dict[int, bytes], count: int) -> int:
    """Add the options of one field; parts of one option are joined (RFC 3396 §7).

    The end of the field ends them too: clients do not insist on the end option either.
    """
    while offset < end:
        code = data[offset]
        if code == 255:  # END, PAD below: constants of the module are slow to look up here
            break
        if code == 0:
            offset += 1
            continue
        start = offset + 2
        if start > end:
            raise DecodeError("truncated", end)
        stop = start + data[offset + 1]
        if stop > end:
            raise DecodeError("truncated", end)
        if code in found:
            found[code] += data[start:stop]
        else:
            found[code] = data[start:stop]
        count += 1
        if count > MAX_OPTIONS:
            raise DecodeError("too_many", offset)
        offset = stop
    return count


def _address(value: bytes) -> bytes | None:
    return value if len(value) == 4 else None


def _number(value: bytes) -> int | None:
    return int.from_bytes(value, "big") if len(value) == 4 else None


def _addresses(value: bytes) -> tuple[bytes, ...] | None:
    size = len(value)
    if not size or size % 4 or size > 4 * MAX_ADDRESSES:
        return None
    return tuple([value[at : at + 4] for at in range(0, size, 4)])


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


# Option that is not taken as it is: its position among the option fields of `Dhcpv4`, and its
# decoder, which returns None for what the option's RFC does not allow.
_RULES: Final[dict[int, tuple[int, Callable[[bytes], object]]]] = {
    CLIENT_FQDN: (1, _fqdn),
    REQUESTED_ADDRESS: (4, _address),
    SERVER_IDENTIFIER: (5, _address),
    SUBNET_MASK: (7, _address),
    ROUTER: (8, _addresses),
    DNS_SERVER: (9, _addresses),
    LEASE_TIME: (10, _number),
    IPV6_ONLY_PREFERRED: (11, _number),
}
_MALFORMED: Final = 14  # behind them and the codes


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
