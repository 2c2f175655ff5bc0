"""Queriers, tunnels, redirects, and advertisements that no host may heed."""

from collections import Counter
from typing import Any

import pytest

from collectors.observation import (
    AddressSeen,
    AdvertisementRefused,
    AnyObservation,
    DhcpClientSeen,
    DhcpServerSeen,
    Dhcpv6ServerSeen,
    QuerierSeen,
    RedirectSeen,
    RouterAdvertised,
    TunnelSeen,
)
from collectors.tap.belief import Belief
from collectors.tap.watch import Watcher
from collectors.wire import (
    checksum,
    dhcpv4,
    dhcpv6,
    dhcpv6_duid,
    dns,
    ethernet,
    frame,
    ipv4,
    ipv6,
    mld,
    nbns,
    nd,
    udp,
)
from collectors.wire.address import (
    ALL_NODES,
    BROADCAST_IPV4,
    BROADCAST_MAC,
    UNSPECIFIED_IPV4,
    ip_bytes,
    ipv6_bytes,
    mac_bytes,
    multicast_mac,
)
from tests.collectors.tap.fakes import LINK, MAC
from tests.collectors.wire.samples_readiness import READINESS_FRAMES

AT = 1_700_000_000.0
OURS = mac_bytes(MAC)
A = mac_bytes("02:00:00:00:00:0a")
STATION = "02:00:00:00:00:0a"
LOCAL, GLOBAL = ipv6_bytes("fe80::a"), ipv6_bytes("2001:db8:66:7::a")
NINE = ip_bytes("10.66.7.9")
FAR = ip_bytes("198.51.100.1")


def watch(sent: bytes, reason: str = "") -> list[AnyObservation]:
    """What one frame says; the reason that it is counted under, if any."""
    malformed: Counter[str] = Counter()
    found = Watcher("eth0", Belief(LINK), malformed, b"0123456789abcdef").observe(sent, AT)
    assert list(malformed) == ([reason] if reason else [])
    parsed = Watcher("eth0", Belief(LINK), Counter(), b"", frame.decode_ethernet)
    assert parsed.observe(ethernet.parse(sent), AT) == found  # as a replay hears it
    return [one for one in found if type(one) is not AddressSeen]


def query(source: str, version: Any = 2, mac: bytes = A) -> bytes:
    return mld.build(
        mac, ipv6_bytes(source), ALL_NODES, mld.Query(version, 1000, bytes(16), False, 2, 125)
    )


@pytest.mark.parametrize(
    ("sent", "address", "version", "interval_s", "robustness"),
    [
        pytest.param(query("fe80::a"), "fe80::a", 2, 125, 2, id="version 2"),
        pytest.param(query("fe80::a", 1), "fe80::a", 1, 0, 0, id="24 octets: version 1"),
        pytest.param(query("::"), "::", 2, 125, 2, id="a switch without an address"),
    ],
)
def test_queriers(
    sent: bytes, address: str, version: int, interval_s: int, robustness: int
) -> None:
    (seen,) = watch(sent)
    assert isinstance(seen, QuerierSeen)
    assert (seen.mac, seen.address, seen.version) == (STATION, address, version)
    assert (seen.interval_s, seen.robustness) == (interval_s, robustness)


def test_questions_of_agents_are_no_queriers() -> None:
    assert watch(query("fe80::ffff:ffff:ffff:fffe")) == []
    assert watch(query("fe80::2", mac=OURS), "own_frame") == []


def test_a_query_without_router_alert_is_no_query() -> None:
    body = checksum.with_icmpv6(LOCAL, ALL_NODES, mld.encode(mld.Query(1, 1000)))
    packet = ipv6.build(LOCAL, ALL_NODES, ipv6.ICMPV6, body, 1)
    assert watch(ethernet.build(multicast_mac(ALL_NODES), A, 0x86DD, packet), "bad_option") == []


def test_redirects() -> None:
    (seen,) = watch(READINESS_FRAMES["redirect"])
    assert isinstance(seen, RedirectSeen)
    assert (seen.mac, seen.address) == ("00:1c:73:00:07:01", "fe80::1")
    assert (seen.target, seen.destination) == ("fe80::66", "2001:db8:99::1")


