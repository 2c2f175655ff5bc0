"""Options of neighbour discovery messages (RFC 4861 §4.6, RFC 4191, 8106, 8781, 8910, 3971)."""

import struct
from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec

from collectors.wire import name as names
from collectors.wire.address import require_ipv6, require_mac
from collectors.wire.errors import Buffer, DecodeError

Preference = Literal["low", "medium", "high"]

SOURCE_LINK_ADDRESS: Final = 1
TARGET_LINK_ADDRESS: Final = 2
PREFIX_INFORMATION: Final = 3
REDIRECTED_HEADER: Final = 4
MTU: Final = 5
NONCE: Final = 14
ROUTE_INFORMATION: Final = 24
RECURSIVE_DNS: Final = 25
DNS_SEARCH: Final = 31
CAPTIVE_PORTAL: Final = 37
PREF64: Final = 38

UNIT_BYTES: Final = 8
MAX_OPTIONS_BYTES: Final = 9216  # of one message: more than a jumbo frame can hold
MAX_RESOLVERS: Final = 64  # per option
MAX_SEARCH_DOMAINS: Final = 64  # per option
INFINITE_LIFETIME: Final = 0xFFFFFFFF


class Prefix(msgspec.Struct, frozen=True, gc=False):
    """Prefix information (RFC 4861 §4.6.2); lifetimes in seconds, `INFINITE_LIFETIME` for ever."""

    prefix: bytes
    length: int
    on_link: bool
    autonomous: bool
    valid_s: int
    preferred_s: int
    router_address: bool = False  # R, RFC 6275 §7.2
    prefix_delegation: bool = False  # P, RFC 9762


class Route(msgspec.Struct, frozen=True, gc=False):
    """Route information (RFC 4191 §2.3); lifetime in seconds."""

    prefix: bytes
    length: int
    preference: Preference
    lifetime_s: int


class Resolvers(msgspec.Struct, frozen=True, gc=False):
    """Recursive DNS servers (RFC 8106 §5.1); lifetime in seconds."""

    addresses: tuple[bytes, ...]
    lifetime_s: int


class Search(msgspec.Struct, frozen=True, gc=False):
    """DNS search list (RFC 8106 §5.2); lifetime in seconds."""

    domains: tuple[names.Name, ...]
    lifetime_s: int


class Pref64(msgspec.Struct, frozen=True, gc=False):
    """NAT64 prefix (RFC 8781 §4): 16 octets, length 32 to 96, lifetime in seconds."""

    prefix: bytes
    length: int
    lifetime_s: int


class Options(msgspec.Struct, frozen=True, gc=False):
    """The options of one message. Of options that may come once, the first counts.

    `unknown` counts options of other types, `malformed` those whose own content breaks their RFC:
    hosts skip both and take the rest, so a bad option must not hide the message from the watcher.
    """

    source_mac: bytes | None = None
    target_mac: bytes | None = None
    mtu: int | None = None
    prefixes: tuple[Prefix, ...] = ()
    routes: tuple[Route, ...] = ()
    resolvers: tuple[Resolvers, ...] = ()
    search: tuple[Search, ...] = ()
    pref64: tuple[Pref64, ...] = ()
    captive_portal: bytes | None = None
    nonce: bytes | None = None
    redirected: bytes | None = None
    unknown: int = 0
    malformed: int = 0


