"""DHCP for IPv6 (RFC 8415 §7-§9, §11, §21; options of RFC 3646, 4704, 6939)."""

import struct
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from collectors.wire import dhcpv6_options as options
from collectors.wire.address import require_ipv6, require_mac
from collectors.wire.dhcpv6_options import MAX_ADDRESSES, MAX_OPTIONS, VendorClass
from collectors.wire.errors import Buffer, DecodeError

CLIENT_PORT: Final = 546
SERVER_PORT: Final = 547

SOLICIT: Final = 1
ADVERTISE: Final = 2
REQUEST: Final = 3
CONFIRM: Final = 4
RENEW: Final = 5
REBIND: Final = 6
REPLY: Final = 7
RELEASE: Final = 8
DECLINE: Final = 9
RECONFIGURE: Final = 10
INFORMATION_REQUEST: Final = 11
RELAY_FORWARD: Final = 12
RELAY_REPLY: Final = 13
MESSAGE_NAMES: Final = (
    "", "solicit", "advertise", "request", "confirm", "renew", "rebind", "reply", "release",
    "decline", "reconfigure", "information_request",
)  # fmt: skip

CLIENT_IDENTIFIER: Final = 1
SERVER_IDENTIFIER: Final = 2
IA_NA: Final = 3
IA_ADDRESS: Final = 5
OPTION_REQUEST: Final = 6
PREFERENCE: Final = 7
ELAPSED_TIME: Final = 8
RELAY_MESSAGE: Final = 9
STATUS_CODE: Final = 13
RAPID_COMMIT: Final = 14
VENDOR_CLASS: Final = 16
INTERFACE_ID: Final = 18
DNS_SERVERS: Final = 23
SEARCH_DOMAINS: Final = 24
IA_PD: Final = 25
IA_PREFIX: Final = 26
CLIENT_FQDN: Final = 39
CLIENT_LINK_ADDRESS: Final = 79

NO_ADDRESSES_AVAILABLE: Final = 2

HEADER_BYTES: Final = 4
RELAY_HEADER_BYTES: Final = 34
MAX_RELAYS: Final = 8  # HOP_COUNT_LIMIT (RFC 8415 §7.6)


class Address(msgspec.Struct, frozen=True, gc=False):
    """An address of an association (§21.6); lifetimes in seconds, 2**32-1 = infinite."""

    address: bytes
    preferred_s: int = 0
    valid_s: int = 0


class Prefix(msgspec.Struct, frozen=True, gc=False):
    """A delegated prefix (§21.22); `prefix` has 16 octets."""

    prefix: bytes
    length: int
    preferred_s: int = 0
    valid_s: int = 0


class Association(msgspec.Struct, frozen=True, gc=False):
    """IA_NA (§21.4) with addresses, or with `delegates` IA_PD (§21.21) with prefixes.

    `status` is the code of its status option, None when there is none, which means success.
    """

    iaid: int
    t1_s: int = 0
    t2_s: int = 0
    addresses: tuple[Address, ...] = ()
    prefixes: tuple[Prefix, ...] = ()
    status: int | None = None
    delegates: bool = False


class Message(msgspec.Struct, frozen=True, gc=False):
    """A message between client and server (§8). Text stays raw octets; a DUID is the whole option.

    None is an option that was not sent. `option_codes` is the order of options as sent.
    `malformed` counts options whose content breaks their RFC; they are left out.
    """

    message_type: int
    transaction_id: int
    client_id: bytes | None = None
    server_id: bytes | None = None
    associations: tuple[Association, ...] = ()
    requested: tuple[int, ...] | None = None
    preference: int | None = None
    elapsed_cs: int | None = None
    status: int | None = None
    rapid_commit: bool = False
    vendor_class: VendorClass | None = None
    resolvers: tuple[bytes, ...] = ()
    fqdn: bytes | None = None
    option_codes: tuple[int, ...] = ()
    malformed: int = 0

    @property
    def message_name(self) -> str:
        """`solicit`, `advertise`, … or the number of a rarer type."""
        if self.message_type < len(MESSAGE_NAMES):
            return MESSAGE_NAMES[self.message_type]
        return str(self.message_type)

    @property
    def from_server(self) -> bool:
        """Whether only servers send this type."""
        return self.message_type in (ADVERTISE, REPLY, RECONFIGURE)


