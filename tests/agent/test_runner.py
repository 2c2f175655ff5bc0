"""One run of one collector."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence

import pytest

from agent.runner import BATCH, Runner
from collectors.contract import CollectorError, Context, Limits, NoData
from collectors.observation import AnyObservation, NameSeen
from collectors.scope import Scope
from collectors.tap.messages import Command, Finished, Watch
from inventory.snapshot import CollectorRun


class FakeTap:
    async def run(self, command: Command) -> Finished:
        return Finished(id=command.id, sent=254, received=31)

    def heard_since(self, at: float) -> Sequence[AnyObservation]:
        return [seen(at)]

    def next_id(self) -> int:
        return 7


def seen(at: float) -> NameSeen:
    return NameSeen(at=at, source="test", name="a")


def context(tap: FakeTap | None = None) -> Context:
    return Context(
        scope=Scope(),
        limits=Limits(),
        tap=tap,
        tap_missing="" if tap else "not there",
        targets=(),
        progress=lambda done, total: None,
        clock=lambda: 5.0,
    )


class Bench:
    def __init__(self) -> None:
        self.heard: list[AnyObservation] = []
        self.batches: list[int] = []
        self.runs: list[CollectorRun] = []
        ticks = iter(range(1000))
        self.runner = Runner(self._sink, self.runs.append, lambda: 5.0, lambda: float(next(ticks)))

    def _sink(self, batch: Sequence[AnyObservation]) -> None:
        self.heard += batch
        self.batches.append(len(batch))


async def fine(context: Context) -> AsyncIterator[AnyObservation]:
    context.progress(3, 9)
    yield seen(1)
    yield seen(2)


async def with_tap(context: Context) -> AsyncIterator[AnyObservation]:
    assert context.tap is not None
    await context.tap.run(Watch(id=context.tap.next_id(), interfaces=("eth0",)))
    for observation in context.tap.heard_since(0):
        yield observation


async def nothing_here(context: Context) -> AsyncIterator[AnyObservation]:
    raise NoData("no resolver is configured")
    yield


async def failing(context: Context) -> AsyncIterator[AnyObservation]:
    yield seen(1)
    raise CollectorError("the resolver does not answer")


async def hanging(context: Context) -> AsyncIterator[AnyObservation]:
    yield seen(1)
    await asyncio.Event().wait()


async def buggy(context: Context) -> AsyncIterator[AnyObservation]:
    yield seen(1)
    raise ZeroDivisionError


async def its_own_timeout(context: Context) -> AsyncIterator[AnyObservation]:
    yield seen(1)
    raise TimeoutError


async def test_a_good_run() -> None:
    bench = Bench()
    run = await bench.runner.run("fine", fine, context(), 10, interval_s=300)
    assert run == CollectorRun("fine", "ok", None, 3, 2, 1.0, 5.0, 5.0, 300)
    assert bench.heard == [seen(1), seen(2)]
    assert bench.runs == [run]


async def test_what_the_tap_sent_and_heard_is_counted() -> None:
    bench = Bench()
    run = await bench.runner.run("arp", with_tap, context(FakeTap()), 10)
    assert (run.status, run.sent, run.received) == ("ok", 254, 32)


@pytest.mark.parametrize(
    ("collect", "status", "reason"),
    [
        pytest.param(nothing_here, "skipped", "no resolver is configured", id="no-data"),
        pytest.param(failing, "failed", "the resolver does not answer", id="collector-error"),
        pytest.param(hanging, "failed", "it did not end within 0.01 s", id="timeout"),
        pytest.param(buggy, "failed", "an internal error (ZeroDivisionError)", id="bug"),
        pytest.param(its_own_timeout, "failed", "an internal error (TimeoutError)", id="its-own"),
    ],
)
async def test_bad_runs(collect: object, status: str, reason: str) -> None:
    bench = Bench()
    run = await bench.runner.run("x", collect, context(), 0.01)  # type: ignore[arg-type]
    assert run.status == status
    assert run.reason is not None
    assert run.reason.startswith(reason)
    assert run.last_success_at is None
    assert len(bench.heard) == (0 if collect is nothing_here else 1)


async def test_a_bug_is_logged_once_and_counted_each_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench()
    for _ in range(3):
        await bench.runner.run("x", buggy, context(), 1)
    logged = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(logged) == 1
    assert logged[0].exc_info is not None
    assert bench.runner.bugs == {"x": 3}


async def test_the_last_success_is_kept_over_a_failure() -> None:
    bench = Bench()
    await bench.runner.run("x", fine, context(), 1)
    run = await bench.runner.run("x", failing, context(), 1)
    assert run.last_success_at == 5.0


async def test_observations_come_in_bounded_batches() -> None:
    async def many(context: Context) -> AsyncIterator[AnyObservation]:
        for number in range(BATCH + 1):
            yield seen(number)

    bench = Bench()
    await bench.runner.run("x", many, context(), 1)
    assert bench.batches == [BATCH, 1]


async def test_a_cancelled_run_is_no_failure() -> None:
    bench = Bench()
    task = asyncio.create_task(bench.runner.run("x", hanging, context(), 10))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.runs == []
