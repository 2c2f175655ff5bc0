"""Neighbour discovery messages (RFC 4861 §4, with the validation of §6.1, §7.1 and §8.1)."""

import struct
from typing import Final

import msgspec

from collectors.wire import checksum, ethernet, ipv6, nd_options
from collectors.wire.address import (
    ALL_NODES,
    ALL_ROUTERS,
    UNSPECIFIED_IPV6,
    is_link_local,
    is_multicast,
    is_solicited_node,
    multicast_mac,
    require_ipv6,
    solicited_node,
)
from collectors.wire.errors import Buffer, DecodeError
from collectors.wire.nd_options import Options, Preference

ROUTER_SOLICITATION: Final = 133
ROUTER_ADVERTISEMENT: Final = 134
NEIGHBOUR_SOLICITATION: Final = 135
NEIGHBOUR_ADVERTISEMENT: Final = 136
REDIRECT: Final = 137

HOP_LIMIT: Final = 255  # proves that no router forwarded the message (RFC 4861 §3.1)


class RouterSolicitation(msgspec.Struct, frozen=True, gc=False):
    """A host asks for routers (RFC 4861 §4.1)."""

    options: Options = Options()


class RouterAdvertisement(msgspec.Struct, frozen=True, gc=False):
    """A router announces itself (RFC 4861 §4.2). A lifetime of 0: not a default router."""

    hop_limit: int = 0
    managed: bool = False
    other: bool = False
    home_agent: bool = False  # RFC 6275 §7.1
    proxy: bool = False  # RFC 4389 §4.1.3.3
    preference: Preference = "medium"  # RFC 4191 §2.2
    lifetime_s: int = 0
    reachable_ms: int = 0
    retransmit_ms: int = 0
    options: Options = Options()


class NeighbourSolicitation(msgspec.Struct, frozen=True, gc=False):
    """A node asks for the link address of `target` (RFC 4861 §4.3).

    From the unspecified address it asks whether anyone else uses the target (RFC 4862 §5.4).
    """

    target: bytes
    options: Options = Options()


class NeighbourAdvertisement(msgspec.Struct, frozen=True, gc=False):
    """A node says that `target` is its own (RFC 4861 §4.4)."""

    target: bytes
    router: bool = False
    solicited: bool = False
    override: bool = False
    options: Options = Options()


class Redirect(msgspec.Struct, frozen=True, gc=False):
    """A router names a better first hop `target` for `destination` (RFC 4861 §4.5)."""

    target: bytes
    destination: bytes
    options: Options = Options()


Message = (
    RouterSolicitation
    | RouterAdvertisement
    | NeighbourSolicitation
    | NeighbourAdvertisement
    | Redirect
)


def parse(
    buf: Buffer, source: bytes, destination: bytes, hop_limit: int, fragmented: bool = False
) -> Message:
    """Parse an ICMPv6 message of types 133 to 137; the caller has verified its checksum.

    `fragmented` says that the packet had a fragment header, which nodes must not accept
    (RFC 6980 §5). Raises `fragmented`, `bad_hop_limit`, `bad_code`, `truncated`, `bad_type`,
    `bad_address`, and what `nd_options.parse` raises.
    """
    data = buf if type(buf) is bytes else bytes(buf)
    if len(data) < 8:
        raise DecodeError("truncated", len(data))
    if fragmented:
        raise DecodeError("fragmented", 0)
    if hop_limit != 255:  # HOP_LIMIT
        raise DecodeError("bad_hop_limit", 0)
    kind = data[0]
    if data[1]:
        raise DecodeError("bad_code", 1)
    if kind == NEIGHBOUR_ADVERTISEMENT:
        return _parse_neighbour_advertisement(data, destination)
    if kind == NEIGHBOUR_SOLICITATION:
        return _parse_neighbour_solicitation(data, source, destination)
    if kind == ROUTER_ADVERTISEMENT:
        return _parse_router_advertisement(data, source)
    if kind == ROUTER_SOLICITATION:
        return _parse_router_solicitation(data, source)
    if kind == REDIRECT:
        return _parse_redirect(data, source)
    raise DecodeError("bad_type", 0)