def packet(protocol: int, payload: bytes, source: bytes = NINE, destination: bytes = FAR) -> bytes:
    return ethernet.build(
        OURS, A, ethernet.IPV4, ipv4.build(source, destination, protocol, payload)
    )


def datagram(port: int, payload: bytes, source: bytes = NINE, destination: bytes = FAR) -> bytes:
    return udp.build_ipv4_frame(A, OURS, source, destination, 50000, port, payload)


INNER = ipv6.build(GLOBAL, ipv6_bytes("2001:db8:9::1"), 59, b"")
ISATAP = dns.encode(dns.Message(questions=(dns.Question((b"ISATAP", b"local"), dns.A),)))
OTHER = dns.encode(dns.Message(questions=(dns.Question((b"wpad",), dns.A),)))
ANSWER = dns.encode(
    dns.Message(
        flags=dns.RESPONSE,
        questions=(dns.Question((b"isatap",), dns.A),),
        answers=(dns.Record((b"isatap",), dns.A, dns.Address(NINE), 60),),
    )
)
TUNNELS: dict[str, tuple[bytes, tuple[str, str] | None]] = {
    "6in4": (packet(41, INNER), ("6in4", "198.51.100.1")),
    "to a relay": (packet(41, INNER, destination=ip_bytes("192.88.99.1")), ("6to4", "192.88.99.1")),
    "gre": (packet(47, bytes(8)), ("gre", "198.51.100.1")),
    "teredo": (datagram(3544, INNER), ("teredo", "198.51.100.1")),
    "isatap over llmnr": (datagram(5355, ISATAP), ("isatap", "")),
    "isatap over mdns": (datagram(5353, ISATAP), ("isatap", "")),
    "isatap over dns": (datagram(53, ISATAP), ("isatap", "")),
    "isatap over netbios": (
        datagram(137, nbns.build_name_query(7, b"ISATAP")),
        ("isatap", ""),
    ),
    "another name": (datagram(5355, OTHER), None),
    "another name over dns": (datagram(53, OTHER), None),
    "an answer": (datagram(53, ANSWER), None),
    "brought in by a router": (packet(41, INNER, FAR, NINE), None),
    "from nobody": (packet(41, INNER, UNSPECIFIED_IPV4), None),
    "another port": (datagram(3545, INNER), None),
}


@pytest.mark.parametrize(("sent", "expected"), TUNNELS.values(), ids=TUNNELS.keys())
def test_tunnels(sent: bytes, expected: tuple[str, str] | None) -> None:
    found = [one for one in watch(sent) if isinstance(one, TunnelSeen)]
    assert [(one.kind, one.peer) for one in found] == ([expected] if expected else [])
    assert all((one.mac, one.address) == (STATION, "10.66.7.9") for one in found)


def advertisement(
    source: bytes = LOCAL, hop_limit: int = 255, change: dict[int, int] | None = None,
    tail: bytes = b"", mac: bytes = A, cut: int = 0, extension: bytes = b"",
) -> bytes:  # fmt: skip
    """A router advertisement with octets changed before its checksum is made."""
    message = bytearray(nd.encode(nd.RouterAdvertisement(lifetime_s=1800)) + tail)
    for at, value in (change or {}).items():
        message[at] = value
    body = checksum.with_icmpv6(source, ALL_NODES, bytes(message[: len(message) - cut]))
    first = extension[:1] and 44
    whole = ipv6.build(source, ALL_NODES, first or ipv6.ICMPV6, extension[1:] + body, hop_limit)
    return ethernet.build(multicast_mac(ALL_NODES), mac, ethernet.IPV6, whole)


