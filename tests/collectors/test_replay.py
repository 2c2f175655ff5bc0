"""A capture as a LAN: which links it has, what is believed on them, what becomes of its times."""

import io
from collections.abc import Iterable

import pytest

from collectors.observation import AddressSeen, AnyObservation, NameSeen, TargetAsked
from collectors.replay import MAX_LINKS, Replay, Survey, survey
from collectors.wire import (
    arp,
    dhcpv4,
    ethernet,
    icmpv4,
    ipv4,
    linux_cooked,
    nd,
    nd_options,
    pcap,
    pcapng,
    udp,
)
from collectors.wire.address import ALL_NODES, ip_bytes, ipv6_bytes, link_local, mac_bytes, mac_text
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples import FRAMES, ROUTER_ADVERTISEMENT
from tests.collectors.wire.samples_discovery import DISCOVERY_FRAMES

AT = 1_700_000_000.0
A, B = mac_bytes("00:1b:a9:00:00:0a"), mac_bytes("00:1b:a9:00:00:0b")
IP_A, IP_B, FAR = ip_bytes("10.66.0.10"), ip_bytes("10.66.0.20"), ip_bytes("203.0.113.9")
ASKS = arp.build_request(A, IP_A, IP_B)


def capture(frames: Iterable[bytes], link_type: int = 1) -> bytes:
    records = (pcap.write_record(AT + index, frame) for index, frame in enumerate(frames))
    return pcap.write_header(link_type) + b"".join(records)


def surveyed(data: bytes) -> Survey:
    return survey(io.BytesIO(data), lambda _: None)


def replayed(data: bytes) -> tuple[list[AnyObservation], dict[str, int]]:
    replay = Replay(surveyed(data))
    found = [
        observation
        for _, observations in replay.observations(io.BytesIO(data), lambda _: None)
        for observation in observations
    ]
    return found, dict(replay.malformed)


def addresses(data: bytes) -> list[tuple[str, str, str]]:
    found, _ = replayed(data)
    return [(each.interface, each.address, each.how) for each in found if type(each) is AddressSeen]


def echo_reply(mac: bytes, source: bytes) -> bytes:
    message = icmpv4.encode(icmpv4.EchoReply(1, 1, b"whosever"))
    return ethernet.build(B, mac, ethernet.IPV4, ipv4.build(source, IP_B, ipv4.ICMP, message))


def leased(mask: str) -> bytes:
    request = dhcpv4.Dhcpv4(dhcpv4.REQUEST, 1, A, parameters=b"\x01")
    server = ip_bytes("10.66.0.1")
    payload = dhcpv4.build_reply(request, dhcpv4.ACK, server, IP_A, ip_bytes(mask))
    return udp.build_ipv4_frame(B, A, server, IP_A, 67, 68, payload)


def subnets(data: bytes) -> list[str]:
    (link,) = surveyed(data).links.values()
    return list(link.scope_link().ipv4)


def test_arp_shows_who_is_on_the_link() -> None:
    data = capture([ASKS, echo_reply(A, IP_A), echo_reply(B, FAR)])
    assert addresses(data) == [
        ("capture", "10.66.0.10", "arp_request"),
        ("capture", "10.66.0.10", "echo_reply"),
    ]
    assert replayed(data)[1] == {"off_link": 1}


def test_what_arp_spans_is_not_called_a_subnet() -> None:
    assert subnets(capture([ASKS])) == []


def test_two_addresses_that_share_little_prove_nothing() -> None:
    data = capture([arp.build_request(A, IP_A, FAR)])
    assert replayed(data) == ([], {"off_link": 1})


MASKS = {
    "a /24": ("255.255.255.0", ["10.66.0.0/24"]),
    "a /22": ("255.255.252.0", ["10.66.0.0/22"]),
    "not a prefix": ("255.0.255.0", []),
    "everything": ("0.0.0.0", []),
    "one host": ("255.255.255.255", []),
}