class Relayed(msgspec.Struct, frozen=True, gc=False):
    """A message that a relay passes on (§9); `client_mac` is what the relay saw (RFC 6939)."""

    message_type: int
    hops: int
    link: bytes
    peer: bytes
    message: "Message | Relayed"
    interface_id: bytes | None = None
    client_mac: bytes | None = None


def parse(buf: Buffer) -> Message | Relayed:
    """Parse the payload of a datagram from or to port 546 or 547.

    Raises `truncated`, `bad_type` (a message type that is not defined), `bad_option` (a relay's
    message without the message) and `too_many` (options, relays).
    """
    data = buf if type(buf) is bytes else bytes(buf)
    return _Reader(data).message(0, len(data), MAX_RELAYS)


def encode(message: Message | Relayed) -> bytes:
    """The payload of a datagram: the options that are set, in ascending order of fields."""
    if isinstance(message, Relayed):
        return _encode_relayed(message)
    head = bytes((message.message_type,)) + message.transaction_id.to_bytes(3, "big")
    options = [
        _option(code, content) for code, content in _simple_options(message) if content is not None
    ]
    options += map(_encode_association, message.associations)
    return head + b"".join(options)


_ASSOCIATION: Final = struct.Struct("!III")
_LIFETIMES: Final = struct.Struct("!II")
_RELAY_TYPES: Final = frozenset((RELAY_FORWARD, RELAY_REPLY))
_HIGHEST_MESSAGE_TYPE: Final = 36


class _Reader:
    """The octets of a datagram and how many options were read of it."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.count = 0

    def message(self, start: int, end: int, relays: int) -> Message | Relayed:
        if end - start < HEADER_BYTES:
            raise DecodeError("truncated", end)
        kind = self.data[start]
        if kind in _RELAY_TYPES:
            return self._relayed(start, end, relays)
        if not 1 <= kind <= _HIGHEST_MESSAGE_TYPE:
            raise DecodeError("bad_type", start)
        found: dict[str, Any] = {}
        associations: list[Association] = []
        codes: list[int] = []
        malformed = 0
        for code, at, stop in self.options(start + HEADER_BYTES, end):
            codes.append(code)
            if code in (IA_NA, IA_PD):
                association = self._association(code == IA_PD, at, stop)
                if association is None:
                    malformed += 1
                else:
                    associations.append(association)
            elif code in _RULES:
                field, decode = _RULES[code]
                value = decode(self.data[at:stop])
                if value is None or field in found:  # only these may appear twice: the IAs
                    malformed += 1
                else:
                    found[field] = value
        return Message(
            kind,
            int.from_bytes(self.data[start + 1 : start + 4], "big"),
            associations=tuple(associations),
            option_codes=tuple(codes),
            malformed=malformed,
            **found,
        )

    def options(self, at: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Code, start and end of each option; raises `truncated` and `too_many`."""
        while at < end:
            if at + 4 > end:
                raise DecodeError("truncated", end)
            code = self.data[at] << 8 | self.data[at + 1]
            stop = at + 4 + (self.data[at + 2] << 8 | self.data[at + 3])
            if stop > end:
                raise DecodeError("truncated", end)
            self.count += 1
            if self.count > MAX_OPTIONS:
                raise DecodeError("too_many", at)
            yield code, at + 4, stop
            at = stop

    def _relayed(self, start: int, end: int, relays: int) -> Relayed:
        if relays == 0:
            raise DecodeError("too_many", start)
        if end - start < RELAY_HEADER_BYTES:
            raise DecodeError("truncated", end)
        data = self.data
        inner: Message | Relayed | None = None
        interface_id: bytes | None = None
        client_mac: bytes | None = None
        for code, at, stop in self.options(start + RELAY_HEADER_BYTES, end):
            if code == RELAY_MESSAGE and inner is None:
                inner = self.message(at, stop, relays - 1)
            elif code == INTERFACE_ID:
                interface_id = data[at:stop]
            elif code == CLIENT_LINK_ADDRESS and data[at : at + 2] == b"\0\1" and stop == at + 8:
                client_mac = data[at + 2 : stop]
        if inner is None:
            raise DecodeError("bad_option", end)
        link, peer = data[start + 2 : start + 18], data[start + 18 : start + 34]
        return Relayed(data[start], data[start + 1], link, peer, inner, interface_id, client_mac)

    def _association(self, delegates: bool, start: int, end: int) -> Association | None:
        if end - start < _ASSOCIATION.size:
            return None
        iaid, t1_s, t2_s = _ASSOCIATION.unpack_from(self.data, start)
        addresses: list[Address] = []
        prefixes: list[Prefix] = []
        status: int | None = None
        try:
            for code, at, stop in self.options(start + _ASSOCIATION.size, end):
                if len(addresses) + len(prefixes) >= MAX_ADDRESSES:
                    break
                if code == IA_ADDRESS and not delegates and stop - at >= 24:
                    lifetimes = _LIFETIMES.unpack_from(self.data, at + 16)
                    addresses.append(Address(self.data[at : at + 16], *lifetimes))
                elif code == IA_PREFIX and delegates and stop - at >= 25:
                    length = self.data[at + 8]
                    if length <= 128:
                        lifetimes = _LIFETIMES.unpack_from(self.data, at)
                        prefix = self.data[at + 9 : at + 25]
                        prefixes.append(Prefix(prefix, length, *lifetimes))
                elif code == STATUS_CODE:
                    status = options.status(self.data[at:stop])
        except DecodeError as error:
            if error.reason == "too_many":
                raise
            return None
        return Association(iaid, t1_s, t2_s, tuple(addresses), tuple(prefixes), status, delegates)