def parse(buf: Buffer, offset: int = 0) -> Options:
    """Parse the options from an offset to the end of a message.

    Raises `truncated`, `too_many` and, for an option of length 0, `bad_option` (RFC 4861 §6.1).
    """
    data = buf if type(buf) is bytes else bytes(buf)
    end = len(data)
    size = end - offset
    if size <= 0:
        return _NONE
    if size > MAX_OPTIONS_BYTES or size % 8:  # UNIT_BYTES, which would be looked up each time
        is_long = size > MAX_OPTIONS_BYTES
        raise DecodeError("too_many", offset) if is_long else DecodeError("truncated", end)
    source_mac = target_mac = mtu = None
    prefixes: tuple[Prefix, ...] = ()
    resolvers: tuple[Resolvers, ...] = ()
    while offset < end:
        kind, units = data[offset], data[offset + 1]
        if kind == 3 and units == 4 and offset + 32 <= end and data[offset + 2] <= 128:
            length, flags, valid_s, preferred_s, prefix = _unpack_prefix(data, offset)
            on_link, autonomous, router, delegation = _PREFIX_FLAGS[flags >> 4]
            prefixes += (
                Prefix(
                    prefix, length, on_link, autonomous, valid_s, preferred_s, router, delegation
                ),
            )
            offset += 32
        elif kind == 25 and units == 3 and offset + 24 <= end:
            lifetime_s, address = _unpack_resolver(data, offset)
            resolvers += (Resolvers((address,), lifetime_s),)
            offset += 24
        elif units == 1 and kind == 1 and source_mac is None:
            source_mac = data[offset + 2 : offset + 8]
            offset += 8
        elif units == 1 and kind == 2 and target_mac is None:
            target_mac = data[offset + 2 : offset + 8]
            offset += 8
        elif units == 1 and kind == 5 and mtu is None:
            mtu = _unpack_mtu(data, offset)[0]
            offset += 8
        else:
            seen = (source_mac, target_mac, mtu, prefixes, (), resolvers)
            return _parse_rest(data, offset, [*seen, (), (), None, None, None, 0, 0])
    return Options(source_mac, target_mac, mtu, prefixes, (), resolvers)


def encode(options: Options) -> bytes:
    """The octets of all options that are set, in the order of the fields."""
    parts: list[bytes] = []
    if options.source_mac is not None:
        parts.append(bytes((SOURCE_LINK_ADDRESS, 1)) + require_mac(options.source_mac))
    if options.target_mac is not None:
        parts.append(bytes((TARGET_LINK_ADDRESS, 1)) + require_mac(options.target_mac))
    if options.mtu is not None:
        parts.append(struct.pack("!BBHI", MTU, 1, 0, options.mtu))
    parts.extend(map(_encode_prefix, options.prefixes))
    parts.extend(map(_encode_route, options.routes))
    parts.extend(map(_encode_resolvers, options.resolvers))
    parts.extend(map(_encode_search, options.search))
    parts.extend(map(_encode_pref64, options.pref64))
    for kind, head, value in (
        (CAPTIVE_PORTAL, b"", options.captive_portal),
        (NONCE, b"", options.nonce),
        (REDIRECTED_HEADER, bytes(6), options.redirected),
    ):
        if value is not None:
            parts.append(_padded(kind, head + value))
    return b"".join(parts)


_NONE: Final = Options()
_PREFERENCES: Final[tuple[Preference | None, ...]] = ("medium", "high", None, "low")
_PREFERENCE_BITS: Final[dict[Preference, int]] = {"medium": 0, "high": 1, "low": 3}
_PREF64_LENGTHS: Final = (96, 64, 56, 48, 40, 32)
_PREFIX_HEAD: Final = struct.Struct("!BBBBII")
_unpack_prefix: Final = struct.Struct("!2xBBII4x16s").unpack_from
_unpack_route: Final = struct.Struct("!2xBBI").unpack_from
_unpack_pref64: Final = struct.Struct("!2xH12s").unpack_from
_FOUR_ZEROS: Final = bytes(4)
_unpack_mtu: Final = struct.Struct("!4xI").unpack_from
_unpack_resolver: Final = struct.Struct("!4xI16s").unpack_from
# The four flags of prefix information, from the upper bits of their octet.
_PREFIX_FLAGS: Final = tuple(
    (bits & 8 != 0, bits & 4 != 0, bits & 2 != 0, bits & 1 != 0) for bits in range(16)
)


