"""The tap as the agent holds it: started or connected to, watched, started again when it dies."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import Protocol

import msgspec

from collectors.contract import CollectorError
from collectors.observation import AnyObservation
from collectors.tap.client import TapClient, TapUnavailable
from collectors.tap.messages import Counters, Watch
from inventory.snapshot import TapState

FIRST_BACK_OFF_S = 1.0
LONGEST_BACK_OFF_S = 60.0
STEADY_S = 120.0  # a tap that lived so long starts the back-off anew

log = logging.getLogger("lanwarden.tap")

Observations = Callable[[list[AnyObservation]], None]


class TapSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the tap is started: what it may target, how fast it sends, where it listens.

    `only`: the interfaces that it may use at all, empty for every one; `interfaces`: those that it
    watches now, which may change.
    """

    networks: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = ()
    pace_per_second: int = 1000
    socket: str = ""
    dry_run: bool = False

    def started_like(self, other: "TapSettings") -> bool:
        """Whether a tap that was started with the other settings will do, told whom to watch."""
        return msgspec.structs.replace(self, interfaces=()) == msgspec.structs.replace(
            other, interfaces=()
        )


class Launch(Protocol):
    """Gives a tap that is ready, as a context; the tests put their own in place."""

    def __call__(
        self,
        settings: TapSettings,
        on_observations: Observations,
        on_counters: Callable[[Counters], None],
        on_lost: Callable[[str], None],
    ) -> AbstractAsyncContextManager[TapClient]:
        """Start or reach a tap. Entering raises TapUnavailable."""


def launch(
    settings: TapSettings,
    on_observations: Observations,
    on_counters: Callable[[Counters], None],
    on_lost: Callable[[str], None],
) -> AbstractAsyncContextManager[TapClient]:
    """Connect to the tap service that the settings name, else start the tap as a child."""
    if settings.socket:
        return TapClient.connect(
            Path(settings.socket),
            on_observations=on_observations,
            on_counters=on_counters,
            on_lost=on_lost,
        )
    return TapClient.spawn(
        networks=settings.networks,
        exclude=settings.exclude,
        interfaces=settings.only,
        pace=settings.pace_per_second,
        dry_run=settings.dry_run,
        on_observations=on_observations,
        on_counters=on_counters,
        on_lost=on_lost,
    )


class TapSession:
    """One tap at a time. `client` is None while there is none, and `missing` then says why."""

    def __init__(
        self,
        sink: Callable[[Sequence[AnyObservation]], None],
        on_state: Callable[[TapState, float], None],
        clock: Callable[[], float] = time.time,
        start_tap: Launch = launch,
    ) -> None:
        self._sink = sink
        self._on_state = on_state
        self._clock = clock
        self._start_tap = start_tap
        self._state = TapState(available=False, reason="not started")
        self._lost = asyncio.Event()
        self._turn = asyncio.Lock()
        self._context = AsyncExitStack()
        self._closing = False
        self._settings = TapSettings()
        self.client: TapClient | None = None
        self.missing = "not started"
        self.remedy = ""

    @property
    def state(self) -> TapState:
        """How the tap is, with its counters."""
        return self._state

    async def start(self, settings: TapSettings) -> bool:
        """Try to get a tap and have it watch the interfaces; whether there is one now.

        Raises CollectorError when there is one, but it cannot watch.
        """
        self._settings = settings
        try:
            client = await self._context.enter_async_context(
                self._start_tap(settings, self._heard, self._counted, self._lost_because)
            )
        except TapUnavailable as refusal:
            self._set_missing(refusal.reason.rstrip("."), refusal.remedy)
            self._lost.set()
            return False
        self._lost.clear()
        self.client = client
        self.missing = self.remedy = ""
        self._tell(msgspec.structs.replace(self._state, available=True, reason=""))
        await self._watch()
        return True

    async def change(self, settings: TapSettings) -> None:
        """Take new settings; where a tap has to keep to those it began with, start another."""
        before, self._settings = self._settings, settings
        if settings == before:
            return
        async with self._turn:
            try:
                if settings.started_like(before):
                    await self._watch()
                else:
                    await self._end()
                    await self.start(settings)
            except CollectorError as error:
                log.warning("the tap cannot watch: %s", error)

    async def keep(self) -> None:
        """Start the tap again, with growing pauses, whenever it is lost; until cancelled."""
        back_off = FIRST_BACK_OFF_S
        while True:
            began = time.monotonic()
            await self._lost.wait()
            async with self._turn:
                await self._drop()
            if time.monotonic() - began > STEADY_S:
                back_off = FIRST_BACK_OFF_S
            await asyncio.sleep(back_off)
            back_off = min(2 * back_off, LONGEST_BACK_OFF_S)
            async with self._turn:
                if self.client is None:
                    await self._again()

    async def close(self) -> None:
        """End the tap."""
        async with self._turn:
            await self._end()

    async def _again(self) -> None:
        restarts = self._state.restarts + 1
        try:
            if await self.start(self._settings):
                log.info("the tap runs again")
                self._tell(msgspec.structs.replace(self._state, restarts=restarts))
        except CollectorError as error:
            self._set_missing(str(error), "")
            self._lost.set()

    async def _end(self) -> None:
        self._closing = True
        await self._drop()
        self._closing = False

    async def _drop(self) -> None:
        self.client = None
        await self._context.aclose()

    async def _watch(self) -> None:
        if self.client is not None and self._settings.interfaces:
            watch = Watch(id=self.client.next_id(), interfaces=self._settings.interfaces)
            await self.client.run(watch)

    def _heard(self, observations: list[AnyObservation]) -> None:
        self._sink(observations)

    def _counted(self, counters: Counters) -> None:
        self._tell(
            msgspec.structs.replace(
                self._state,
                received=counters.received,
                dropped=counters.dropped,
                malformed=dict(counters.malformed),
                sent=dict(counters.sent),
                overflowed=counters.overflowed,
            )
        )

    def _lost_because(self, reason: str) -> None:
        if self._closing:
            return
        log.warning("the tap was lost: %s", reason)
        self._set_missing(reason, "")
        self._lost.set()

    def _set_missing(self, reason: str, remedy: str) -> None:
        if reason != self.missing:
            log.warning("no tap: %s%s", reason, f"; {remedy}" if remedy else "")
        self.missing, self.remedy = reason, remedy
        self._tell(msgspec.structs.replace(self._state, available=False, reason=reason))

    def _tell(self, state: TapState) -> None:
        self._state = state
        self._on_state(state, self._clock())
