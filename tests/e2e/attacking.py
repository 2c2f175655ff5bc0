"""Frames of a station that wishes the agent ill: hostile text, broken frames, floods."""

import itertools
import socket
import time
from collections.abc import Iterable, Iterator

from collectors.wire import (
    arp,
    cdp,
    checksum,
    dhcpv4,
    dhcpv6,
    dhcpv6_duid,
    dhcpv6_options,
    dns,
    ethernet,
    icmpv4,
    icmpv6,
    ipv4,
    ipv6,
    lldp,
    mld,
    nbns,
    nd,
    nd_options,
    ssdp,
    stp,
    udp,
    vrrp,
    wsd,
)  # fmt: skip
from collectors.wire.address import (
    ALL_NODES,
    BROADCAST_MAC,
    eui64_interface_id,
    ipv4_bytes,
    ipv6_bytes,
    link_local,
    multicast_mac,
)

HTML = b"<script>alert(1)</script>"
HOSTILE = (
    HTML,
    b'"><img src=x onerror=alert(2)>',
    b"=cmd|' /C calc'!A0",
    b"\x1b[31mred\x07\r\nlevel=info forged\x00",
    "\u202egnp.exe\u2066\u200f".encode(),
    b"\xff\xfe\xed\xa0\x80\xc0\xafbad",
    b'{{7*7}}${7*7}\\"\n# TYPE up gauge',
    b"+1\t@SUM(1)'; DROP TABLE device;--",
)
MDNS_GROUP, MDNS_GROUP6 = ipv4_bytes("224.0.0.251"), ipv6_bytes("ff02::fb")
EVERYONE = ipv4_bytes("255.255.255.255")
ATTACKER_MAC = bytes.fromhex("00a0c9006666")
ATTACKER = ipv4_bytes("10.66.7.66")
FRAMES_PER_SECOND = 2000


def phantom(number: int) -> tuple[bytes, bytes]:
    """The MAC and address of a station that does not exist."""
    return bytes.fromhex("00a0c90077") + bytes((number,)), ipv4_bytes(f"10.66.7.{200 + number}")


def hostile_names() -> Iterator[bytes]:
    """Every text through every protocol that carries names, each from a station of its own."""
    for number, text in enumerate(HOSTILE):
        mac, address = phantom(number)
        yield arp.build_announcement(mac, address)
        yield from _naming(mac, address, text)


def broken() -> Iterator[bytes]:
    """Valid frames of every protocol, cut at every offset and with lying octets."""
    for frame in valid():
        yield frame
        for end in range(ethernet.HEADER_BYTES, len(frame)):
            yield frame[:end]
        for at in range(ethernet.HEADER_BYTES, len(frame), 2):
            yield frame[:at] + b"\xff" + frame[at + 1 :]
        yield frame + bytes(1500 - len(frame))
    yield from _lying_icmpv6()
    yield from _dns_loops()


def valid() -> tuple[bytes, ...]:
    """One short frame of every protocol that the tap decodes."""
    mac, address = phantom(20)
    source = _link_local(mac)
    return (
        arp.build_announcement(mac, address),
        arp.build_reply(mac, address, BROADCAST_MAC, address),
        *_naming(mac, address, b"plain"),
        mld.build_report(mac, source, (mld.Record(mld.MODE_IS_EXCLUDE, MDNS_GROUP6),)),
        nd.build_router_solicitation(mac, source),
        nd.build_neighbour_advertisement(mac, source, source),
        _advertisement(mac, ipv6_bytes("2001:db8:bad::")),
        _icmpv4(mac, address),
        icmpv6.build(
            mac, multicast_mac(ALL_NODES), source, ALL_NODES, icmpv6.EchoReply(1, 1, b"x")
        ),
        stp.build_frame(
            mac,
            stp.Bpdu("rapid", 2, stp.BridgeId(4096, 1, mac), stp.BridgeId(4096, 1, mac)),
        ),
        _vrrp(mac, address),
    )