def _parse_rest(data: bytes, offset: int, values: list[Any]) -> Options:
    """Parse the options from an offset on by the table, behind those that `values` has."""
    end = len(data)
    while offset < end:
        kind, units = data[offset], data[offset + 1]
        stop = offset + units * UNIT_BYTES
        if not units or stop > end:
            raise DecodeError("truncated", end) if units else DecodeError("bad_option", offset + 1)
        if kind in _DECODERS:
            field, repeats, decode = _DECODERS[kind]
            value = decode(data, offset, stop)
            if value is None:
                values[_MALFORMED] += 1
            elif repeats:
                values[field] += (value,)
            elif values[field] is None:
                values[field] = value
        else:
            values[_UNKNOWN] += 1
        offset = stop
    return Options(*values)


def preference_of(bits: int) -> Preference:
    """The meaning of two preference bits in a router advertisement; the reserved one is medium."""
    return _PREFERENCES[bits & 3] or "medium"


def preference_bits(preference: Preference) -> int:
    """The two bits of a preference (RFC 4191 §2.1)."""
    return _PREFERENCE_BITS[preference]


def _link_address(data: bytes, at: int, end: int) -> bytes | None:
    return data[at + 2 : end] if end - at == 8 else None


def _mtu(data: bytes, at: int, end: int) -> int | None:
    return _unpack_mtu(data, at)[0] if end - at == 8 else None


def _prefix(data: bytes, at: int, end: int) -> Prefix | None:
    if end - at != 32:
        return None
    length, flags, valid_s, preferred_s, prefix = _unpack_prefix(data, at)
    if length > 128:
        return None
    on_link, autonomous, router_address, delegation = _PREFIX_FLAGS[flags >> 4]
    return Prefix(
        prefix, length, on_link, autonomous, valid_s, preferred_s, router_address, delegation
    )


def _route(data: bytes, at: int, end: int) -> Route | None:
    length, flags, lifetime_s = _unpack_route(data, at)
    # RFC 4191 §2.3: the reserved preference makes the option one to ignore.
    preference = _PREFERENCES[flags >> 3 & 3]
    size = end - at
    if size > 24 or length > 128 or length > (size - 8) * 8 or preference is None:
        return None
    return Route(data[at + 8 : end].ljust(16, b"\0"), length, preference, lifetime_s)


def _resolvers(data: bytes, at: int, end: int) -> Resolvers | None:
    if end - at == 24:
        lifetime_s, address = _unpack_resolver(data, at)
        return Resolvers((address,), lifetime_s)
    size = end - at
    lifetime_s = int.from_bytes(data[at + 4 : at + 8], "big")
    if size < 24 or size % 16 != 8 or size > 8 + 16 * MAX_RESOLVERS:
        return None
    addresses = [data[start : start + 16] for start in range(at + 8, end, 16)]
    return Resolvers(tuple(addresses), lifetime_s)


def _search(data: bytes, at: int, end: int) -> Search | None:
    body = data[at:end]
    domains: list[names.Name] = []
    offset, size = 8, len(body)
    try:
        while offset < size and body[offset]:
            domain, offset = names.parse(body, offset, False)
            domains.append(domain)
    except DecodeError:
        return None
    if not domains or len(domains) > MAX_SEARCH_DOMAINS or body[offset:].strip(b"\0"):
        return None
    return Search(tuple(domains), int.from_bytes(body[4:8], "big"))


def _pref64(data: bytes, at: int, end: int) -> Pref64 | None:
    if end - at != 16:
        return None
    field, prefix = _unpack_pref64(data, at)
    code = field & 7
    if code >= len(_PREF64_LENGTHS):
        return None
    # The scaled lifetime is the upper 13 bits, in units of 8 s: the field with its code cleared.
    return Pref64(prefix + _FOUR_ZEROS, _PREF64_LENGTHS[code], field & 0xFFF8)


def _captive_portal(data: bytes, at: int, end: int) -> bytes | None:
    return data[at + 2 : end].rstrip(b"\0") or None