# Option: the field of `Message`, and its decoder, which returns None for what its RFC forbids.
_RULES: Final[dict[int, tuple[str, Callable[[bytes], object]]]] = {
    CLIENT_IDENTIFIER: ("client_id", options.duid),
    SERVER_IDENTIFIER: ("server_id", options.duid),
    OPTION_REQUEST: ("requested", options.codes),
    PREFERENCE: ("preference", options.octet),
    ELAPSED_TIME: ("elapsed_cs", options.hundredths),
    STATUS_CODE: ("status", options.status),
    RAPID_COMMIT: ("rapid_commit", options.nothing),
    VENDOR_CLASS: ("vendor_class", options.vendor_class),
    DNS_SERVERS: ("resolvers", options.addresses),
    CLIENT_FQDN: ("fqdn", options.fqdn),
}


def _option(code: int, content: bytes) -> bytes:
    return struct.pack("!HH", code, len(content)) + content


def _simple_options(message: Message) -> tuple[tuple[int, bytes | None], ...]:
    vendor = message.vendor_class
    return (
        (CLIENT_IDENTIFIER, message.client_id),
        (SERVER_IDENTIFIER, message.server_id),
        (OPTION_REQUEST, options.encode_codes(message.requested)),
        (PREFERENCE, options.encode_number(message.preference, 1)),
        (ELAPSED_TIME, options.encode_number(message.elapsed_cs, 2)),
        (STATUS_CODE, options.encode_number(message.status, 2)),
        (RAPID_COMMIT, b"" if message.rapid_commit else None),
        (VENDOR_CLASS, None if vendor is None else options.encode_vendor_class(vendor)),
        (DNS_SERVERS, b"".join(map(require_ipv6, message.resolvers)) or None),
        (CLIENT_FQDN, None if message.fqdn is None else b"\0" + options.encode_name(message.fqdn)),
    )


def _encode_association(association: Association) -> bytes:
    content = _ASSOCIATION.pack(association.iaid, association.t1_s, association.t2_s)
    for each in association.addresses:
        lifetimes = _LIFETIMES.pack(each.preferred_s, each.valid_s)
        content += _option(IA_ADDRESS, require_ipv6(each.address) + lifetimes)
    for prefix in association.prefixes:
        lifetimes = _LIFETIMES.pack(prefix.preferred_s, prefix.valid_s)
        length = bytes((prefix.length,))
        content += _option(IA_PREFIX, lifetimes + length + require_ipv6(prefix.prefix))
    if association.status is not None:
        content += _option(STATUS_CODE, association.status.to_bytes(2, "big"))
    return _option(IA_PD if association.delegates else IA_NA, content)


def _encode_relayed(relayed: Relayed) -> bytes:
    head = bytes((relayed.message_type, relayed.hops))
    options = _option(RELAY_MESSAGE, encode(relayed.message))
    if relayed.interface_id is not None:
        options += _option(INTERFACE_ID, relayed.interface_id)
    if relayed.client_mac is not None:
        options += _option(CLIENT_LINK_ADDRESS, b"\0\1" + require_mac(relayed.client_mac))
    return head + require_ipv6(relayed.link) + require_ipv6(relayed.peer) + options