WRONG_CHECKSUM = bytearray(advertisement())
WRONG_CHECKSUM[57] ^= 1
REFUSED: dict[str, tuple[bytes, str, str]] = {
    "through a router": (advertisement(hop_limit=64), "bad_hop_limit", "hop limit 64"),
    "from a global address": (
        advertisement(GLOBAL), "bad_address", "the source is not link-local",
    ),
    "from nobody": (advertisement(bytes(16)), "bad_address", "the source is not link-local"),
    "code": (advertisement(change={1: 3}), "bad_code", "code 3"),
    "checksum": (bytes(WRONG_CHECKSUM), "bad_checksum", "wrong checksum"),
    "short": (advertisement(cut=4), "truncated", "shorter than 16 octets"),
    # 05 00: an MTU option without a length
    "no length": (
        advertisement(tail=bytes.fromhex("0500000000000000")), "bad_option",
        "an option of length 0",
    ),
    # 03 04: a prefix option of 32 octets, of which there are 8
    "too long": (
        advertisement(tail=bytes.fromhex("030440c000000000")), "truncated",
        "an option goes beyond the end",
    ),
    "first fragment": (
        advertisement(extension=b"\1" + bytes.fromhex("3a00000100000001")), "fragmented",
        "a fragment header",
    ),
    "fragment header": (
        advertisement(extension=b"\1" + bytes.fromhex("3a00000000000001")), "fragmented",
        "a fragment header",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("sent", "counted", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_advertisements_that_no_host_may_heed(sent: bytes, counted: str, reason: str) -> None:
    (refused,) = watch(sent, counted)
    assert isinstance(refused, AdvertisementRefused)
    assert (refused.mac, refused.reason) == (STATION, reason)


def test_a_good_advertisement_and_other_faults_are_not_refused() -> None:
    (good,) = watch(advertisement())
    assert isinstance(good, RouterAdvertised)
    assert watch(advertisement(mac=OURS, hop_limit=64), "bad_hop_limit") == []
    assert watch(advertisement(mac=BROADCAST_MAC, hop_limit=64), "bad_hop_limit") == []
    solicitation = nd.build_neighbour_solicitation(A, LOCAL, GLOBAL)
    assert watch(solicitation[:21] + b"\x40" + solicitation[22:], "bad_hop_limit") == []
    assert watch(advertisement()[:50], "truncated") == []


def test_answers_to_the_agent_are_heard() -> None:
    """Whether they come to all or to the own MAC alone."""
    question = dhcpv4.parse(dhcpv4.build_discover(OURS, 7))
    offer = dhcpv4.build_reply(
        question, dhcpv4.OFFER, NINE, ip_bytes("10.66.7.50"), ipv6_only_wait_s=1800
    )
    for mac, address in ((BROADCAST_MAC, BROADCAST_IPV4), (OURS, ip_bytes("10.66.7.50"))):
        (seen,) = watch(udp.build_ipv4_frame(A, mac, NINE, address, 67, 68, offer))
        assert isinstance(seen, DhcpServerSeen)
        assert (seen.message, seen.client_mac, seen.ipv6_only_wait_s) == ("offer", MAC, 1800)
    client_id = dhcpv6_duid.build_link_layer(OURS)
    message = dhcpv6.Message(dhcpv6.ADVERTISE, 7, client_id, dhcpv6_duid.build_link_layer(A))
    (answer,) = watch(
        udp.build_ipv6_frame(
            A, OURS, LOCAL, ipv6_bytes("fe80::2"), 547, 546, dhcpv6.encode(message)
        )
    )
    assert isinstance(answer, Dhcpv6ServerSeen)
    assert (answer.message, answer.client_duid) == ("advertise", client_id.hex())


def test_own_questions_that_come_back_are_nobodys() -> None:
    discover = dhcpv4.build_discover(OURS, 7)
    copied = udp.build_ipv4_frame(A, BROADCAST_MAC, NINE, BROADCAST_IPV4, 67, 67, discover)
    assert watch(copied, "own_frame") == []
    others = dhcpv4.build_discover(A, 7)
    (seen,) = watch(
        udp.build_ipv4_frame(A, BROADCAST_MAC, UNSPECIFIED_IPV4, BROADCAST_IPV4, 68, 67, others)
    )
    assert isinstance(seen, DhcpClientSeen)
    assert seen.ipv6_only_capable