def _nonce(data: bytes, at: int, end: int) -> bytes:
    return data[at + 2 : end]


def _redirected(data: bytes, at: int, end: int) -> bytes:
    return data[at + 8 : end]


# Type of option: position of its field in `Options`, whether it repeats, and its decoder. That gets
# the message and the option's extent, at least eight octets; None is what its RFC does not allow.
_DECODERS: Final[dict[int, tuple[int, bool, Callable[[bytes, int, int], object]]]] = {
    SOURCE_LINK_ADDRESS: (0, False, _link_address),
    TARGET_LINK_ADDRESS: (1, False, _link_address),
    MTU: (2, False, _mtu),
    PREFIX_INFORMATION: (3, True, _prefix),
    ROUTE_INFORMATION: (4, True, _route),
    RECURSIVE_DNS: (5, True, _resolvers),
    DNS_SEARCH: (6, True, _search),
    PREF64: (7, True, _pref64),
    CAPTIVE_PORTAL: (8, False, _captive_portal),
    NONCE: (9, False, _nonce),
    REDIRECTED_HEADER: (10, False, _redirected),
}
_UNKNOWN: Final = 11
_MALFORMED: Final = 12


def _padded(kind: int, body: bytes) -> bytes:
    units = (len(body) + 2 + UNIT_BYTES - 1) // UNIT_BYTES
    if units > 255:
        raise ValueError(f"an option has at most {255 * UNIT_BYTES} octets")
    return (bytes((kind, units)) + body).ljust(units * UNIT_BYTES, b"\0")


def _encode_prefix(prefix: Prefix) -> bytes:
    flags = prefix.on_link << 7 | prefix.autonomous << 6
    flags |= prefix.router_address << 5 | prefix.prefix_delegation << 4
    head = _PREFIX_HEAD.pack(
        PREFIX_INFORMATION, 4, prefix.length, flags, prefix.valid_s, prefix.preferred_s
    )
    return head + bytes(4) + require_ipv6(prefix.prefix)


def _encode_route(route: Route) -> bytes:
    bits = preference_bits(route.preference) << 3
    head = struct.pack("!BBI", route.length, bits, route.lifetime_s)
    units = (route.length + 63) // 64
    return _padded(ROUTE_INFORMATION, head + require_ipv6(route.prefix)[: units * UNIT_BYTES])


def _encode_resolvers(resolvers: Resolvers) -> bytes:
    if not 1 <= len(resolvers.addresses) <= MAX_RESOLVERS:
        raise ValueError(f"an option names 1 to {MAX_RESOLVERS} resolvers")
    addresses = b"".join(map(require_ipv6, resolvers.addresses))
    return _padded(RECURSIVE_DNS, struct.pack("!HI", 0, resolvers.lifetime_s) + addresses)


def _encode_search(search: Search) -> bytes:
    if not 1 <= len(search.domains) <= MAX_SEARCH_DOMAINS or names.ROOT in search.domains:
        raise ValueError(f"an option names 1 to {MAX_SEARCH_DOMAINS} domains below the root")
    domains = b"".join(map(names.encode, search.domains))
    return _padded(DNS_SEARCH, struct.pack("!HI", 0, search.lifetime_s) + domains)


def _encode_pref64(pref64: Pref64) -> bytes:
    if pref64.length not in _PREF64_LENGTHS:
        raise ValueError(f"a NAT64 prefix has 32, 40, 48, 56, 64 or 96 bits, not {pref64.length}")
    if pref64.lifetime_s % 8 or not 0 <= pref64.lifetime_s <= 65528:
        raise ValueError(f"a lifetime is 0 to 65528 s in steps of 8, not {pref64.lifetime_s}")
    field = pref64.lifetime_s | _PREF64_LENGTHS.index(pref64.length)
    return struct.pack("!BBH", PREF64, 2, field) + require_ipv6(pref64.prefix)[:12]
