"""From frames to observations: what is believed, what is counted, and that nothing escapes."""

from collections import Counter
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.observation import (
    AddressSeen,
    AnyObservation,
    DhcpClientSeen,
    DhcpServerSeen,
    GroupsReported,
    Hold,
    NameSeen,
    RouterAdvertised,
)
from collectors.tap.belief import Belief
from collectors.tap.watch import Watcher
from collectors.wire import arp, dhcpv4, ethernet, icmpv4, icmpv6, ipv4, mld, nd, nd_options, udp
from collectors.wire.address import (
    ALL_NODES,
    BROADCAST_MAC,
    UNSPECIFIED_IPV4,
    UNSPECIFIED_IPV6,
    ip_bytes,
    ipv6_bytes,
    mac_bytes,
    solicited_node,
)
from tests.collectors.tap.fakes import BARE_LINK, LINK, MAC

AT = 1_700_000_000.0
TOKEN = b"0123456789abcdef"
OURS = mac_bytes(MAC)
A, B = mac_bytes("02:00:00:00:00:0a"), mac_bytes("02:00:00:00:00:0b")
IP_9, IP_2 = ip_bytes("10.66.7.9"), ip_bytes("10.66.7.2")
LOCAL, GLOBAL = ipv6_bytes("fe80::a"), ipv6_bytes("2001:db8:66:7::a")
FAR = ipv6_bytes("2001:db8:bad::a")
GROUP = solicited_node(LOCAL)


def watcher() -> tuple[Watcher, Counter[str]]:
    malformed: Counter[str] = Counter()
    return Watcher("eth0", Belief(LINK), malformed, TOKEN), malformed


def seen(how: Any, address: str, router: bool = False, hold: Hold = "") -> AddressSeen:
    return AddressSeen(
        at=AT,
        source="tap",
        interface="eth0",
        mac="02:00:00:00:00:0a",
        address=address,
        how=how,
        router=router,
        hold=hold,
    )


def solicitation(source: bytes, target: bytes, claimed: bytes = A) -> bytes:
    options = nd_options.Options(source_mac=claimed) if any(source) else nd_options.Options()
    message = nd.NeighbourSolicitation(target, options)
    return nd.build(A, B, source, solicited_node(target), message)


def echo_reply(data: bytes) -> bytes:
    reply = icmpv6.EchoReply(1, 1, data)
    return icmpv6.build(A, OURS, LOCAL, ipv6_bytes("fe80::2"), reply)


def problem(invoking: bytes) -> bytes:
    message = icmpv6.ParameterProblem(2, 40, invoking)
    return icmpv6.build(A, OURS, GLOBAL, ipv6_bytes("fe80::2"), message)


ICMPV4_REPLY = ethernet.build(
    OURS,
    A,
    ethernet.IPV4,
    ipv4.build(IP_9, IP_2, ipv4.ICMP, icmpv4.encode(icmpv4.EchoReply(1, 1, TOKEN))),
)

ADDRESSES: dict[str, tuple[bytes, list[AddressSeen]]] = {
    "arp request": (arp.build_request(A, IP_9, IP_2), [seen("arp_request", "10.66.7.9")]),
    "arp reply": (arp.build_reply(A, IP_9, OURS, IP_2), [seen("arp_reply", "10.66.7.9")]),
    "arp announcement": (arp.build_announcement(A, IP_9), [seen("arp_announcement", "10.66.7.9")]),
    "arp probe claims nothing": (arp.build_probe(A, IP_9), [seen("dad", "10.66.7.9")]),
    "arp without a dhcp server": (
        arp.build_announcement(A, ip_bytes("169.254.9.9")),
        [seen("arp_announcement", "169.254.9.9")],
    ),
    "another one uses our address": (
        arp.build_reply(A, IP_2, B, IP_9),
        [seen("arp_reply", "10.66.7.2")],
    ),
    "solicitation": (solicitation(LOCAL, GLOBAL), [seen("neighbour_solicitation", "fe80::a")]),
    "duplicate address detection": (
        solicitation(UNSPECIFIED_IPV6, GLOBAL),
        [seen("dad", "2001:db8:66:7::a")],
    ),
    "advertisement": (
        nd.build_neighbour_advertisement(A, LOCAL, GLOBAL, router=True),
        [seen("neighbour_advertisement", "2001:db8:66:7::a", router=True, hold="sole")],
    ),
    "advertisement of an anycast address or by a proxy": (
        nd.build_neighbour_advertisement(A, LOCAL, GLOBAL, override=False),
        [seen("neighbour_advertisement", "2001:db8:66:7::a", hold="shared")],
    ),
    "advertisement without its option": (
        nd.build(A, B, LOCAL, ALL_NODES, nd.NeighbourAdvertisement(LOCAL)),
        [seen("neighbour_advertisement", "fe80::a")],
    ),
    "router solicitation": (
        nd.build_router_solicitation(A, LOCAL),
        [seen("router_solicitation", "fe80::a")],
    ),
    "router solicitation without an address": (nd.build_router_solicitation(A), []),
    "our echo came back": (echo_reply(TOKEN + b"x"), [seen("echo_reply", "fe80::a")]),
    "our echo over ipv4": (ICMPV4_REPLY, [seen("echo_reply", "10.66.7.9")]),
    "somebody else's echo": (echo_reply(b"ping"), []),
    "our unknown option": (
        problem(b"\x60" + bytes(39) + TOKEN),
        [seen("parameter_problem", "2001:db8:66:7::a")],
    ),
    "somebody else's unknown option": (problem(bytes(60)), []),
    "a protocol that is not decoded": (ethernet.build(B, A, 0x88B5, bytes(50)), []),
}


