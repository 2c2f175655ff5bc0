"""Builders and parsers against an independent implementation, where that one is right."""

import pytest
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dns import DNS, DNSQR, DNSRR, DNSRRSRV
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import (
    ICMPv6EchoRequest,
    ICMPv6MLDMultAddrRec,
    ICMPv6MLQuery2,
    ICMPv6MLReport2,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RA,
    ICMPv6ND_RS,
    ICMPv6NDOptDNSSL,
    ICMPv6NDOptMTU,
    ICMPv6NDOptPREF64,
    ICMPv6NDOptPrefixInfo,
    ICMPv6NDOptRDNSS,
    ICMPv6NDOptRouteInfo,
    ICMPv6NDOptSrcLLAddr,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrHopByHop,
    RouterAlert,
)
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.layers.netbios import NBNSHeader, NBNSNodeStatusRequest, NBNSQueryRequest
from scapy.packet import Packet

from collectors.wire import (
    address,
    arp,
    dhcpv4,
    dns,
    ethernet,
    frame,
    icmpv4,
    icmpv6,
    mld,
    nbns,
    nd,
    udp,
)
from collectors.wire.nd_options import Options, Pref64, Prefix, Resolvers, Route, Search
from tests.collectors.wire.samples import (
    GLOBAL,
    IPV4,
    LINK_LOCAL,
    MAC,
    ROUTER,
    ROUTER_IPV4,
    ROUTER_MAC,
    octets,
)

_M, _RM = address.mac_text(MAC), address.mac_text(ROUTER_MAC)
_LL, _R, _G = (address.ipv6_text(a) for a in (LINK_LOCAL, ROUTER, GLOBAL))
_4, _R4 = address.ipv4_text(IPV4), address.ipv4_text(ROUTER_IPV4)
_PREFIX = octets("20010db8006600000000000000000000")
_PREF64 = octets("20010db8006400000000000000000000")

_RA = nd.RouterAdvertisement(
    hop_limit=64,
    other=True,
    preference="low",
    lifetime_s=1800,
    reachable_ms=1,
    retransmit_ms=2,
    options=Options(
        source_mac=ROUTER_MAC,
        mtu=1500,
        prefixes=(Prefix(_PREFIX, 64, True, True, 5400, 2700),),
        routes=(Route(_PREFIX, 64, "high", 600),),
        resolvers=(Resolvers((GLOBAL, ROUTER), 1800),),
        search=(Search(((b"stc", b"example"), (b"x",)), 1800),),
        pref64=(Pref64(_PREF64, 96, 1800),),
    ),
)
_SCAPY_RA = (
    Ether(dst="33:33:00:00:00:01", src=_RM)
    / IPv6(src=_R, dst="ff02::1", hlim=255)
    / ICMPv6ND_RA(chlim=64, M=0, O=1, prf=3, routerlifetime=1800, reachabletime=1, retranstimer=2)
    / ICMPv6NDOptSrcLLAddr(lladdr=_RM)
    / ICMPv6NDOptMTU(mtu=1500)
    / ICMPv6NDOptPrefixInfo(
        prefix="2001:db8:66::", prefixlen=64, validlifetime=5400, preferredlifetime=2700
    )
    / ICMPv6NDOptRouteInfo(prefix="2001:db8:66::", plen=64, prf=1, rtlifetime=600, len=2)
    / ICMPv6NDOptRDNSS(dns=[_G, _R], lifetime=1800)
    / ICMPv6NDOptDNSSL(searchlist=["stc.example.", "x."], lifetime=1800)
    / ICMPv6NDOptPREF64(prefix="2001:db8:64::", scaledlifetime=225, plc=0)
)


