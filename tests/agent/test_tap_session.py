"""The tap as the agent holds it: missing, lost, back again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import cast

import pytest

from agent import tap_session
from agent.tap_session import Observations, TapSession, TapSettings
from collectors.contract import CollectorError
from collectors.tap.client import TapClient, TapUnavailable
from collectors.tap.messages import Command, Counters, Finished, Watch
from inventory.snapshot import TapState

SETTINGS = TapSettings(networks=("10.66.7.0/24",), interfaces=("eth0",))


class FakeClient:
    def __init__(self, deaf: bool) -> None:
        self.commands: list[Command] = []
        self._deaf = deaf

    def next_id(self) -> int:
        return 1

    async def run(self, command: Command) -> Finished:
        if self._deaf:
            raise CollectorError("no such interface")
        self.commands.append(command)
        return Finished(id=command.id)


class FakeTaps:
    """Gives taps out, or refuses; `lose` ends the latest."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.clients: list[FakeClient] = []
        self.ended = 0
        self.deaf = False
        self.lose: Callable[[str], None] = lambda reason: None
        self.count: Callable[[Counters], None] = lambda counters: None

    def __call__(
        self,
        settings: TapSettings,
        on_observations: Observations,
        on_counters: Callable[[Counters], None],
        on_lost: Callable[[str], None],
    ) -> AbstractAsyncContextManager[TapClient]:
        return self._tap(on_counters, on_lost)

    @asynccontextmanager
    async def _tap(
        self, on_counters: Callable[[Counters], None], on_lost: Callable[[str], None]
    ) -> AsyncIterator[TapClient]:
        if self.refusals:
            self.refusals -= 1
            raise TapUnavailable("CAP_NET_RAW is missing.", "Run it as root.")
        self.lose, self.count = on_lost, on_counters
        self.clients.append(FakeClient(self.deaf))
        yield cast("TapClient", self.clients[-1])
        self.ended += 1


class Bench:
    def __init__(self, refusals: int = 0) -> None:
        self.states: list[TapState] = []
        self.taps = FakeTaps(refusals)
        self.session = TapSession(
            lambda batch: None,
            lambda state, at: self.states.append(state),
            lambda: 5.0,
            self.taps,
        )


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tap_session, "FIRST_BACK_OFF_S", 0.0)


async def test_it_starts_and_watches() -> None:
    bench = Bench()
    assert await bench.session.start(SETTINGS)
    assert bench.session.client is not None
    assert bench.taps.clients[0].commands == [Watch(id=1, interfaces=("eth0",))]
    assert bench.states[-1].available


async def test_no_right() -> None:
    bench = Bench(refusals=1)
    assert not await bench.session.start(SETTINGS)
    assert bench.session.client is None
    assert bench.session.missing == "CAP_NET_RAW is missing"
    assert bench.session.remedy == "Run it as root."
    assert bench.states[-1] == TapState(available=False, reason="CAP_NET_RAW is missing")


async def test_a_lost_tap_is_started_again_and_the_gap_is_told() -> None:
    bench = Bench()
    await bench.session.start(SETTINGS)
    keeping = asyncio.create_task(bench.session.keep())
    await turns()
    bench.taps.count(Counters(received=9, dropped=1, malformed={"arp": 2}, sent={"arp": 3}))
    bench.taps.refusals = 2
    bench.taps.lose("the tap was killed by signal 9")
    await turns()
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    assert [state.available for state in bench.states] == [
        True, True, False, False, False, True, True,
    ]  # fmt: skip
    assert bench.states[2].reason == "the tap was killed by signal 9"
    assert bench.states[-1].restarts == 1
    assert bench.taps.ended == 1
    assert len(bench.taps.clients) == 2


async def test_an_end_of_our_own_making_is_no_loss() -> None:
    bench = Bench()
    await bench.session.start(SETTINGS)
    await bench.session.close()
    bench.taps.lose("the connection to the tap was closed")
    assert bench.session.client is None
    assert bench.taps.ended == 1


async def test_a_tap_that_cannot_watch_stays_for_sweeps() -> None:
    bench = Bench()
    bench.taps.deaf = True
    with pytest.raises(CollectorError):
        await bench.session.start(SETTINGS)
    assert bench.session.client is not None