@pytest.mark.parametrize(("frame", "expected"), ADDRESSES.values(), ids=ADDRESSES.keys())
def test_addresses(frame: bytes, expected: list[AddressSeen]) -> None:
    watch, malformed = watcher()
    assert list(watch.observe(frame, AT)) == expected
    assert not malformed


LIES: dict[str, tuple[bytes, str]] = {
    "arp: the frame came from another": (
        ethernet.build(BROADCAST_MAC, B, ethernet.ARP, arp.build_request(A, IP_9, IP_2)[14:]),
        "source_mismatch",
    ),
    "arp: off the link": (arp.build_request(A, ip_bytes("10.99.0.1"), IP_2), "off_link"),
    "arp: broadcast address": (
        arp.build_request(A, ip_bytes("10.66.7.255"), IP_2),
        "bad_address",
    ),
    "arp: network address": (arp.build_request(A, ip_bytes("10.66.7.0"), IP_2), "bad_address"),
    "arp: group": (arp.build_request(A, ip_bytes("224.0.0.1"), IP_2), "bad_address"),
    "arp: loopback": (arp.build_request(A, ip_bytes("127.0.0.1"), IP_2), "off_link"),
    "arp: reply from nowhere": (
        arp.build_reply(A, UNSPECIFIED_IPV4, OURS, IP_2),
        "bad_address",
    ),
    "arp: group mac": (
        ethernet.build(
            BROADCAST_MAC,
            mac_bytes("03:00:00:00:00:0a"),
            ethernet.ARP,
            arp.build_request(A, IP_9, IP_2)[14:],
        ),
        "bad_mac",
    ),
    "arp: zero mac": (arp.build_request(bytes(6), IP_9, IP_2), "bad_mac"),
    "arp: our own frame comes back": (arp.build_request(OURS, IP_2, IP_9), "own_frame"),
    "solicitation: claims another's mac": (solicitation(LOCAL, GLOBAL, B), "source_mismatch"),
    "solicitation: source off the link": (solicitation(FAR, GLOBAL), "off_link"),
    "detection: off the link": (solicitation(UNSPECIFIED_IPV6, FAR), "off_link"),
    "advertisement: off the link": (
        nd.build_neighbour_advertisement(A, LOCAL, FAR),
        "off_link",
    ),
    "advertisement: for another's mac": (
        nd.build(
            A,
            B,
            LOCAL,
            ALL_NODES,
            nd.NeighbourAdvertisement(GLOBAL, options=nd_options.Options(target_mac=B)),
        ),
        "source_mismatch",
    ),
    "advertisement: of a group": (
        nd.build_neighbour_advertisement(A, LOCAL, ALL_NODES),
        "bad_address",
    ),
    "advertisement: through a router": (
        nd.build_neighbour_advertisement(A, LOCAL, LOCAL)[:21]
        + b"\x40"
        + nd.build_neighbour_advertisement(A, LOCAL, LOCAL)[22:],
        "bad_hop_limit",
    ),
    "checksum": (
        nd.build_neighbour_advertisement(A, LOCAL, LOCAL)[:-1] + b"\x77",
        "bad_checksum",
    ),
    "cut": (arp.build_request(A, IP_9, IP_2)[:30], "truncated"),
}


@pytest.mark.parametrize(("frame", "reason"), LIES.values(), ids=LIES.keys())
def test_lies_are_counted_and_not_believed(frame: bytes, reason: str) -> None:
    watch, malformed = watcher()
    assert watch.observe(bytes(frame), AT) == ()
    assert malformed == {reason: 1}