def _echo6(data: bytes) -> Packet:
    return ICMPv6EchoRequest(id=7, seq=8, data=data)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        pytest.param(
            arp.build_request(MAC, IPV4, ROUTER_IPV4),
            Ether(dst="ff:ff:ff:ff:ff:ff", src=_M)
            / ARP(op=1, hwsrc=_M, psrc=_4, hwdst="00:00:00:00:00:00", pdst=_R4),
            id="arp",
        ),
        pytest.param(
            ethernet.build(MAC, ROUTER_MAC, ethernet.ARP, b"", (5, 6)),
            Ether(dst=_M, src=_RM, type=0x88A8)
            / Dot1Q(vlan=5, type=0x8100)
            / Dot1Q(vlan=6, type=0x0806),
            id="vlans",
        ),
        pytest.param(
            nd.build_neighbour_solicitation(MAC, LINK_LOCAL, GLOBAL),
            Ether(dst="33:33:ff:00:00:09", src=_M)
            / IPv6(src=_LL, dst="ff02::1:ff00:9", hlim=255)
            / ICMPv6ND_NS(tgt=_G)
            / ICMPv6NDOptSrcLLAddr(lladdr=_M),
            id="solicitation",
        ),
        pytest.param(
            nd.build_neighbour_solicitation(MAC, bytes(16), GLOBAL),
            Ether(dst="33:33:ff:00:00:09", src=_M)
            / IPv6(src="::", dst="ff02::1:ff00:9", hlim=255)
            / ICMPv6ND_NS(tgt=_G),
            id="duplicate-address-detection",
        ),
        pytest.param(
            nd.build_router_solicitation(MAC, LINK_LOCAL),
            Ether(dst="33:33:00:00:00:02", src=_M)
            / IPv6(src=_LL, dst="ff02::2", hlim=255)
            / ICMPv6ND_RS()
            / ICMPv6NDOptSrcLLAddr(lladdr=_M),
            id="router-solicitation",
        ),
        pytest.param(
            nd.build_router_advertisement(ROUTER_MAC, ROUTER, _RA), _SCAPY_RA, id="router"
        ),
        pytest.param(
            mld.build_general_query(MAC, LINK_LOCAL, 2000),
            Ether(dst="33:33:00:00:00:01", src=_M)
            / IPv6(src=_LL, dst="ff02::1", hlim=1)
            / IPv6ExtHdrHopByHop(options=[RouterAlert(value=0)], autopad=1)
            / ICMPv6MLQuery2(mrd=2000, QRV=2, QQIC=125),
            id="mld-query",
        ),
        pytest.param(
            mld.build_report(MAC, LINK_LOCAL, (mld.Record(4, address.MDNS_IPV6),)),
            Ether(dst="33:33:00:00:00:16", src=_M)
            / IPv6(src=_LL, dst="ff02::16", hlim=1)
            / IPv6ExtHdrHopByHop(options=[RouterAlert(value=0)], autopad=1)
            / ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(rtype=4, dst="ff02::fb")]),
            id="mld-report",
        ),
        pytest.param(
            icmpv6.build_echo_request(MAC, LINK_LOCAL, address.ALL_NODES, 7, 8, b"abc"),
            Ether(dst="33:33:00:00:00:01", src=_M) / IPv6(src=_LL, dst="ff02::1") / _echo6(b"abc"),
            id="echo-6",
        ),
        pytest.param(
            icmpv4.build_echo_request(MAC, ROUTER_MAC, IPV4, ROUTER_IPV4, 7, 8, b"abc"),
            Ether(dst=_RM, src=_M)
            / IP(src=_4, dst=_R4, id=0, flags="DF")
            / ICMP(type=8, id=7, seq=8)
            / b"abc",
            id="echo-4",
        ),
        pytest.param(
            udp.build_ipv4_frame(MAC, ROUTER_MAC, IPV4, ROUTER_IPV4, 1000, 2000, b"odd"),
            Ether(dst=_RM, src=_M)
            / IP(src=_4, dst=_R4, id=0, flags="DF")
            / UDP(sport=1000, dport=2000)
            / b"odd",
            id="udp-4",
        ),
        pytest.param(
            udp.build_ipv6_frame(MAC, ROUTER_MAC, GLOBAL, ROUTER, 1000, 2000, b"odd"),
            Ether(dst=_RM, src=_M) / IPv6(src=_G, dst=_R) / UDP(sport=1000, dport=2000) / b"odd",
            id="udp-6",
        ),
        pytest.param(
            nbns.build_node_status_request(7),
            NBNSHeader(NAME_TRN_ID=7, NM_FLAGS=0, QDCOUNT=1)
            / NBNSNodeStatusRequest(QUESTION_NAME=b"*" + bytes(14), SUFFIX=0x4141),
            id="nbstat",
        ),
        pytest.param(
            dns.build_query([dns.Question((b"a", b"local"), dns.AAAA, unicast=True)]),
            DNS(id=0, rd=0, qd=[DNSQR(qname="a.local", qtype="AAAA", qclass=1, unicastresponse=1)]),
            id="mdns-query",
        ),
    ],
)
def test_builds_the_same_octets(ours: bytes, theirs: Packet) -> None:
    assert ours == bytes(theirs)


def test_unknown_option_probe_is_understood() -> None:
    wire = icmpv6.build_unknown_option(MAC, LINK_LOCAL, address.ALL_NODES, 7, 8, b"ab")
    packet = Ether(wire)
    option = packet[IPv6ExtHdrDestOpt].options[0]
    assert option.otype == 0x80
    assert packet[ICMPv6EchoRequest].data == b"ab"
    del packet[ICMPv6EchoRequest].cksum
    assert bytes(packet) == wire