def floods(stations: int, routers: int) -> Iterator[bytes]:
    """Many stations that claim addresses, many routers, a report of 1,000 groups."""
    for number in range(stations):
        mac = b"\x00\xa0\xca\x01" + number.to_bytes(2, "big")
        yield arp.build_announcement(mac, ipv4_bytes(f"10.66.7.{100 + number % 90}"))
    for number in range(routers):
        mac = b"\x00\xa0\xcb\x01" + number.to_bytes(2, "big")
        prefix = ipv6_bytes("2001:db8:bad::")[:6] + number.to_bytes(2, "big") + bytes(8)
        yield _advertisement(mac, prefix)
    mac = phantom(21)[0]
    groups = [ipv6_bytes("ff05::")[:-2] + n.to_bytes(2, "big") for n in range(1, 1001)]
    for at in range(0, len(groups), 70):
        records = tuple(mld.Record(mld.MODE_IS_EXCLUDE, group) for group in groups[at : at + 70])
        yield mld.build_report(mac, _link_local(mac), records)


def send(sending: socket.socket, frames: Iterable[bytes]) -> int:
    """Send frames at a bounded rate; how many."""
    began, count = time.monotonic(), 0
    for frame in frames:
        sending.send(frame)
        count += 1
        if count % 100 == 0:
            time.sleep(max(0.0, began + count / FRAMES_PER_SECOND - time.monotonic()))
    return count


def _link_local(mac: bytes) -> bytes:
    return link_local(eui64_interface_id(mac))


def _naming(mac: bytes, address: bytes, text: bytes) -> Iterator[bytes]:
    def datagram(to: bytes, source_port: int, port: int, payload: bytes) -> bytes:
        to_mac = BROADCAST_MAC if to == EVERYONE else b"\x01\x00\x5e" + to[1:]
        return udp.build_ipv4_frame(mac, to_mac, address, to, source_port, port, payload)

    name = (text, b"local")
    service = (text, b"_http", b"_tcp", b"local")
    records = (
        dns.Record(name, dns.A, dns.Address(address), 120),
        dns.Record(service[1:], dns.PTR, dns.Target(service), 120),
        dns.Record(service, dns.TXT, dns.Text((b"model=" + text,)), 120),
    )
    yield datagram(MDNS_GROUP, dns.MDNS_PORT, dns.MDNS_PORT, dns.build_response(records))
    yield datagram(EVERYONE, dns.LLMNR_PORT, dns.LLMNR_PORT, dns.build_response(records[:1]))
    short = text[: nbns.NAME_BYTES]
    status = nbns.NodeStatus(1, (nbns.NodeName(short, nbns.WORKSTATION, 0x0400),), mac)
    yield datagram(EVERYONE, nbns.PORT, nbns.PORT, nbns.encode(status))
    discover = dhcpv4.Dhcpv4(
        dhcpv4.DISCOVER, 7, mac, hostname=text, vendor_class=text * 5, client_id=text
    )
    yield datagram(EVERYONE, 68, 67, dhcpv4.encode(discover))
    fqdn = dhcpv4.Dhcpv4(dhcpv4.DISCOVER, 8, mac, fqdn=text, vendor_class=text)
    yield datagram(EVERYONE, 68, 67, dhcpv4.encode(fqdn))
    notify = ((b"nt", text), (b"nts", b"ssdp:alive"), (b"usn", text), (b"location", text),
              (b"server", text))  # fmt: skip
    group = ipv4_bytes("239.255.255.250")
    clean = tuple((key, value.replace(b"\r\n", b" ")) for key, value in notify)
    yield datagram(group, 1900, 1900, ssdp.encode(ssdp.Ssdp("notify", clean)))
    said = text.decode("utf-8", "replace").replace("\0", "").replace("\x1b", "")
    hello = wsd.Wsd("hello", "urn:uuid:1", (wsd.Endpoint(said, ("Device",), (), (said,)),))
    yield datagram(group, 3702, 3702, wsd.encode(hello))
    yield lldp.build_frame(
        mac, lldp.Lldp(4, mac, 5, text, 120, system_name=text * 8, system_description=text * 8)
    )
    yield cdp.build_frame(mac, cdp.Cdp(2, 180, device=text, software=text * 9, platform=text))
    duid = dhcpv6_duid.build_link_layer(mac)
    vendor = dhcpv6_options.VendorClass(311, (text,))
    label = text.replace(b".", b"-")
    solicit = dhcpv6.Message(dhcpv6.SOLICIT, 9, duid, vendor_class=vendor, fqdn=label)
    servers = ipv6_bytes("ff02::1:2")
    yield udp.build_ipv6_frame(
        mac, multicast_mac(servers), _link_local(mac), servers, 546, 547, dhcpv6.encode(solicit)
    )


