"""The scheduler under a clock that nobody waits for."""

import asyncio
import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from agent.schedule import Job, Scheduler, interval_s, is_missed, next_time

START = datetime(2026, 11, 22, 8, 2, 30, tzinfo=UTC).timestamp()


class VirtualClock:
    """Time that moves when everybody waits."""

    def __init__(self, now: float) -> None:
        self._now = now
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._waiting, (self._now + seconds, self._count, future))
        await future

    def set(self, now: float) -> None:
        """Step the wall clock; who sleeps goes on sleeping as long as before."""
        step = now - self._now
        self._waiting = [(at + step, count, future) for at, count, future in self._waiting]
        heapq.heapify(self._waiting)
        self._now = now

    async def run_until(self, end: float) -> None:
        while True:
            for _ in range(20):
                await asyncio.sleep(0)
            if not self._waiting or self._waiting[0][0] > end:
                self._now = max(self._now, end)
                return
            at, _, future = heapq.heappop(self._waiting)
            self._now = max(self._now, at)
            if not future.done():
                future.set_result(None)


class Remembered(dict[str, float]):
    def last_run(self, job: str) -> float | None:
        return self.get(job)

    def set_last_run(self, job: str, at: float) -> None:
        self[job] = at


class Bench:
    """A scheduler at work: `started` has (job, seconds since START)."""

    def __init__(self, memory: Remembered | None = None, jitter: float = 0.0) -> None:
        self.clock = VirtualClock(START)
        self.memory = memory if memory is not None else Remembered()
        self.started: list[tuple[str, float]] = []
        self._jitter = jitter

    async def run(self, jobs: dict[str, str], seconds: float, lasts: float = 0.0) -> Scheduler:
        scheduler = Scheduler(
            [Job(name, cron, self._action(name, lasts)) for name, cron in jobs.items()],
            self.memory,
            self.clock,
            lambda: self._jitter,
            UTC,
        )
        task = asyncio.create_task(scheduler.run())
        await self.clock.run_until(START + seconds)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return scheduler

    def _action(self, name: str, lasts: float) -> Callable[[], "asyncio.Future[None]"]:
        async def act() -> None:
            self.started.append((name, self.clock.now() - START))
            if name == "broken":
                raise ValueError("a bug")
            if lasts:
                await self.clock.sleep(lasts)

        return act  # type: ignore[return-value]


async def test_a_job_that_never_ran_runs_at_once_then_on_time() -> None:
    bench = Bench()
    await bench.run({"a": "*/5 * * * *"}, 900)
    assert bench.started == [("a", 0), ("a", 150), ("a", 450), ("a", 750)]


async def test_a_missed_run_is_caught_up_once() -> None:
    bench = Bench(Remembered(a=START - 86_400))
    await bench.run({"a": "*/5 * * * *"}, 200)
    assert bench.started == [("a", 0), ("a", 150)]


async def test_a_run_that_is_not_due_is_not_caught_up() -> None:
    bench = Bench(Remembered(a=START - 10))
    await bench.run({"a": "*/5 * * * *"}, 200)
    assert bench.started == [("a", 150)]


async def test_runs_do_not_overlap_and_those_missed_meanwhile_are_left_out() -> None:
    bench = Bench(Remembered(a=START - 10))
    scheduler = await bench.run({"a": "*/5 * * * *"}, 1500, lasts=700)
    assert bench.started == [("a", 150), ("a", 1050)]
    assert scheduler.overlaps == {"a": 1}


async def test_jobs_that_are_due_together_wait_for_each_other() -> None:
    bench = Bench()
    await bench.run({"a": "0 * * * *", "b": "0 * * * *"}, 100, lasts=40)
    assert bench.started == [("a", 0), ("b", 40)]


async def test_jitter_puts_off_each_start() -> None:
    bench = Bench(Remembered(a=START - 10), jitter=7.5)
    await bench.run({"a": "*/5 * * * *"}, 460)
    assert bench.started == [("a", 157.5), ("a", 457.5)]


async def test_a_job_with_a_bug_does_not_stop_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench()
    scheduler = await bench.run({"broken": "*/5 * * * *", "a": "*/5 * * * *"}, 160)
    assert bench.started == [("broken", 0), ("a", 0), ("broken", 150), ("a", 150)]
    assert scheduler.bugs == 2
    assert "job broken failed unexpectedly" in caplog.text


async def test_the_start_is_remembered() -> None:
    bench = Bench()
    await bench.run({"a": "*/5 * * * *"}, 160)
    assert bench.memory == {"a": START + 150}


async def test_a_clock_that_is_set_back_does_not_stop_the_job() -> None:
    bench = Bench(Remembered(a=START - 10))
    scheduler = Scheduler(
        [Job("a", "*/5 * * * *", bench._action("a", 0))], bench.memory, bench.clock, lambda: 0, UTC
    )
    task = asyncio.create_task(scheduler.run())
    await bench.clock.run_until(START + 30)
    bench.clock.set(START - 86_400)
    await bench.clock.run_until(START - 86_400 + 300)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [at for _, at in bench.started] == [-86_400 + 150]


@pytest.mark.parametrize(
    ("cron", "after", "expected"),
    [
        pytest.param("*/5 * * * *", "08:02:30", "08:05:00", id="every-five"),
        pytest.param("*/5 * * * *", "08:05:00", "08:10:00", id="strictly-after"),
        pytest.param("40 9 * * *", "08:00:00", "09:40:00", id="daily"),
    ],
)
def test_next_time(cron: str, after: str, expected: str) -> None:
    def at(text: str) -> float:
        return datetime.fromisoformat(f"2026-11-22T{text}+00:00").timestamp()

    assert next_time(cron, at(after), UTC) == at(expected)


def test_times_are_local() -> None:
    hanoi = timezone(timedelta(hours=7))
    found = next_time("40 9 * * *", START, hanoi)
    assert datetime.fromtimestamp(found, hanoi).hour == 9


def test_a_last_run_in_the_future_counts_as_never() -> None:
    assert is_missed("*/5 * * * *", START + 1000, START, UTC)


def test_the_interval_of_an_expression() -> None:
    assert interval_s("*/5 * * * *", START, UTC) == 300