def test_a_network_of_a_command_is_on_the_link() -> None:
    malformed: Counter[str] = Counter()
    watch = Watcher("eth1", Belief(BARE_LINK), malformed, TOKEN)
    frame = arp.build_reply(A, IP_9, B, IP_2)
    assert watch.observe(frame, AT) == ()
    watch.belief.allow(ip_network("10.66.7.0/24"))
    assert len(watch.observe(frame, AT)) == 1


def advertisement(options: nd_options.Options) -> bytes:
    message = nd.RouterAdvertisement(
        64, True, False, preference="high", lifetime_s=1800, options=options
    )
    return nd.build_router_advertisement(A, LOCAL, message)


def prefix(text: str, *, on_link: bool = True, valid_s: int = 60) -> nd_options.Prefix:
    network = ip_network(text)
    return nd_options.Prefix(
        network.network_address.packed, network.prefixlen, on_link, True, valid_s, 30
    )


def test_an_advertisement_in_full() -> None:
    options = nd_options.Options(
        source_mac=A,
        mtu=1480,
        prefixes=(prefix("2001:db8:77::/64"),),
        routes=(nd_options.Route(ipv6_bytes("2001:db8:88::"), 48, "low", 90),),
        resolvers=(nd_options.Resolvers((ipv6_bytes("2001:db8::53"),), 120),),
        search=(nd_options.Search(((b"stc", b"example"),), 150),),
        pref64=(nd_options.Pref64(ipv6_bytes("64:ff9b::"), 96, 1800),),
        captive_portal=b"https://portal.example/\x1b[2J",
    )
    watch, malformed = watcher()
    advertised, address = watch.observe(advertisement(options), AT)
    assert isinstance(advertised, RouterAdvertised)
    assert (advertised.mac, advertised.address) == ("02:00:00:00:00:0a", "fe80::a")
    assert (advertised.hop_limit, advertised.managed, advertised.other) == (64, True, False)
    assert (advertised.preference, advertised.lifetime_s, advertised.mtu) == ("high", 1800, 1480)
    assert [(one.prefix, one.on_link, one.valid_s) for one in advertised.prefixes] == [
        ("2001:db8:77::/64", True, 60)
    ]
    assert [(one.prefix, one.preference) for one in advertised.routes] == [
        ("2001:db8:88::/48", "low")
    ]
    assert advertised.resolvers[0].addresses == ("2001:db8::53",)
    assert advertised.search[0].domains == ("stc.example",)
    assert advertised.pref64[0].prefix == "64:ff9b::/96"
    assert advertised.captive_portal == "https://portal.example/[2J"
    assert address == seen("router_advertisement", "fe80::a", router=True)
    assert not malformed


def test_an_advertised_prefix_is_on_the_link_from_then_on() -> None:
    watch, _ = watcher()
    frame = nd.build_neighbour_advertisement(A, LOCAL, ipv6_bytes("2001:db8:77::9"))
    assert watch.observe(frame, AT) == ()
    watch.observe(advertisement(nd_options.Options(prefixes=(prefix("2001:db8:77::/64"),))), AT)
    assert len(watch.observe(frame, AT)) == 1


@pytest.mark.parametrize(
    "lying",
    [prefix("::/0"), prefix("2000::/3"), prefix("2001:db8:77::/64", valid_s=0)],
    ids=["everything", "the internet", "withdrawn"],
)
def test_an_advertised_prefix_that_cannot_be_a_link_changes_nothing(
    lying: nd_options.Prefix,
) -> None:
    watch, _ = watcher()
    watch.observe(advertisement(nd_options.Options(prefixes=(lying,))), AT)
    target = ipv6_bytes("2001:db8:77::9")
    assert watch.observe(nd.build_neighbour_advertisement(A, LOCAL, target), AT) == ()


def test_a_router_that_lies_about_its_mac_is_still_heard() -> None:
    watch, malformed = watcher()
    observed = watch.observe(advertisement(nd_options.Options(source_mac=B)), AT)
    assert [type(one) for one in observed] == [RouterAdvertised]
    assert malformed == {"source_mismatch": 1}


def report(*records: mld.Record, source: bytes = LOCAL) -> bytes:
    return mld.build_report(A, source, records)


def groups(observed: tuple[AnyObservation, ...]) -> GroupsReported:
    first = observed[0]
    assert isinstance(first, GroupsReported)
    return first


def test_a_current_state_report_is_the_whole_list() -> None:
    watch, _ = watcher()
    frame = report(mld.Record(mld.MODE_IS_EXCLUDE, GROUP), mld.Record(2, ipv6_bytes("ff02::fb")))
    observed = watch.observe(frame, AT)
    assert groups(observed).groups == ("ff02::1:ff00:a", "ff02::fb")
    assert groups(observed).complete
    assert observed[1] == seen("mld_report", "fe80::a")


