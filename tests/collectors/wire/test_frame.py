"""The way from a frame to its message."""

import pytest
from hypothesis import given

from collectors.wire import (
    arp,
    dhcpv4,
    dns,
    ethernet,
    frame,
    icmpv4,
    icmpv6,
    ipv4,
    ipv6,
    mld,
    nbns,
    nd,
    udp,
)
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples import (
    ARP_REQUEST,
    FRAMES,
    GLOBAL,
    ICMPV4_ECHO_REPLY,
    IPV4,
    LINK_LOCAL,
    MAC,
    MDNS_RESPONSE,
    MLD_REPORT,
    NEIGHBOUR_SOLICITATION,
    ROUTER,
    ROUTER_IPV4,
    ROUTER_MAC,
    octets,
)
from tests.collectors.wire.strategies import MODEST, dns_messages

_KINDS = {
    "arp": arp.Arp,
    "ns": nd.NeighbourSolicitation,
    "na": nd.NeighbourAdvertisement,
    "ra": nd.RouterAdvertisement,
    "mld-query": mld.Query,
    "mld-report": mld.ReportV2,
    "unknown-option": icmpv6.EchoRequest,
    "parameter-problem": icmpv6.ParameterProblem,
    "echo-reply-4": icmpv4.EchoReply,
    "unreachable-4": icmpv4.Unreachable,
    "dhcp": dhcpv4.Dhcpv4,
    "mdns": dns.Message,
    "nbstat-request": nbns.NodeStatusRequest,
    "nbstat": nbns.NodeStatus,
}


@pytest.mark.parametrize("key", FRAMES)
def test_routes(key: str) -> None:
    wire = FRAMES[key]
    decoded = frame.decode(wire)
    assert type(decoded.payload) is _KINDS[key]
    assert (decoded.destination_mac, decoded.source_mac) == (wire[:6], wire[6:12])
    tagged = wire[:12] + octets("8100 0007") + wire[12:]
    again = frame.decode(memoryview(tagged))
    assert again.vlans == (7,)
    assert again.payload == decoded.payload


@pytest.mark.parametrize("key", FRAMES)
def test_a_cut_frame_is_refused(key: str) -> None:
    whole = frame.decode(FRAMES[key])
    for cut in range(len(FRAMES[key])):
        try:
            decoded = frame.decode(FRAMES[key][:cut])
        except DecodeError as error:
            assert error.offset <= cut  # noqa: PT017
        else:
            assert decoded == whole  # only padding is missing
            assert key in {"arp", "echo-reply-4"}


def test_tells_addresses_and_ports() -> None:
    decoded = frame.decode(MDNS_RESPONSE)
    assert (decoded.source, decoded.destination) == (IPV4, octets("e00000fb"))
    assert (decoded.protocol, decoded.hop_limit) == (ipv4.UDP, 255)
    assert (decoded.source_port, decoded.destination_port) == (5353, 5353)
    report = frame.decode(MLD_REPORT)
    assert (report.source, report.protocol, report.hop_limit) == (LINK_LOCAL, ipv6.ICMPV6, 1)


def _udp4(source_port: int, destination_port: int, data: bytes) -> bytes:
    return udp.build_ipv4_frame(
        MAC, ROUTER_MAC, IPV4, ROUTER_IPV4, source_port, destination_port, data
    )


@pytest.mark.parametrize(
    "wire",
    [
        pytest.param(_udp4(40000, 53, b"anything"), id="other-port"),
        pytest.param(
            ethernet.build(MAC, MAC, 0x0800, ipv4.build(IPV4, IPV4, ipv4.TCP, b"")), id="tcp"
        ),
        pytest.param(ethernet.build(MAC, MAC, 0x0003, b"\xfe\xfe\x03"), id="other-llc"),
        pytest.param(
            _udp4(68, 67, b"part")[:20] + b"\x20\x00" + _udp4(68, 67, b"part")[22:],
            id="first-fragment",
        ),
        pytest.param(
            ethernet.build(
                MAC,
                MAC,
                ethernet.IPV6,
                ipv6.build(
                    ROUTER, GLOBAL, ipv6.FRAGMENT, octets("3a 00 0001 00000001 8000 0000 00")
                ),
            ),
            id="first-fragment-6",
        ),
        pytest.param(
            ethernet.build(
                MAC, MAC, ethernet.IPV6, ipv6.build(ROUTER, GLOBAL, ipv6.NO_NEXT_HEADER, b"")
            ),
            id="no-next-header",
        ),
    ],
)
def test_what_is_not_decoded_is_still_seen(wire: bytes) -> None:
    decoded = frame.decode(wire)
    assert decoded.payload is None
    assert decoded.source_mac == MAC