@pytest.mark.parametrize("case", MASKS)
def test_a_dhcp_server_names_the_subnet(case: str) -> None:
    mask, expected = MASKS[case]
    assert subnets(capture([leased(mask)])) == expected


def test_a_lease_through_a_relay_is_for_another_link() -> None:
    request = dhcpv4.Dhcpv4(dhcpv4.REQUEST, 1, A, relay=IP_B)
    payload = dhcpv4.build_reply(request, dhcpv4.ACK, IP_B, FAR, ip_bytes("255.255.255.0"))
    assert subnets(capture([udp.build_ipv4_frame(B, A, IP_B, IP_B, 67, 67, payload)])) == []


def test_multicast_that_no_router_forwards_shows_its_source() -> None:
    found, malformed = replayed(capture([FRAMES["mdns"]]))
    assert [type(each) for each in found[:2]] == [AddressSeen, NameSeen]
    assert malformed == {}


def test_ipv6_of_advertised_prefixes_and_of_solicited_targets() -> None:
    near, also = ipv6_bytes("2001:db8:66::9"), ipv6_bytes("2001:db8:99::9")
    replies = [nd.build_neighbour_advertisement(A, address, address) for address in (near, also)]
    assert [found[1] for found in addresses(capture([*replies, ROUTER_ADVERTISEMENT]))] == [
        "2001:db8:66::9",
        "fe80::1",
    ]
    asked = nd.NeighbourSolicitation(also, nd_options.Options(source_mac=B))
    solicitation = nd.build(B, A, ipv6_bytes("fe80::b"), ALL_NODES, asked)
    assert ("capture", "2001:db8:99::9", "neighbour_advertisement") in addresses(
        capture([*replies, solicitation])
    )


def tagged(*vlans: int) -> bytes:
    tags = b"".join(b"\x81\x00" + vlan.to_bytes(2, "big") for vlan in vlans)
    return ASKS[:12] + tags + ASKS[12:]


def test_every_vlan_is_a_link() -> None:
    data = capture([ASKS, tagged(66), tagged(0), tagged(7, 66)])
    names = [link.name for link in surveyed(data).links.values()]
    assert names == ["capture", "capture.66", "capture.7.66"]
    heard_on = [found[0] for found in addresses(data)]
    assert heard_on == ["capture", "capture.66", "capture", "capture.7.66"]


def test_links_are_bounded() -> None:
    data = capture([tagged(vlan) for vlan in range(1, MAX_LINKS + 3)])
    assert len(surveyed(data).links) == MAX_LINKS
    found, malformed = replayed(data)
    assert len([one for one in found if type(one) is AddressSeen]) == MAX_LINKS
    assert malformed == {"too_many_links": 2}


def test_interfaces_of_a_capture() -> None:
    data = b"".join(
        (
            pcapng.write_section(),
            pcapng.write_interface(),
            pcapng.write_interface(276),
            pcapng.write_packet(AT, ASKS),
            pcapng.write_packet(
                AT,
                linux_cooked.encode2(linux_cooked.Cooked(1, 1, B, 0x0806, ASKS[14:], 3)),
                1,
            ),
        )
    )
    names = [link.name for link in surveyed(data).links.values()]
    assert names == ["capture", "capture1-if3"]
    # The second one's sender is not who it says it is.
    assert replayed(data)[1] == {"source_mismatch": 1}


def test_cooked_captures() -> None:
    cooked = linux_cooked.Cooked(1, 1, A, 0x0806, ASKS[14:])
    data = capture([linux_cooked.encode(cooked)], 113)
    assert addresses(data) == [("capture", "10.66.0.10", "arp_request")]


def test_what_is_no_ethernet_is_counted() -> None:
    loopback = linux_cooked.Cooked(0, 772, A, 0x0800, b"")
    found = surveyed(capture([linux_cooked.encode(loopback)], 113))
    assert (found.packets, found.readable, dict(found.foreign)) == (1, 0, {113: 1})
    found = surveyed(capture([ASKS], 105))
    assert (found.readable, dict(found.foreign)) == (0, {105: 1})