def test_a_change_is_not_the_whole_list() -> None:
    watch, _ = watcher()
    change = report(
        mld.Record(mld.CHANGE_TO_EXCLUDE, GROUP),
        mld.Record(mld.CHANGE_TO_INCLUDE, ipv6_bytes("ff02::fb")),
    )
    observed = groups(watch.observe(change, AT))
    assert (observed.groups, observed.left) == (("ff02::1:ff00:a",), ("ff02::fb",))
    assert not observed.complete


def test_a_long_report_may_have_been_split() -> None:
    records = [mld.Record(2, ipv6_bytes(f"ff02::1:ff00:{n:x}")) for n in range(1, 61)]
    watch, _ = watcher()
    observed = groups(watch.observe(report(*records), AT))
    assert len(observed.groups) == 60
    assert not observed.complete


def test_a_report_before_there_is_an_address() -> None:
    watch, malformed = watcher()
    observed = watch.observe(report(mld.Record(4, GROUP), source=UNSPECIFIED_IPV6), AT)
    assert [type(one) for one in observed] == [GroupsReported]
    assert groups(observed).address == ""
    assert not malformed


def test_version_one_reports_and_leaves() -> None:
    watch, _ = watcher()
    joined = groups(watch.observe(mld.build(A, LOCAL, GROUP, mld.ReportV1(GROUP)), AT))
    left = groups(watch.observe(mld.build(A, LOCAL, GROUP, mld.Done(GROUP)), AT))
    assert (joined.version, joined.groups, joined.complete) == (1, ("ff02::1:ff00:a",), False)
    assert (left.version, left.left) == (1, ("ff02::1:ff00:a",))


def dhcp(payload: bytes, source: int, destination: int, mac: bytes = A) -> bytes:
    return udp.build_ipv4_frame(
        mac, BROADCAST_MAC, IP_9, ip_bytes("255.255.255.255"), source, destination, payload
    )


def test_a_dhcp_client_tells_its_name_and_whether_it_needs_ipv4() -> None:
    payload = dhcpv4.build_discover(A, 7, b"PC\x00-\x1b9\xe1\xbb\x87", b"MSFT 5.0")
    watch, malformed = watcher()
    client, name = watch.observe(dhcp(payload, 68, 67), AT)
    assert isinstance(client, DhcpClientSeen)
    assert isinstance(name, NameSeen)
    assert (client.mac, client.message) == ("02:00:00:00:00:0a", "discover")
    assert client.hostname == name.name == "PC-9ệ"
    assert client.vendor_class == "MSFT 5.0"
    assert client.ipv6_only_capable is True
    assert 108 in client.parameters
    assert (name.source, name.mac, name.address) == ("dhcp", client.mac, "")
    assert not malformed


def test_a_dhcp_server_and_the_address_that_it_gave() -> None:
    request = dhcpv4.parse(dhcpv4.build_discover(A, 7))
    payload = dhcpv4.build_reply(
        request, dhcpv4.ACK, IP_9, ip_bytes("10.66.7.50"), lease_s=3600, ipv6_only_wait_s=1800
    )
    watch, _ = watcher()
    server, address = watch.observe(dhcp(payload, 67, 68, B), AT)
    assert isinstance(server, DhcpServerSeen)
    assert (server.mac, server.address) == ("02:00:00:00:00:0b", "10.66.7.9")
    assert (server.message, server.offered_address) == ("ack", "10.66.7.50")
    assert (server.lease_s, server.ipv6_only_wait_s) == (3600, 1800)
    assert address == seen("dhcp", "10.66.7.50")


def test_the_way_in_guards_against_bugs(monkeypatch: pytest.MonkeyPatch) -> None:
    watch, malformed = watcher()

    def broken(address: bytes) -> str:
        raise RuntimeError(address)

    monkeypatch.setattr(watch.belief, "doubt_address", broken)
    assert watch.observe(arp.build_announcement(A, IP_9), AT) == ()
    assert malformed == {"internal_error": 1}


FRAMES = [frame for frame, _ in (*ADDRESSES.values(), *LIES.values())]


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(data: bytes) -> None:
    watch, malformed = watcher()
    watch.observe(data, AT)
    assert "internal_error" not in malformed


@given(
    st.sampled_from(FRAMES),
    st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), max_size=6),
    st.integers(0, 120),
)
def test_any_damage_is_survived(frame: bytes, changes: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(frame)
    for at, value in changes:
        if at < len(data):
            data[at] = value
    watch, malformed = watcher()
    watch.observe(bytes(data[: len(data) - cut]), AT)
    assert "internal_error" not in malformed