def test_reads_their_router_advertisement() -> None:
    assert frame.decode(bytes(_SCAPY_RA)).payload == _RA


def test_reads_every_record_of_their_report() -> None:
    groups = [f"ff02::{number:x}" for number in range(1, 40)]
    theirs = (
        Ether(dst="33:33:00:00:00:16", src=_M)
        / IPv6(src=_LL, dst="ff02::16", hlim=1)
        / IPv6ExtHdrHopByHop(options=[RouterAlert(value=0)], autopad=1)
        / ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(rtype=2, dst=group) for group in groups])
    )
    report = frame.decode(bytes(theirs)).payload
    assert isinstance(report, mld.ReportV2)
    assert [address.ipv6_text(group) for group in report.groups] == groups


def test_reads_their_advertisement() -> None:
    theirs = (
        Ether(dst=_M, src=_RM)
        / IPv6(src=_G, dst=_LL, hlim=255)
        / ICMPv6ND_NA(tgt=_G, R=0, S=1, O=0)
    )
    assert frame.decode(bytes(theirs)).payload == nd.NeighbourAdvertisement(GLOBAL, solicited=True)


def test_reads_their_dhcp() -> None:
    theirs = (
        Ether(dst="ff:ff:ff:ff:ff:ff", src=_M)
        / IP(src="0.0.0.0", dst="255.255.255.255")
        / UDP(sport=68, dport=67)
        / BOOTP(chaddr=MAC, xid=9, flags=0x8000)
        / DHCP(
            options=[
                ("message-type", "request"),
                ("hostname", b"pc"),
                ("requested_addr", _4),
                ("server_id", _R4),
                ("param_req_list", [1, 3, 108]),
                ("vendor_class_id", b"android-dhcp-14"),
                "end",
            ]
        )
    )
    assert frame.decode(bytes(theirs)).payload == dhcpv4.Dhcpv4(
        dhcpv4.REQUEST,
        9,
        MAC,
        broadcast=True,
        hostname=b"pc",
        vendor_class=b"android-dhcp-14",
        requested_address=IPV4,
        server_id=ROUTER_IPV4,
        parameters=bytes((1, 3, 108)),
        option_codes=bytes((53, 12, 50, 54, 55, 60)),
    )


def test_they_read_our_dhcp() -> None:
    request = dhcpv4.parse(dhcpv4.build_discover(MAC, 9, b"pc"))
    wire = dhcpv4.build_reply(
        request, dhcpv4.OFFER, ROUTER_IPV4, IPV4, routers=(ROUTER_IPV4,), lease_s=60
    )
    found = BOOTP(wire)[DHCP].options
    options: dict[str, object] = dict(item[:2] for item in found if isinstance(item, tuple))
    assert options["message-type"] == dhcpv4.OFFER
    assert (options["router"], options["server_id"]) == (_R4, _R4)
    assert options["lease_time"] == 60


def test_reads_their_dns() -> None:
    theirs = DNS(
        id=0,
        qr=1,
        aa=1,
        qd=[],
        an=[
            DNSRR(rrname="_ipp._tcp.local", type="PTR", ttl=120, rdata="p._ipp._tcp.local"),
            DNSRRSRV(rrname="p._ipp._tcp.local", ttl=120, port=631, target="q.local"),
            DNSRR(rrname="p._ipp._tcp.local", type="TXT", ttl=120, rdata=[b"a=1", b"b"]),
            DNSRR(rrname="q.local", type="AAAA", ttl=120, rdata=_G),
            DNSRR(rrname="q.local", type="A", ttl=120, rdata=_4),
        ],
    ).compress()
    message = dns.parse(bytes(theirs))
    assert [record.data for record in message.answers] == [
        dns.Target((b"p", b"_ipp", b"_tcp", b"local")),
        dns.Service(0, 0, 631, (b"q", b"local")),
        dns.Text((b"a=1", b"b")),
        dns.Address(GLOBAL),
        dns.Address(IPV4),
    ]


def test_reads_their_name_query() -> None:
    theirs = NBNSHeader(NAME_TRN_ID=7, NM_FLAGS=0x11, QDCOUNT=1) / NBNSQueryRequest(
        QUESTION_NAME=b"WPAD", SUFFIX=0x4141
    )
    assert nbns.parse(bytes(theirs)) == nbns.NameQuery(7, b"WPAD", 0, broadcast=True)