def test_times_are_those_of_the_capture() -> None:
    section = pcapng.write_section() + pcapng.write_interface(1, 0)
    packets = [
        pcapng.write_simple_packet(ASKS),
        pcapng.write_packet(AT, ASKS, 0, 0),
        pcapng.write_simple_packet(ASKS),
        pcapng.write_packet(2.0**62, arp.build_announcement(B, IP_B), 0, 0),
        pcapng.write_packet(AT - 5, arp.build_announcement(A, IP_B), 0, 0),
    ]
    data = section + b"".join(packets)
    found = surveyed(data)
    assert (found.began, found.ended) == (AT - 5, AT)
    times = [each.at for each in replayed(data)[0] if type(each) is AddressSeen]
    assert times == [0.0, AT, AT, AT - 5]


def test_what_is_heard_again_within_a_second_is_told_once() -> None:
    data = pcap.write_header() + b"".join(pcap.write_record(AT, ASKS) for _ in range(9))
    assert addresses(data) == [("capture", "10.66.0.10", "arp_request")]


def test_questions_are_told_at_once_and_then_counted() -> None:
    times = [AT, AT + 1, AT + 2, AT + 62]
    data = pcap.write_header() + b"".join(pcap.write_record(at, ASKS) for at in times)
    found, malformed = replayed(data)
    told = [one for one in found if isinstance(one, TargetAsked)]
    assert [(one.at, one.target, one.count) for one in told] == [
        (AT, "10.66.0.20", 1),
        (AT + 62, "10.66.0.20", 3),
    ]
    assert {(one.mac, one.address) for one in told} == {(mac_text(A), "10.66.0.10")}
    assert malformed == {}


def test_the_end_of_a_capture_tells_the_rest() -> None:
    data = capture([ASKS, ASKS, *(solicitation() for _ in range(2))])
    told = [
        (one.target, one.family, one.count)
        for one in replayed(data)[0]
        if isinstance(one, TargetAsked)
    ]
    assert told == [
        ("10.66.0.20", "ipv4", 1),
        ("2001:db8:66::14", "ipv6", 1),
        ("10.66.0.20", "ipv4", 1),
        ("2001:db8:66::14", "ipv6", 1),
    ]


def solicitation() -> bytes:
    source = link_local(bytes(7) + b"\x0a")
    return nd.build_neighbour_solicitation(A, source, ip_bytes("2001:db8:66::14"))


def test_a_cut_capture_gives_what_was_read() -> None:
    data = capture([ASKS, FRAMES["mdns"]])
    found = surveyed(data[:-1])
    assert (found.packets, str(found.problem)) == (1, f"truncated at octet {len(data) - 1}")
    assert addresses(data[:-1]) == [("capture", "10.66.0.10", "arp_request")]


def test_what_is_no_capture_is_refused() -> None:
    with pytest.raises(DecodeError, match="bad_type at octet 0"):
        surveyed(b"no capture at all")


def test_progress_is_told_in_octets() -> None:
    data = capture([ASKS] * 5000)
    told: list[int] = []
    survey(io.BytesIO(data), told.append)
    assert told == sorted(told)
    assert told[-1] == len(data)
    assert len(told) == 4


@pytest.mark.parametrize("case", FRAMES | DISCOVERY_FRAMES)
def test_every_protocol_spoilt_anywhere_goes_on(case: str) -> None:
    wire = (FRAMES | DISCOVERY_FRAMES)[case]
    spoilt = [
        wire[:at] + bytes((value,)) + wire[at + 1 :]
        for at in range(len(wire))
        for value in (0, 0x7F, 0xFF)
    ]
    cut = [wire[:at] for at in range(len(wire))]
    _, malformed = replayed(capture([*spoilt, *cut, wire]))
    assert malformed
    assert "internal_error" not in malformed
