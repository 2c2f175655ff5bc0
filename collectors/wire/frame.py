"""From a raw Ethernet frame to the message inside."""

import struct
from collections.abc import Callable
from typing import Final

import msgspec

from collectors.wire import (
    arp,
    carp,
    cdp,
    dhcpv4,
    dhcpv6,
    dns,
    dtp,
    ethernet,
    hsrp,
    icmpv4,
    icmpv6,
    ipv4,
    ipv6,
    llc,
    lldp,
    nbns,
    nd,
    ssdp,
    stp,
    tunnel,
    udp,
    vrrp,
    wsd,
)
from collectors.wire.errors import Buffer, DecodeError

Payload = (
    arp.Arp
    | icmpv4.Message
    | icmpv6.Message
    | dhcpv4.Dhcpv4
    | dhcpv6.Message
    | dhcpv6.Relayed
    | dns.Message
    | nbns.Message
    | ssdp.Ssdp
    | wsd.Wsd
    | lldp.Lldp
    | cdp.Cdp
    | stp.Bpdu
    | vrrp.Vrrp
    | carp.Carp
    | hsrp.Hsrp
    | dtp.Dtp
    | tunnel.Tunnelled
)


class Decoded(msgspec.Struct, frozen=True, gc=False):
    """What a frame says. `payload` is None where nothing is decoded: other protocols and ports,
    fragments.

    `source` and `destination` are IP addresses (4 or 16 octets; empty without an IP header; for
    ARP use the payload's). `protocol` is the IP protocol number or None, the ports are 0 outside
    UDP, `hop_limit` is the IPv4 TTL or the IPv6 hop limit. `vlans`: outermost first; the kernel
    strips the outermost tag from frames on packet sockets, so it may be missing here.
    """

    source_mac: bytes
    destination_mac: bytes
    ethertype: int
    payload: Payload | None = None
    source: bytes = b""
    destination: bytes = b""
    protocol: int | None = None
    hop_limit: int = 0
    source_port: int = 0
    destination_port: int = 0
    vlans: tuple[int, ...] = ()


def decode(frame: Buffer) -> Decoded:
    """Decode one frame; raises `DecodeError` only, its offset counted from the frame's start.

    ICMP checksums are verified; UDP checksums are not, since offload leaves them unfilled in
    frames from this machine and its namespaces.
    """
    data = frame if type(frame) is bytes else bytes(frame)
    if len(data) >= _SHORTEST_PLAIN:
        kind = data[12] << 8 | data[13]
        if kind == 0x86DD:  # ethernet.IPV6
            # Version 6, and ICMPv6 right behind the header.
            if data[20] == 58 and data[14] >> 4 == 6:
                return _decode_plain_icmpv6(data)
        elif kind == 0x0800 and data[23] == 17:  # ethernet.IPV4, ipv4.UDP
            return _decode_plain_udp(data)
    return decode_ethernet(ethernet.parse(data))


def decode_ethernet(outer: ethernet.Ethernet) -> Decoded:
    """Decode a frame that is parsed as far as its own header, as a capture may hold it."""
    try:
        if outer.ethertype == ethernet.ARP:
            return Decoded(
                outer.source,
                outer.destination,
                ethernet.ARP,
                arp.parse(outer.payload),
                vlans=outer.vlans,
            )
        if outer.ethertype == ethernet.IPV6:
            return _decode_ipv6(outer)
        if outer.ethertype == ethernet.IPV4:
            return _decode_ipv4(outer)
        payload: Payload | None = None
        if outer.ethertype == ethernet.LLDP:
            payload = lldp.parse(outer.payload)
        elif outer.is_llc:
            payload = _decode_llc(outer)
    except DecodeError as error:
        raise error.shifted(outer.payload_offset) from None
    return Decoded(outer.source, outer.destination, outer.ethertype, payload, vlans=outer.vlans)


# The two plain ways leave out the struct of each layer. Behind an Ethernet header of 14 octets an
# IPv4 header has 20 and an IPv6 header 40: what follows is at 34 and 54, a UDP payload at 42.