def is_duplicate_detection(message: Message, source: bytes) -> bool:
    """Whether a solicitation asks if its target is free; the target is then the new address."""
    return isinstance(message, NeighbourSolicitation) and source == UNSPECIFIED_IPV6


def encode(message: Message) -> bytes:
    """The ICMPv6 message with a checksum field of zero."""
    options = nd_options.encode(message.options)
    if isinstance(message, RouterAdvertisement):
        return _encode_router_advertisement(message) + options
    if isinstance(message, RouterSolicitation):
        return bytes((ROUTER_SOLICITATION, 0, 0, 0, 0, 0, 0, 0)) + options
    target = require_ipv6(message.target)
    if isinstance(message, NeighbourSolicitation):
        return bytes((NEIGHBOUR_SOLICITATION, 0, 0, 0, 0, 0, 0, 0)) + target + options
    if isinstance(message, Redirect):
        head = bytes((REDIRECT, 0, 0, 0, 0, 0, 0, 0))
        return head + target + require_ipv6(message.destination) + options
    flags = message.router << 7 | message.solicited << 6 | message.override << 5
    return bytes((NEIGHBOUR_ADVERTISEMENT, 0, 0, 0, flags, 0, 0, 0)) + target + options


def build(
    source_mac: bytes,
    destination_mac: bytes,
    source: bytes,
    destination: bytes,
    message: Message,
) -> bytes:
    """The frame of a message."""
    body = checksum.with_icmpv6(source, destination, encode(message))
    packet = ipv6.build(source, destination, ipv6.ICMPV6, body, HOP_LIMIT)
    return ethernet.build(destination_mac, source_mac, ethernet.IPV6, packet)


def build_neighbour_solicitation(
    source_mac: bytes,
    source: bytes,
    target: bytes,
    target_mac: bytes | None = None,
    to_group: bool = False,
) -> bytes:
    """The frame that asks for `target`: its group, or one station when its MAC is given (§7.2.2).

    With `to_group` the packet in the frame to one station has the group as its destination, which
    nodes accept (RFC 6085 §3). A station that forwards but lacks the address then drops it, where
    it would pass a packet to `target` on and answer with a redirect. With the unspecified address
    as source it is duplicate address detection, always to the group.
    """
    if source == UNSPECIFIED_IPV6:
        message = NeighbourSolicitation(target)
        target_mac = None
    else:
        message = NeighbourSolicitation(target, Options(source_mac=source_mac))
    group = solicited_node(target)
    if target_mac is not None:
        return build(source_mac, target_mac, source, group if to_group else target, message)
    return build(source_mac, multicast_mac(group), source, group, message)


def build_neighbour_advertisement(
    source_mac: bytes,
    source: bytes,
    target: bytes,
    destination_mac: bytes | None = None,
    destination: bytes = ALL_NODES,
    router: bool = False,
    override: bool = True,
) -> bytes:
    """The frame that answers a solicitation (§7.2.4) or announces `target` to all (§7.2.6)."""
    solicited = not is_multicast(destination)
    options = Options(target_mac=source_mac)
    message = NeighbourAdvertisement(target, router, solicited, override, options)
    if destination_mac is None:
        destination_mac = multicast_mac(destination)
    return build(source_mac, destination_mac, source, destination, message)


def build_router_solicitation(source_mac: bytes, source: bytes = UNSPECIFIED_IPV6) -> bytes:
    """The frame that asks all routers (§6.3.7)."""
    known = source != UNSPECIFIED_IPV6
    message = RouterSolicitation(Options(source_mac=source_mac) if known else Options())
    return build(source_mac, multicast_mac(ALL_ROUTERS), source, ALL_ROUTERS, message)


def build_router_advertisement(
    source_mac: bytes,
    source: bytes,
    message: RouterAdvertisement,
    destination_mac: bytes | None = None,
    destination: bytes = ALL_NODES,
) -> bytes:
    """The frame of an advertisement, to all nodes unless one is named (§6.2.3, §6.2.6)."""
    if destination_mac is None:
        destination_mac = multicast_mac(destination)
    return build(source_mac, destination_mac, source, destination, message)


