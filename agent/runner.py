"""One run of one collector: timeout, duration, outcome, and what it said handed on in batches."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import cast

import msgspec

from collectors.contract import Collector, CollectorError, Context, NoData, Tap
from collectors.observation import AnyObservation
from collectors.tap.messages import Command, Finished
from inventory.snapshot import CollectorRun, CollectorStatus

BATCH = 256
REASON_CHARACTERS = 300

log = logging.getLogger("lanwarden.runner")

Sink = Callable[[Sequence[AnyObservation]], None]


class Outcome(msgspec.Struct, frozen=True):
    """How a run ended, before it is timed."""

    status: CollectorStatus
    reason: str | None = None


class Runner:
    """Drives collectors one run at a time and never raises on their account.

    `sink` gets the observations in batches, `on_run` the record of each run. `bugs` counts, by
    collector, runs that ended in an exception which is no part of the contract.
    """

    def __init__(
        self,
        sink: Sink,
        on_run: Callable[[CollectorRun], None],
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sink = sink
        self._on_run = on_run
        self._clock = clock
        self._monotonic = monotonic
        self._success: dict[str, float] = {}
        self._logged: set[tuple[str, str]] = set()
        self.bugs: dict[str, int] = {}

    async def run(
        self,
        name: str,
        collect: Collector,
        context: Context,
        timeout_s: float,
        interval_s: float | None = None,
    ) -> CollectorRun:
        """Run a collector to its end, or to the timeout; return the record of it."""
        meter = _Meter(context)
        began = self._monotonic()
        outcome = await self._outcome(name, collect, meter, timeout_s)
        finished_at = self._clock()
        if outcome.status == "ok":
            self._success[name] = finished_at
        run = CollectorRun(
            name=name,
            status=outcome.status,
            reason=outcome.reason and outcome.reason[:REASON_CHARACTERS],
            sent=meter.sent,
            received=meter.received,
            duration_s=round(self._monotonic() - began, 4),
            finished_at=finished_at,
            last_success_at=self._success.get(name),
            interval_s=interval_s,
        )
        self._on_run(run)
        _log_run(run)
        return run

    def skip(self, name: str, reason: str, interval_s: float | None = None) -> CollectorRun:
        """Record a run that could not even begin."""
        run = CollectorRun(
            name=name,
            status="skipped",
            reason=reason,
            sent=0,
            received=0,
            duration_s=0.0,
            finished_at=self._clock(),
            last_success_at=self._success.get(name),
            interval_s=interval_s,
        )
        self._on_run(run)
        return run

    async def _outcome(
        self, name: str, collect: Collector, meter: "_Meter", timeout_s: float
    ) -> Outcome:
        deadline = asyncio.timeout(timeout_s)
        try:
            async with deadline:
                await self._drain(collect, meter)
        except NoData as reason:
            return Outcome("skipped", str(reason) or "it had nothing to observe")
        except CollectorError as error:
            return Outcome("failed", str(error) or "it failed without saying why")
        except TimeoutError as error:
            if deadline.expired():
                return Outcome("failed", f"it did not end within {timeout_s:g} s")
            return self._bug(name, error)
        except Exception as error:  # noqa: BLE001  anything else is a bug, and the loop goes on
            return self._bug(name, error)
        return Outcome("ok")

    async def _drain(self, collect: Collector, meter: "_Meter") -> None:
        batch: list[AnyObservation] = []
        # Every collector is an async generator; the contract's type says only what callers need.
        stream = cast("_Closable", collect(meter.context))
        try:
            async with aclosing(stream):
                async for observation in stream:
                    batch.append(observation)
                    meter.yielded += 1
                    if len(batch) >= BATCH:
                        self._sink(batch)
                        batch = []
        finally:
            if batch:
                self._sink(batch)

    def _bug(self, name: str, error: Exception) -> Outcome:
        self.bugs[name] = self.bugs.get(name, 0) + 1
        kind = type(error).__name__
        if (name, kind) not in self._logged:
            self._logged.add((name, kind))
            log.error("collector %s failed unexpectedly", name, exc_info=error)
        return Outcome("failed", f"an internal error ({kind}); the log has the details")


class _Closable(AsyncIterator[AnyObservation]):
    async def aclose(self) -> None: ...


class _Meter:
    """Counts what a run sends and receives; stands between the collector and tap and progress."""

    def __init__(self, context: Context) -> None:
        self._tap = context.tap
        self._progress = context.progress
        self._attempts = 0
        self._tap_sent = 0
        self._tap_received = 0
        self.yielded = 0
        self.context = msgspec.structs.replace(
            context,
            tap=None if context.tap is None else cast("Tap", self),
            progress=self._count,
        )

    @property
    def sent(self) -> int:
        return self._tap_sent or self._attempts

    @property
    def received(self) -> int:
        return self._tap_received + self.yielded

    async def run(self, command: Command) -> Finished:
        assert self._tap is not None
        finished = await self._tap.run(command)
        self._tap_sent += finished.sent
        self._tap_received += finished.received
        return finished

    def __getattr__(self, name: str) -> object:
        return getattr(self._tap, name)

    def _count(self, done: int, total: int) -> None:
        self._attempts = max(self._attempts, done)
        self._progress(done, total)


def _log_run(run: CollectorRun) -> None:
    level = logging.WARNING if run.status == "failed" else logging.DEBUG
    log.log(
        level,
        "collector %s %s",
        run.name,
        run.status,
        extra={
            "fields": {
                "sent": run.sent,
                "received": run.received,
                "duration_s": run.duration_s,
                "reason": run.reason,
            }
        },
    )