def _decode_plain_icmpv6(data: bytes) -> Decoded:
    """What nearly every frame of IPv6 on a link is."""
    destination_mac, source_mac, length, hop_limit, source, destination, kind = _unpack_icmpv6(data)
    end = 54 + length
    if end > len(data):
        raise DecodeError("truncated", len(data))
    # The checksum covers the addresses, which stand right before the message (RFC 8200 §8.1).
    covered = data[22:end] if length % 2 == 0 else data[22:end] + b"\0"
    if (_number(covered, "big") % 0xFFFF + length + 58) % 0xFFFF or length < 4:
        raise DecodeError("truncated" if length < 4 else "bad_checksum", end if length < 4 else 56)
    try:
        if 133 <= kind <= 137:  # nd.ROUTER_SOLICITATION to nd.REDIRECT
            payload: Payload = nd.parse(data[54:end], source, destination, hop_limit)
        else:
            payload = icmpv6.parse_verified(data[54:end], source, destination, hop_limit)
    except DecodeError as error:
        raise error.shifted(54) from None
    return Decoded(source_mac, destination_mac, 0x86DD, payload, source, destination, 58, hop_limit)


def _decode_plain_udp(data: bytes) -> Decoded:
    """What DHCP and the names of an IPv4 network come in."""
    (
        destination_mac, source_mac, first, total, fragment, ttl, source, destination,
        source_port, destination_port, length,
    ) = _unpack_udp(data)  # fmt: skip
    if first != 0x45 or fragment & 0x3FFF:  # version 4 without options, no fragment
        return decode_ethernet(ethernet.parse(data))
    if not 28 <= 20 + length <= total <= len(data) - 14:
        raise _length_error(total, length, len(data))
    parse = _BY_PORT.get(destination_port) or _BY_PORT.get(source_port)
    try:
        payload = parse(data[42 : 34 + length]) if parse else None
    except DecodeError as error:
        raise error.shifted(42) from None
    return Decoded(
        source_mac,
        destination_mac,
        0x0800,
        payload,
        source,
        destination,
        17,
        ttl,
        source_port,
        destination_port,
    )


def _length_error(total: int, length: int, size: int) -> DecodeError:
    """Which length of a UDP datagram, its IPv4 packet and the frame is the wrong one."""
    if total < ipv4.MIN_HEADER_BYTES:
        return DecodeError("bad_length", 16)
    end = min(14 + total, size)
    if 14 + total > size or total < 28:
        return DecodeError("truncated", end)
    return DecodeError("bad_length", 38) if length < 8 else DecodeError("truncated", end)


_number: Final = int.from_bytes
_unpack_icmpv6: Final = struct.Struct("!6s6s6xHxB16s16sB").unpack_from
_unpack_udp: Final = struct.Struct("!6s6s2xBxH2xHBxxx4s4sHHH").unpack_from
# Up to the checksum of an ICMPv6 message; a shorter frame takes the long way.
_SHORTEST_PLAIN: Final = ethernet.HEADER_BYTES + ipv6.HEADER_BYTES + 4


def _decode_llc(outer: ethernet.Ethernet) -> Payload | None:
    """Spanning tree, CDP and DTP; other users of LLC are left undecoded."""
    packet = llc.parse(outer.payload, outer.ethertype)
    try:
        if packet.destination == llc.SPANNING_TREE:
            return stp.parse(packet.payload)
        if packet.organisation == llc.CISCO:
            if packet.protocol == llc.CISCO_CDP:
                return cdp.parse(packet.payload)
            if packet.protocol == llc.CISCO_PVST:
                return stp.parse(packet.payload)
            if packet.protocol == llc.CISCO_DTP:
                return dtp.parse(packet.payload)
    except DecodeError as error:
        raise error.shifted(packet.payload_offset) from None
    return None


def _decode_ipv4(outer: ethernet.Ethernet) -> Decoded:
    if outer.payload[9:10] in _TUNNELS:
        return _decode_tunnel(outer)
    packet = ipv4.parse(outer.payload)
    payload: Payload | None = None
    ports = (0, 0)
    if not packet.is_fragment:
        try:
            if packet.protocol == ipv4.UDP:
                payload, ports = _decode_udp(packet.payload)
            elif packet.protocol == ipv4.ICMP:
                payload = icmpv4.parse(packet.payload)
            elif packet.protocol == vrrp.PROTOCOL:
                payload = _decode_redundancy(
                    packet.payload, packet.source, packet.destination, packet.ttl
                )
        except DecodeError as error:
            raise error.shifted(ipv4.MIN_HEADER_BYTES + len(packet.options)) from None
    return Decoded(
        outer.source,
        outer.destination,
        ethernet.IPV4,
        payload,
        packet.source,
        packet.destination,
        packet.protocol,
        packet.ttl,
        ports[0],
        ports[1],
        outer.vlans,
    )


