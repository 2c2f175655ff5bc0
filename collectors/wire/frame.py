"""From a raw Ethernet frame to the message inside."""

from collections.abc import Callable
from typing import Final

import msgspec

from collectors.wire import (
    arp,
    cdp,
    dhcpv4,
    dhcpv6,
    dns,
    ethernet,
    icmpv4,
    icmpv6,
    ipv4,
    ipv6,
    llc,
    lldp,
    nbns,
    ssdp,
    stp,
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
    return decode_ethernet(ethernet.parse(frame))


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


def _decode_llc(outer: ethernet.Ethernet) -> Payload | None:
    """Spanning tree and CDP; other users of LLC are left undecoded."""
    packet = llc.parse(outer.payload, outer.ethertype)
    try:
        if packet.destination == llc.SPANNING_TREE:
            return stp.parse(packet.payload)
        if packet.organisation == llc.CISCO:
            if packet.protocol == llc.CISCO_CDP:
                return cdp.parse(packet.payload)
            if packet.protocol == llc.CISCO_PVST:
                return stp.parse(packet.payload)
    except DecodeError as error:
        raise error.shifted(packet.payload_offset) from None
    return None


def _decode_ipv4(outer: ethernet.Ethernet) -> Decoded:
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
                payload = vrrp.parse(packet.payload, packet.source, packet.destination, packet.ttl)
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


def _decode_ipv6(outer: ethernet.Ethernet) -> Decoded:
    packet = ipv6.parse(outer.payload)
    payload: Payload | None = None
    ports = (0, 0)
    if not packet.is_fragment:
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
                payload = vrrp.parse(
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


_BY_PORT: Final[dict[int, Callable[[Buffer], Payload]]] = {
    dhcpv4.SERVER_PORT: dhcpv4.parse,
    dhcpv4.CLIENT_PORT: dhcpv4.parse,
    dhcpv6.SERVER_PORT: dhcpv6.parse,
    dhcpv6.CLIENT_PORT: dhcpv6.parse,
    dns.MDNS_PORT: dns.parse,
    dns.LLMNR_PORT: dns.parse,
    nbns.PORT: nbns.parse,
    ssdp.PORT: ssdp.parse,
    wsd.PORT: wsd.parse,
}