_ROUTER_ADVERTISEMENT: Final = struct.Struct("!BBHII")  # behind the ICMPv6 header
_unpack_advertisement: Final = _ROUTER_ADVERTISEMENT.unpack_from
# M, O, H, the preference and P, from the upper six bits of their octet.
_FLAGS: Final = tuple(
    (
        bits & 32 != 0,
        bits & 16 != 0,
        bits & 8 != 0,
        nd_options.preference_of(bits >> 1 & 3),
        bits & 1 != 0,
    )
    for bits in range(64)
)
_SOLICITATION_BYTES: Final = 8
_NEIGHBOUR_BYTES: Final = 24
_REDIRECT_BYTES: Final = 40


def _parse_router_solicitation(data: bytes, source: bytes) -> RouterSolicitation:
    options = nd_options.parse(data, _SOLICITATION_BYTES)
    if options.source_mac is not None and source == UNSPECIFIED_IPV6:
        raise DecodeError("bad_option", _SOLICITATION_BYTES)
    return RouterSolicitation(options)


def _parse_router_advertisement(data: bytes, source: bytes) -> RouterAdvertisement:
    if len(data) < 16:
        raise DecodeError("truncated", len(data))
    if source[0] != 0xFE or source[1] & 0xC0 != 0x80:  # as is_link_local
        raise DecodeError("bad_address", 0)
    hop_limit, flags, lifetime_s, reachable_ms, retransmit_ms = _unpack_advertisement(data, 4)
    managed, other, home_agent, preference, proxy = _FLAGS[flags >> 2]
    return RouterAdvertisement(
        hop_limit,
        managed,
        other,
        home_agent,
        proxy,
        preference,
        lifetime_s,
        reachable_ms,
        retransmit_ms,
        nd_options.parse(data, 16),
    )


def _parse_neighbour_solicitation(
    data: bytes, source: bytes, destination: bytes
) -> NeighbourSolicitation:
    target = _target(data)
    options = nd_options.parse(data, _NEIGHBOUR_BYTES)
    if source == UNSPECIFIED_IPV6:
        if not is_solicited_node(destination):
            raise DecodeError("bad_address", 0)
        if options.source_mac is not None:
            raise DecodeError("bad_option", _NEIGHBOUR_BYTES)
    return NeighbourSolicitation(target, options)


def _parse_neighbour_advertisement(data: bytes, destination: bytes) -> NeighbourAdvertisement:
    target = _target(data)
    flags = data[4]
    solicited = flags & 0x40 != 0
    if solicited and is_multicast(destination):
        raise DecodeError("bad_address", 4)
    options = nd_options.parse(data, _NEIGHBOUR_BYTES)
    return NeighbourAdvertisement(target, flags & 0x80 != 0, solicited, flags & 0x20 != 0, options)


def _parse_redirect(data: bytes, source: bytes) -> Redirect:
    if len(data) < _REDIRECT_BYTES:
        raise DecodeError("truncated", len(data))
    target, destination = data[8:24], data[24:40]
    if not is_link_local(source):
        raise DecodeError("bad_address", 0)
    if target != destination and not is_link_local(target):
        raise DecodeError("bad_address", 8)
    if is_multicast(destination):
        raise DecodeError("bad_address", 24)
    return Redirect(target, destination, nd_options.parse(data, _REDIRECT_BYTES))


def _target(data: bytes) -> bytes:
    if len(data) < _NEIGHBOUR_BYTES:
        raise DecodeError("truncated", len(data))
    target = data[8:24]
    if target[0] == 0xFF:
        raise DecodeError("bad_address", 8)
    return target


def _encode_router_advertisement(message: RouterAdvertisement) -> bytes:
    flags = message.managed << 7 | message.other << 6 | message.home_agent << 5
    flags |= nd_options.preference_bits(message.preference) << 3 | message.proxy << 2
    return bytes((ROUTER_ADVERTISEMENT, 0, 0, 0)) + _ROUTER_ADVERTISEMENT.pack(
        message.hop_limit,
        flags,
        message.lifetime_s,
        message.reachable_ms,
        message.retransmit_ms,
    )