@pytest.mark.parametrize(
    ("wire", "error"),
    [
        pytest.param(
            ethernet.build(MAC, MAC, ethernet.LLDP, b"\0\0"), "bad_type at octet 14", id="lldp"
        ),
        pytest.param(
            ethernet.build(MAC, MAC, 0x0007, b"\x42\x42\x03\0\0\0\1"),
            "bad_type at octet 20",
            id="spanning-tree",
        ),
        pytest.param(
            ARP_REQUEST[:18] + b"\x08" + ARP_REQUEST[19:], "bad_length at octet 14", id="arp"
        ),
        pytest.param(
            NEIGHBOUR_SOLICITATION[:21] + b"\x40" + NEIGHBOUR_SOLICITATION[22:],
            "bad_hop_limit at octet 54",
            id="nd-hop-limit",
        ),
        pytest.param(
            NEIGHBOUR_SOLICITATION[:-1] + b"\0", "bad_checksum at octet 56", id="nd-checksum"
        ),
        pytest.param(
            ICMPV4_ECHO_REPLY[:44] + b"z" + ICMPV4_ECHO_REPLY[45:],
            "bad_checksum at octet 36",
            id="icmp-checksum",
        ),
        pytest.param(_udp4(68, 67, b"\x03" * 240), "bad_type at octet 42", id="dhcp"),
        pytest.param(_udp4(5353, 5353, b"short"), "truncated at octet 47", id="mdns"),
        pytest.param(_udp4(50000, 137, b""), "truncated at octet 42", id="nbns"),
        pytest.param(b"", "truncated at octet 0", id="empty"),
    ],
)
def test_tells_where_it_failed(wire: bytes, error: str) -> None:
    with pytest.raises(DecodeError, match=error):
        frame.decode(wire)


def test_neighbour_discovery_behind_a_fragment_header_is_refused() -> None:
    solicitation = NEIGHBOUR_SOLICITATION[54:]
    packet = ipv6.build(
        LINK_LOCAL,
        NEIGHBOUR_SOLICITATION[38:54],
        ipv6.FRAGMENT,
        octets("3a 00 0000 00000001") + solicitation,
        hop_limit=255,
    )
    with pytest.raises(DecodeError, match="fragmented at octet 62"):
        frame.decode(ethernet.build(MAC, MAC, ethernet.IPV6, packet))


@pytest.mark.parametrize("kind", [133, 134, 135, 136, 137])
def test_neighbour_discovery_never_comes_in_parts(kind: int) -> None:
    first = octets("3a 00 0001 00000001") + bytes((kind, 0, 0, 0))
    packet = ipv6.build(ROUTER, GLOBAL, ipv6.FRAGMENT, first, 255)
    with pytest.raises(DecodeError, match="fragmented at octet 62"):
        frame.decode(ethernet.build(MAC, MAC, ethernet.IPV6, packet))
    later = octets("3a 00 0009 00000001") + bytes((kind, 0, 0, 0))
    packet = ipv6.build(ROUTER, GLOBAL, ipv6.FRAGMENT, later, 255)
    assert frame.decode(ethernet.build(MAC, MAC, ethernet.IPV6, packet)).payload is None


@given(dns_messages)
@MODEST
def test_name_messages_over_both_families(message: dns.Message) -> None:
    data = dns.encode(message)
    six = udp.build_ipv6_frame(MAC, ROUTER_MAC, GLOBAL, ROUTER, 50000, 5355, data)
    assert frame.decode(six).payload == frame.decode(_udp4(5353, 5353, data)).payload == message
