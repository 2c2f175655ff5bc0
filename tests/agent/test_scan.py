"""A pass: order, what is left out and why, whom each collector may ask."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from agent.runner import Runner
from agent.scan import (
    DISCOVERY,
    EVERYTHING,
    IPV6_FULL,
    IPV6_LIGHT,
    POSTURE,
    STAGES,
    WITH_LOGS,
    Pass,
    timeout_of,
)
from collectors import catalogue
from collectors.contract import Collector, Context, Limits, Target
from collectors.observation import AnyObservation
from collectors.scope import Scope
from inventory.snapshot import CollectorRun

SCOPE = Scope(networks=("10.66.7.0/24",))
TARGETS = (
    Target("d-a", ("10.66.7.20", "fe80::20%eth0")),
    Target("d-b", ("10.66.7.200",)),
)


class Bench:
    """Collectors that only write down when they ran and whom they could ask."""

    def __init__(self, scope: Scope = SCOPE, tap: bool = True, consented: Sequence[str] = ()):
        self.began: list[str] = []
        self.asked: dict[str, tuple[Target, ...]] = {}
        self.runs: list[CollectorRun] = []
        self.whole = Pass(
            runner=Runner(lambda batch: None, self.runs.append),
            scope=scope,
            limits=Limits(),
            pace_per_second=1000,
            targets=lambda: TARGETS,
            tap=lambda: (object() if tap else None, "" if tap else "no right"),  # type: ignore[arg-type,return-value]
            consented=consented,
            finder=self._find,
        )

    def _find(self, name: str) -> Collector:
        async def collect(context: Context) -> AsyncIterator[AnyObservation]:
            self.began.append(name)
            self.asked[name] = context.targets
            context.progress(1, 2)
            await asyncio.sleep(0)
            if context.targets is None:
                yield

        return collect


def test_every_collector_has_its_place() -> None:
    placed = [name for stage in STAGES for chain in stage for step in chain for name in step]
    assert sorted(placed) == [entry.name for entry in catalogue.CATALOGUE]
    assert (DISCOVERY | POSTURE | IPV6_LIGHT) - {"dhcp_census"} == EVERYTHING
    assert set(placed) == EVERYTHING | IPV6_FULL | WITH_LOGS
    assert IPV6_LIGHT < IPV6_FULL
    assert not DISCOVERY & POSTURE


async def test_order() -> None:
    bench = Bench()
    await bench.whole.run()
    position = {name: number for number, name in enumerate(bench.began)}
    for earlier, later in (
        ("netlink", "arp"), ("arp", "solicit"), ("link_query", "solicit"),
        ("solicit", "neighbours"), ("neighbours", "mdns"), ("neighbours", "reverse_dns"),
        ("link_query", "tcp"), ("tcp", "ssh_key"), ("tcp", "tls_key"), ("tcp", "http_page"),
        ("http_page", "snmp_community"), ("link_query", "snmp_engine"), ("neighbours", "ssdp"),
        ("neighbours", "wsd"), ("link_query", "resolvers"), ("resolvers", "anchors"),
        ("reverse_dns", "device_names"), ("resolvers", "device_names"),
        ("anchors", "stack"),
    ):  # fmt: skip
        assert position[earlier] < position[later], (earlier, later)
    assert len(bench.runs) == len(EVERYTHING)


async def test_only_what_was_asked_for_runs() -> None:
    bench = Bench()
    runs = await bench.whole.run({"arp", "host"}, interval_s=60)
    assert {run.name for run in runs} == {"arp", "host"}
    assert {run.interval_s for run in runs} == {60}


async def test_without_a_network_nothing_is_sent() -> None:
    bench = Bench(Scope())
    await bench.whole.run()
    passive = {entry.name for entry in catalogue.CATALOGUE if not entry.active} & EVERYTHING
    assert set(bench.began) == passive
    skipped = {run.reason for run in bench.runs if run.status == "skipped"}
    assert skipped == {"no network is in scope"}


async def test_without_a_tap_the_others_go_on_and_each_says_so() -> None:
    bench = Bench(tap=False)
    await bench.whole.run()
    skipped = {run.name: run.reason for run in bench.runs if run.status == "skipped"}
    through_the_tap = ("arp", "echo", "link_query", "nd_compare", "solicit")
    assert skipped == dict.fromkeys(through_the_tap, "no tap: no right")


@pytest.mark.parametrize(
    ("consented", "expected"),
    [
        pytest.param((), (), id="nowhere"),
        pytest.param(("10.66.7.0/25",), (TARGETS[0],), id="in-a-part"),
        pytest.param(("10.66.7.0/24",), TARGETS, id="everywhere"),
    ],
)
async def test_consent(consented: tuple[str, ...], expected: tuple[Target, ...]) -> None:
    bench = Bench(consented=consented)
    await bench.whole.run({"snmp_community", "tcp"})
    assert bench.asked["snmp_community"] == expected
    assert bench.asked["tcp"] == TARGETS


async def test_progress_carries_the_collector_s_name() -> None:
    told: list[tuple[str, int, int]] = []
    await Bench().whole.run({"arp"}, progress=lambda *what: told.append(what))
    assert told == [("arp", 1, 2)]


def test_a_sweep_s_timeout_grows_with_the_scope() -> None:
    wide = Scope(networks=("10.66.0.0/16", "2001:db8::/32"))
    assert timeout_of("arp", wide, 1000) == pytest.approx(30 + 4 * 65.536)
    assert timeout_of("tcp", wide, 1000) == 3600
