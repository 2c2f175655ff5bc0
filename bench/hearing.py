"""A tap that runs in the agent's host of a lab, and what it hears."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from agent.lab import Lan
from collectors.contract import Collector, Context, Limits
from collectors.observation import AnyObservation
from collectors.scope import Link, Scope
from collectors.tap.client import TapClient
from collectors.tap.messages import Sender, Watch
from collectors.tap.own import OwnLink, read_own_links

T = TypeVar("T")


class Hearing:
    """A running tap in the agent's host, and what it heard."""

    def __init__(self, networks: tuple[str, ...]) -> None:
        self.observations: list[AnyObservation] = []
        self.tap: TapClient
        self.own: OwnLink
        self._networks = networks

    @property
    def cpu_s(self) -> float:
        """Processor seconds of the tap and of this thread, which takes what the tap tells."""
        text = Path(f"/proc/{self.tap.pid}/schedstat").read_text(encoding="ascii")
        return int(text.split()[0]) / 1e9 + time.thread_time()

    @property
    def sender(self) -> Sender:
        return Sender(interface=self.own.name, mac=self.own.mac)

    @property
    def context(self) -> Context:
        own = self.own
        link = Link(
            own.name,
            own.index,
            own.mac,
            tuple(str(one) for one in own.addresses if one.version == 4),
            tuple(str(one) for one in own.addresses if one.version == 6),
        )
        return Context(
            scope=Scope(networks=self._networks, links=(link,)),
            limits=Limits(),
            tap=self.tap,
            tap_missing="",
            targets=(),
            progress=lambda done, total: None,
            clock=time.time,
        )

    async def collect(self, collector: Collector) -> None:
        async for _ in collector(self.context):
            pass


def with_tap(
    lan: Lan,
    networks: tuple[str, ...],
    pace: int,
    scenario: Callable[[Hearing], Awaitable[T]],
) -> T:
    async def run() -> T:
        hearing = Hearing(networks)
        async with TapClient.spawn(
            networks=networks, pace=pace, on_observations=hearing.observations.extend
        ) as hearing.tap:
            hearing.own = next(one for one in read_own_links() if one.name == "eth0")
            await hearing.tap.run(Watch(id=hearing.tap.next_id(), interfaces=("eth0",)))
            return await scenario(hearing)

    return lan.agent.enter(lambda: asyncio.run(run()))


def require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)
