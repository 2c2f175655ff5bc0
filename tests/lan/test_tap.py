"""The tap on a LAN of real kernels: it finds what is there, and nothing else."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from ipaddress import IPv6Address

import pytest

from agent.lab import Lan, LanPlan, build, sized, wide
from collectors import arp, echo, link_query, solicit
from collectors.candidates import unexplained_groups
from collectors.observation import AddressSeen, EchoAnswered, GroupsReported
from collectors.tap.messages import ArpSweep
from tests.lan.hearing import NETWORKS, Hearing, listening, truths

pytestmark = pytest.mark.lan


@pytest.fixture(scope="module")
def crowd(requires_namespaces: None) -> Iterator[Lan]:
    """Forty hosts of every sort: look, do not change."""
    with build(sized(40)) as lan:
        yield lan


def test_arp_finds_everyone_and_no_ghosts(crowd: Lan) -> None:
    async def scenario(hearing: Hearing) -> None:
        await hearing.collect(arp.collect)

    found = listening(crowd, scenario).addresses()
    assert {
        (mac, address) for mac, all_of in found.items() for address in all_of if ":" not in address
    } == {(mac, address) for mac, truth in truths(crowd).items() for address in truth.ipv4}


def test_ipv6_finds_every_host_and_says_what_else_there_is(crowd: Lan) -> None:
    async def scenario(hearing: Hearing) -> None:
        await asyncio.gather(hearing.collect(arp.collect), hearing.collect(link_query.collect))
        await hearing.collect(solicit.collect)

    hearing = listening(crowd, scenario)
    found, real = hearing.addresses(), truths(crowd)
    assert found.keys() == real.keys()
    stations = {
        station.mac: station
        for station in solicit.known_stations(
            hearing.context(), hearing.context().scope.links[0], hearing.observations
        )
    }
    for mac, truth in real.items():
        seen = {address for address in found[mac] if ":" in address}
        assert seen <= set(truth.ipv6), truth.name
        local = {address for address in truth.ipv6 if IPv6Address(address).is_link_local}
        assert local <= seen, truth.name
        sort = truth.name.partition("-")[0]
        if sort in ("eui64", "stable", "gw"):
            assert seen == set(truth.ipv6), truth.name
        if sort in ("temporary", "echo_ignoring"):
            assert set(truth.temporary_ipv6) <= seen, truth.name
        # What is not found is random, so nobody can ask for it; its group tells that it exists.
        missing = {suffix(address) for address in truth.ipv6} - {suffix(one) for one in seen}
        told = {suffix(group) for group in unexplained_groups(stations[mac])}
        assert told == missing, truth.name


def suffix(address: str) -> bytes:
    return IPv6Address(address).packed[13:]


def test_every_address_has_its_group_reported(crowd: Lan) -> None:
    async def scenario(hearing: Hearing) -> None:
        await hearing.collect(link_query.collect)

    reported: defaultdict[str, set[bytes]] = defaultdict(set)
    for one in listening(crowd, scenario).observations:
        if isinstance(one, GroupsReported):
            assert one.complete
            assert one.version == 2
            reported[one.mac] |= {suffix(group) for group in one.groups if ":1:ff" in group}
    for mac, truth in truths(crowd).items():
        assert {suffix(address) for address in truth.ipv6} <= reported[mac], truth.name


def test_with_the_watch_running_every_address_of_a_host_that_joins_is_heard(
    make_lan: Callable[[LanPlan], Lan],
) -> None:
    lan = make_lan(sized(10))
    macs = truths(lan).keys()
    joining = [host for name, host in lan.hosts.items() if name != "gw"]

    async def scenario(hearing: Hearing) -> None:
        await hearing.collect(link_query.collect)
        hearing.observations.clear()
        for state in ("down", "up"):
            for host in joining:
                host.run(["ip", "link", "set", "eth0", state], check=True)

        def everything() -> bool:
            said: defaultdict[str, set[str]] = defaultdict(set)
            for one in hearing.observations:
                if isinstance(one, AddressSeen):
                    said[one.mac].add(one.address)
            return all(
                len(truth.global_ipv6) >= 1 and set(truth.ipv6) <= said[truth.mac]
                for truth in (host.truth() for host in joining)
            )

        await hearing.until(everything)

    heard = listening(lan, scenario)
    assert {one.mac for one in heard.observations if isinstance(one, AddressSeen)} <= macs


def test_routed_networks_answer_through_their_router(make_lan: Callable[[LanPlan], Lan]) -> None:
    lan = make_lan(sized(0))
    gateway = lan.hosts["gw"]
    gateway.run(["ip", "route", "add", "local", "10.77.0.8/30", "dev", "lo"], check=True)
    lan.agent.run(["ip", "route", "replace", "10.77.0.0/24", "via", "10.66.7.1"], check=True)
    scope = (*NETWORKS, "10.77.0.0/24")

    async def scenario(hearing: Hearing) -> None:
        await hearing.collect(echo.collect, scope)

    hearing = listening(lan, scenario, scope)
    answers = [one for one in hearing.observations if isinstance(one, EchoAnswered)]
    assert {one.address for one in answers} == {f"10.77.0.{host}" for host in (8, 9, 10, 11)}
    assert all(one.rtt_s is not None and 0 <= one.rtt_s < 1 for one in answers)
    assert len(answers) == 4


@pytest.mark.parametrize("pace", [1000, 5000])
def test_the_pace_holds_on_a_real_link(make_lan: Callable[[LanPlan], Lan], pace: int) -> None:
    plan, alive = wide("10.66.0.0/22")
    lan = make_lan(plan)

    async def scenario(hearing: Hearing) -> None:
        finished = await hearing.tap.run(
            ArpSweep(id=hearing.tap.next_id(), sender=hearing.sender, networks=(plan.ipv4,))
        )
        assert finished.duration_s <= (finished.sent / pace + 2 * 0.3) * 1.1
        assert finished.sent / pace <= finished.duration_s
        assert finished.received == len(alive)

    found = listening(lan, scenario, [plan.ipv4], pace).addresses()
    assert {address for all_of in found.values() for address in all_of} == alive
