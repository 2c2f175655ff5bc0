"""From a raw Ethernet frame to the message inside."""

from collections.abc import Callable
from typing import Final

import msgspec

from collectors.wire import arp, dhcpv4, dns, ethernet, icmpv4, icmpv6, ipv4, ipv6, nbns, udp
from collectors.wire.errors import Buffer, DecodeError

Payload = arp.Arp | icmpv4.Message | icmpv6.Message | dhcpv4.Dhcpv4 | dns.Message | nbns.Message


class Decoded(msgspec.Struct, frozen=True, gc=False):
    """What a frame says. `payload` is None where nothing is decoded: other protocols and ports,
    fragments, LLC.

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
    outer = ethernet.parse(frame)
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
    except DecodeError as error:
        raise error.shifted(outer.payload_offset) from None
    return Decoded(outer.source, outer.destination, outer.ethertype, vlans=outer.vlans)


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
    dns.MDNS_PORT: dns.parse,
    dns.LLMNR_PORT: dns.parse,
    nbns.PORT: nbns.parse,
}
