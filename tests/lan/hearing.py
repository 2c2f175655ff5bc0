"""A tap running in the agent's host of a lab, and all that it says."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence

from agent.lab import HostTruth, Lan
from collectors.contract import Collector, Context, Limits
from collectors.observation import AddressSeen, AnyObservation
from collectors.scope import Link, Scope
from collectors.tap.client import TapClient
from collectors.tap.messages import Counters, Sender, Watch
from collectors.tap.own import OwnLink, read_own_links

NETWORKS = ("10.66.7.0/24", "2001:db8:66:7::/64")


class Hearing:
    """A running tap and all that it said."""

    def __init__(self) -> None:
        self.observations: list[AnyObservation] = []
        self.counters: list[Counters] = []
        self.lost: list[str] = []
        self.news = asyncio.Event()
        self.tap: TapClient
        self.link: OwnLink

    def observed(self, batch: list[AnyObservation]) -> None:
        self.observations += batch
        self.news.set()

    def counted(self, counters: Counters) -> None:
        self.counters.append(counters)
        self.news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for news until the condition holds."""
        async with asyncio.timeout(15):
            while not condition():
                self.news.clear()
                await self.news.wait()

    @property
    def sender(self) -> Sender:
        return Sender(interface=self.link.name, mac=self.link.mac)

    def context(self, networks: tuple[str, ...] = NETWORKS) -> Context:
        own = self.link
        link = Link(
            own.name,
            own.index,
            own.mac,
            tuple(str(one) for one in own.addresses if one.version == 4),
            tuple(str(one) for one in own.addresses if one.version == 6),
        )
        return Context(
            scope=Scope(networks=networks, links=(link,)),
            limits=Limits(),
            tap=self.tap,
            tap_missing="",
            targets=(),
            progress=lambda done, total: None,
            clock=time.time,
        )

    async def collect(self, collector: Collector, networks: tuple[str, ...] = NETWORKS) -> None:
        assert [one async for one in collector(self.context(networks))] == []

    def addresses(self) -> dict[str, set[str]]:
        """By MAC, the addresses that it uses; what it merely wants is left out."""
        found = defaultdict(set)
        for one in self.observations:
            if isinstance(one, AddressSeen) and one.how != "dad":
                found[one.mac].add(one.address)
        return dict(found)


def listening(
    lan: Lan,
    scenario: Callable[[Hearing], Awaitable[None]],
    networks: Sequence[str] = NETWORKS,
    pace: int = 1000,
) -> Hearing:
    """Run a scenario with a tap in the agent's host."""

    async def run() -> Hearing:
        hearing = Hearing()
        async with TapClient.spawn(
            networks=networks,
            pace=pace,
            on_observations=hearing.observed,
            on_counters=hearing.counted,
            on_lost=hearing.lost.append,
        ) as tap:
            hearing.tap = tap
            hearing.link = next(one for one in read_own_links() if one.name == "eth0")
            await tap.run(Watch(id=tap.next_id(), interfaces=("eth0",)))
            await scenario(hearing)
        return hearing

    return lan.agent.enter(lambda: asyncio.run(run()))


def truths(lan: Lan) -> dict[str, HostTruth]:
    return {truth.mac: truth for truth in lan.truth().values()}
