"""The link query: exact packets, the querier's manners, and patience with routers."""

from collections.abc import Callable
from ipaddress import IPv4Interface

import pytest

from collectors.observation import AddressSeen, AnyObservation, How, RouterAdvertised, Solicited
from collectors.tap.messages import LinkQuery, Sender
from collectors.tap.own import OwnLink
from collectors.tap.sweep_addresses import NoSource
from collectors.tap.sweep_link import LinkQuerier
from collectors.wire import frame, icmpv6, mld, nd
from collectors.wire.address import ip_text, mac_text
from tests.collectors.tap.fakes import LINK, MAC, FakeClock, FakeOutlet, drive

TOKEN = b"0123456789abcdef"
QUERIER = "fe80::ffff:ffff:ffff:fffe"


class Run:
    """A query driven to its end."""

    def __init__(
        self,
        hear: Callable[[bytes], list[AnyObservation]] = lambda sent: [],
        link: OwnLink = LINK,
        **options: object,
    ) -> None:
        self.clock, self.outlet = FakeClock(), FakeOutlet()
        command = LinkQuery(id=7, sender=Sender(interface="eth0", mac=MAC), **options)  # type: ignore[arg-type]
        self.sweep = LinkQuerier(command, link, self.clock, self.outlet, TOKEN)
        start = self.clock.now
        self.raw: list[bytes] = []
        self.protocols: list[str] = []
        for _, sent in drive(self.sweep, self.clock, hear):
            self.raw.append(sent)
            self.protocols.append(self.sweep.protocol)
        self.sent = [frame.decode(one) for one in self.raw]
        self.wall = self.clock.now - start

    def of(self, kind: type) -> list[frame.Decoded]:
        return [one for one in self.sent if isinstance(one.payload, kind)]


def advertised() -> RouterAdvertised:
    return RouterAdvertised(
        at=0.0,
        source="tap",
        mac="02:00:00:00:00:0a",
        address="fe80::1",
        hop_limit=64,
        managed=False,
        other=False,
        preference="medium",
        lifetime_s=1800,
    )


def seen(address: str, how: How = "neighbour_advertisement") -> AddressSeen:
    return AddressSeen(at=0.0, source="tap", mac="02:00:00:00:00:0a", address=address, how=how)


def test_the_query_leaves_the_link_as_it_is() -> None:
    run = Run(steps=("mld",))
    (query,) = run.of(mld.Query)
    assert isinstance(query.payload, mld.Query)
    assert ip_text(query.source) == QUERIER
    assert ip_text(query.destination) == "ff02::1"
    assert mac_text(query.destination_mac) == "33:33:00:00:00:01"
    assert query.hop_limit == 1
    assert query.payload.version == 2
    assert (query.payload.robustness, query.payload.interval_s) == (2, 125)
    assert query.payload.max_response_ms == 1000
    raw = run.raw[-1]
    assert raw[14 + 6] == 0  # hop-by-hop
    assert raw[54:62] == bytes.fromhex("3a00050200000100")  # router alert, padded
    assert len(raw) == 14 + 40 + 8 + 28  # 24 octets would be version 1


def test_nobody_may_own_the_querier_s_address() -> None:
    run = Run(steps=("mld",))
    asked = run.of(nd.NeighbourSolicitation)
    assert [ip_text(one.payload.target) for one in asked] == [QUERIER]  # type: ignore[union-attr]
    assert ip_text(asked[0].source) == "fe80::2"
    owned = Run(hear=lambda sent: [seen(QUERIER)], steps=("mld",))
    assert [ip_text(one.source) for one in owned.of(mld.Query)] == ["fe80::ffff:ffff:ffff:fffd"]


def test_when_all_are_owned_there_is_no_query() -> None:
    taken = [seen(f"fe80::ffff:ffff:ffff:fff{low}") for low in "edc"]
    run = Run(hear=lambda sent: list(taken), steps=("mld",))
    assert run.of(mld.Query) == []


@pytest.mark.parametrize(("asked", "used"), [(1, 1000), (1500, 1500), (99_999, 3000)])
def test_answers_are_spread_within_bounds(asked: int, used: int) -> None:
    (query,) = Run(steps=("mld",), max_response_ms=asked).of(mld.Query)
    assert query.payload.max_response_ms == used  # type: ignore[union-attr]


def test_all_nodes_are_asked_from_each_own_address() -> None:
    run = Run(steps=("echo",))
    echoes = run.of(icmpv6.EchoRequest)
    assert [ip_text(one.source) for one in echoes] == ["fe80::2", "2001:db8:66:7::2"]
    assert {ip_text(one.destination) for one in echoes} == {"ff02::1"}
    assert {one.payload.data for one in echoes} == {TOKEN}  # type: ignore[union-attr]
    assert run.protocols == ["icmpv6", "icmpv6"]


def test_the_unknown_option_comes_with_echo_and_with_a_type_nobody_knows() -> None:
    run = Run(steps=("option",))
    kinds = [(ip_text(one.source), type(one.payload)) for one in run.sent]
    assert kinds == [
        ("fe80::2", icmpv6.EchoRequest),
        ("fe80::2", icmpv6.Other),
        ("2001:db8:66:7::2", icmpv6.EchoRequest),
        ("2001:db8:66:7::2", icmpv6.Other),
    ]
    for raw in run.raw:
        assert raw[14 + 6] == 60  # destination options
        assert raw[56] == 0x80  # discard and report, also to a group (RFC 8200 §4.2)
        assert TOKEN in raw
    assert {one.payload.type for one in run.of(icmpv6.Other)} == {254}  # type: ignore[union-attr]


def test_a_router_that_answers_is_not_asked_again() -> None:
    run = Run(hear=lambda sent: [advertised()], steps=("router",))
    (solicitation,) = run.of(nd.RouterSolicitation)
    assert ip_text(solicitation.destination) == "ff02::2"
    assert ip_text(solicitation.source) == "fe80::2"
    assert run.wall == pytest.approx(1.5, abs=0.01)
    (said,) = run.outlet.observations
    assert isinstance(said, Solicited)
    assert said.count == 1


def test_a_silent_router_gets_three_questions_and_its_time() -> None:
    run = Run(steps=("router",))
    assert len(run.of(nd.RouterSolicitation)) == 3
    (said,) = run.outlet.observations
    assert isinstance(said, Solicited)
    assert (said.count, said.interface, said.source) == (3, "eth0", "link_query")
    assert 3.5 <= said.waited_s <= 3.7
    assert run.wall <= 3.7


def test_without_the_router_step_nothing_is_said_of_routers() -> None:
    assert Run(steps=("mld", "echo", "option")).outlet.observations == []


def test_everything_together() -> None:
    run = Run(hear=lambda sent: [advertised(), seen("fe80::9")])
    kinds = [type(one.payload) for one in run.sent]
    assert kinds.count(nd.RouterSolicitation) == 1
    assert kinds.count(icmpv6.EchoRequest) == 4
    assert kinds.count(mld.Query) == 1
    assert run.wall <= 2.0
    assert run.sweep.received == 1


def test_without_a_link_local_address_it_says_so() -> None:
    link = OwnLink("eth1", 3, MAC, True, (IPv4Interface("10.66.7.2/24"),))
    with pytest.raises(NoSource, match="eth1 has no IPv6 link-local address"):
        Run(link=link)