def _advertisement(mac: bytes, prefix: bytes) -> bytes:
    options = nd_options.Options(
        source_mac=mac, prefixes=(nd_options.Prefix(prefix, 64, True, False, 1800, 900),)
    )
    message = nd.RouterAdvertisement(64, lifetime_s=30, options=options)
    return nd.build_router_advertisement(mac, _link_local(mac), message)


def _icmpv4(mac: bytes, address: bytes) -> bytes:
    body = icmpv4.encode(icmpv4.EchoReply(1, 1, b"nobody asked"))
    packet = ipv4.build(address, EVERYONE, ipv4.ICMP, body)
    return ethernet.build(BROADCAST_MAC, mac, ethernet.IPV4, packet)


def _vrrp(mac: bytes, address: bytes) -> bytes:
    group = ipv4_bytes("224.0.0.18")
    body = vrrp.encode(vrrp.Vrrp(3, 7, 200, 100, (address,)), address, group)
    packet = ipv4.build(address, group, vrrp.PROTOCOL, body, ttl=255)
    return ethernet.build(b"\x01\x00\x5e\x00\x00\x12", mac, ethernet.IPV4, packet)


def _lying_icmpv6() -> Iterator[bytes]:
    """Messages whose checksum holds and whose inside does not: the options' parser sees them."""
    mac = phantom(22)[0]
    source = _link_local(mac)
    advertisement = nd.encode(
        nd.RouterAdvertisement(options=nd_options.Options(source_mac=mac, mtu=1500))
    )
    for at, octet in itertools.product(range(4, len(advertisement)), (0, 0x7F, 0xFF)):
        lie = advertisement[:at] + bytes((octet,)) + advertisement[at + 1 :]
        yield _checked(mac, source, lie, 255)
    yield _checked(mac, source, advertisement[:16] + bytes((1, 0)) * 4, 255)
    report = mld.encode(mld.ReportV2((mld.Record(mld.MODE_IS_EXCLUDE, MDNS_GROUP6),)))
    for count in (0, 2, 1000, 0xFFFF):
        yield _checked(mac, source, report[:6] + count.to_bytes(2, "big") + report[8:], 1)


def _checked(mac: bytes, source: bytes, message: bytes, hops: int) -> bytes:
    body = checksum.with_icmpv6(source, ALL_NODES, message[:2] + b"\0\0" + message[4:])
    header = ipv6.ICMPV6
    if hops == 1:
        body, header = ipv6.router_alert_header(ipv6.ICMPV6) + body, ipv6.HOP_BY_HOP
    packet = ipv6.build(source, ALL_NODES, header, body, hops)
    return ethernet.build(multicast_mac(ALL_NODES), mac, ethernet.IPV6, packet)


def _dns_loops() -> Iterator[bytes]:
    mac, address = phantom(23)
    head = b"\0\0\x84\0\0\0\xff\xff\0\0\0\0"
    for name in (b"\xc0\x0c", b"\xc0\x0e\xc0\x0c", b"\x01a\xc0\x0c", b"\x3f" + b"a" * 9, b"\x80"):
        payload = head + name + b"\0\x0c\0\x01\0\0\0\x78\0\x02\xc0\x0c"
        to_mac = b"\x01\x00\x5e" + MDNS_GROUP[1:]
        yield udp.build_ipv4_frame(mac, to_mac, address, MDNS_GROUP, 5353, 5353, payload)