def _decode_tunnel(outer: ethernet.Ethernet) -> Decoded:
    """What is inside is not read, so the packet may be cut."""
    packet = ipv4.parse_quoted(outer.payload)
    payload: Payload | None = None
    if not packet.fragment_offset:
        payload = tunnel.parse(packet.protocol, packet.destination, packet.payload)
    return Decoded(
        outer.source,
        outer.destination,
        ethernet.IPV4,
        payload,
        packet.source,
        packet.destination,
        packet.protocol,
        packet.ttl,
        vlans=outer.vlans,
    )


def _decode_ipv6(outer: ethernet.Ethernet) -> Decoded:
    packet = ipv6.parse(outer.payload)
    payload: Payload | None = None
    ports = (0, 0)
    if packet.is_fragment:
        _refuse_part_of_discovery(packet)
    else:
        try:
            if packet.next_header == ipv6.ICMPV6:
                payload = icmpv6.parse(
                    packet.payload,
                    packet.source,
                    packet.destination,
                    packet.hop_limit,
                    packet.router_alert,
                    packet.has_fragment_header,
                )
            elif packet.next_header == ipv6.UDP:
                payload, ports = _decode_udp(packet.payload)
            elif packet.next_header == vrrp.PROTOCOL:
                payload = _decode_redundancy(
                    packet.payload, packet.source, packet.destination, packet.hop_limit
                )
        except DecodeError as error:
            raise error.shifted(packet.payload_offset) from None
    return Decoded(
        outer.source,
        outer.destination,
        ethernet.IPV6,
        payload,
        packet.source,
        packet.destination,
        packet.next_header,
        packet.hop_limit,
        ports[0],
        ports[1],
        outer.vlans,
    )


def _refuse_part_of_discovery(packet: ipv6.Ipv6) -> None:
    """Neighbour discovery never comes in fragments (RFC 6980 §5)."""
    first = packet.payload[:1]
    is_first = packet.next_header == ipv6.ICMPV6 and not packet.fragment_offset
    if is_first and first and nd.ROUTER_SOLICITATION <= first[0] <= nd.REDIRECT:
        raise DecodeError("fragmented", packet.payload_offset)


def _decode_redundancy(
    data: bytes, source: bytes, destination: bytes, hop_limit: int
) -> vrrp.Vrrp | carp.Carp:
    if carp.is_carp(data):
        return carp.parse(data, hop_limit)
    return vrrp.parse(data, source, destination, hop_limit)


def _decode_udp(data: bytes) -> tuple[Payload | None, tuple[int, int]]:
    datagram = udp.parse(data)
    ports = (datagram.source_port, datagram.destination_port)
    parse = _BY_PORT.get(ports[1]) or _BY_PORT.get(ports[0])
    if parse is None:
        return None, ports
    try:
        return parse(datagram.payload), ports
    except DecodeError as error:
        raise error.shifted(udp.HEADER_BYTES) from None


_TUNNELS: Final = frozenset(bytes((protocol,)) for protocol in tunnel.PROTOCOLS)
_BY_PORT: Final[dict[int, Callable[[Buffer], Payload | None]]] = {
    dhcpv4.SERVER_PORT: dhcpv4.parse,
    dhcpv4.CLIENT_PORT: dhcpv4.parse,
    dhcpv6.SERVER_PORT: dhcpv6.parse,
    dhcpv6.CLIENT_PORT: dhcpv6.parse,
    dns.MDNS_PORT: dns.parse,
    dns.LLMNR_PORT: dns.parse,
    nbns.PORT: nbns.parse,
    ssdp.PORT: ssdp.parse,
    wsd.PORT: wsd.parse,
    hsrp.PORT: hsrp.parse,
    hsrp.PORT_IPV6: hsrp.parse,
    tunnel.TEREDO_PORT: tunnel.parse_teredo,
    tunnel.DNS_PORT: tunnel.parse_question,
}
