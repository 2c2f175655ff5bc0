"""When jobs run: cron expressions, jitter, no overlap, a missed run caught up once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, tzinfo
from typing import Protocol

import msgspec

LONGEST_SLEEP_S = 60.0

log = logging.getLogger("lanwarden.schedule")


class Clock(Protocol):
    """Time as the scheduler sees it."""

    def now(self) -> float:
        """Return Unix time in seconds."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class Memory(Protocol):
    """Remembers over restarts when a job last started; neither method raises."""

    def last_run(self, job: str) -> float | None:
        """Return when the job last started."""

    def set_last_run(self, job: str, at: float) -> None:
        """Remember when the job started."""


class Job(msgspec.Struct, frozen=True):
    """Something to do on a cron expression; `action` handles its own errors."""

    name: str
    cron: str
    action: Callable[[], Awaitable[None]]


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Return Unix time in seconds."""
        return datetime.now(UTC).timestamp()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class Scheduler:
    """Runs each job in turn with itself; jobs that are due together wait for each other.

    `jitter` gives a fresh random delay in seconds for each start. A job that was due while the
    agent was off, or while its last run still went on, runs once, not once per missed time. One
    that has never run is due at once. `overlaps` counts, by job, runs that lasted beyond the next
    time.
    """

    def __init__(
        self,
        jobs: Iterable[Job],
        memory: Memory,
        clock: Clock,
        jitter: Callable[[], float],
        zone: tzinfo | None = None,
    ) -> None:
        self._jobs = tuple(jobs)
        self._memory = memory
        self._clock = clock
        self._jitter = jitter
        self._zone = zone
        self._turn = asyncio.Lock()
        self.next_start: dict[str, float] = {}
        self.bugs = 0
        self.overlaps: dict[str, int] = {}

    async def run(self) -> None:
        """Run until cancelled."""
        async with asyncio.TaskGroup() as group:
            for job in self._jobs:
                group.create_task(self._keep(job), name=f"job-{job.name}")

    async def _keep(self, job: Job) -> None:
        if is_missed(job.cron, self._memory.last_run(job.name), self._clock.now(), self._zone):
            await self._start(job)
        while True:
            if await self._wait(job):
                await self._start(job)

    async def _start(self, job: Job) -> None:
        async with self._turn:
            began = self._clock.now()
            self._memory.set_last_run(job.name, began)
            try:
                await job.action()
            except Exception:  # a bug in one job must not stop the others
                self.bugs += 1
                log.exception("job %s failed unexpectedly", job.name)
            if next_time(job.cron, began, self._zone) <= self._clock.now():
                self.overlaps[job.name] = self.overlaps.get(job.name, 0) + 1

    async def _wait(self, job: Job) -> bool:
        """Wait for the next start; False when the clock was set back: find it anew."""
        began = self._clock.now()
        at = next_time(job.cron, began, self._zone) + self._jitter()
        self.next_start[job.name] = at
        while (now := self._clock.now()) < at:
            if now < began - LONGEST_SLEEP_S:
                return False
            await self._clock.sleep(min(at - now, LONGEST_SLEEP_S))
        return True


def next_time(cron: str, after: float, zone: tzinfo | None = None) -> float:
    """Return the first time strictly after `after` that the expression names."""
    from cronsim import CronSim

    moment = datetime.fromtimestamp(after, UTC).astimezone(zone)
    found: datetime = next(CronSim(cron, moment))
    return found.timestamp()


def is_missed(cron: str, last: float | None, now: float, zone: tzinfo | None = None) -> bool:
    """Whether the job should have started since it last did; True when it never ran.

    A last run in the future (the clock was wrong) counts as never.
    """
    if last is None or last > now:
        return True
    return next_time(cron, last, zone) <= now


def interval_s(cron: str, now: float, zone: tzinfo | None = None) -> float:
    """Return the seconds between the next two times; what freshness is measured against."""
    first = next_time(cron, now, zone)
    return next_time(cron, first, zone) - first
