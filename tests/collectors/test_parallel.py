"""Many at once: the width holds, errors end all, nothing outlives the generator."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from collectors.observation import AnyObservation, NameSeen
from collectors.parallel import in_parallel
from tests.collectors.contexts import gathered
from tests.collectors.virtual_time import now, run


def seen(name: str) -> NameSeen:
    return NameSeen(at=0.0, source="test", name=name)


class Worker:
    """Takes a second per item and counts how many run at a time."""

    def __init__(self, failing: int = -1) -> None:
        self.running = 0
        self.most = 0
        self._failing = failing

    async def __call__(self, item: int) -> AsyncGenerator[AnyObservation, None]:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(1)
            if item == self._failing:
                raise OSError("broken")
            yield seen(str(item))
            yield seen(f"{item}b")
        finally:
            self.running -= 1


@pytest.mark.parametrize(
    ("items", "width", "elapsed_s", "most"),
    [
        pytest.param(0, 4, 0.0, 0, id="nothing to do"),
        pytest.param(10, 1, 10.0, 1, id="one after the other"),
        pytest.param(10, 4, 3.0, 4, id="four at a time"),
        pytest.param(3, 16, 1.0, 3, id="fewer than the width"),
    ],
)
def test_width(items: int, width: int, elapsed_s: float, most: int) -> None:
    worker = Worker()
    progress: list[tuple[int, int]] = []

    async def main() -> tuple[list[AnyObservation], float]:
        work = in_parallel(range(items), worker, width, lambda *done: progress.append(done))
        return await gathered(work), now()

    found, took_s = run(main())
    assert {item.name for item in found if isinstance(item, NameSeen)} == {
        name for item in range(items) for name in (str(item), f"{item}b")
    }
    assert took_s == pytest.approx(elapsed_s)
    assert worker.most == most
    assert progress == [(done, items) for done in range(1, items + 1)]


def test_more_than_the_queue_holds() -> None:
    async def flood(item: int) -> AsyncGenerator[AnyObservation, None]:
        for number in range(1000):
            yield seen(f"{item}-{number}")

    found = run(gathered(in_parallel(range(4), flood, 4)))
    assert len(found) == 4000


def test_the_first_error_ends_all_and_is_raised() -> None:
    worker = Worker(failing=2)

    async def main() -> None:
        with pytest.raises(OSError, match="broken"):
            await gathered(in_parallel(range(100), worker, 4))
        assert len(asyncio.all_tasks()) == 1

    run(main())
    assert worker.running == 0


def test_closing_early_leaves_no_task() -> None:
    worker = Worker()

    async def main() -> None:
        async with aclosing(in_parallel(range(100), worker, 8)) as observations:
            async for _ in observations:
                break
        assert len(asyncio.all_tasks()) == 1

    run(main())
    assert worker.running == 0


def test_cancelling_the_consumer_leaves_no_task() -> None:
    worker = Worker()

    async def main() -> None:
        consumer = asyncio.create_task(gathered(in_parallel(range(100), worker, 8)))
        await asyncio.sleep(1.5)
        consumer.cancel()
        with pytest.raises(asyncio.CancelledError):
            await consumer
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1

    run(main())
    assert worker.running == 0
