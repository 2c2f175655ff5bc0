"""Works on many items at once, so many at a time, and hands on what each yields."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing
from typing import Generic, TypeVar

from collectors.observation import AnyObservation

Item = TypeVar("Item")
Work = Callable[[Item], AsyncGenerator[AnyObservation, None]]

QUEUE_SIZE = 256


async def in_parallel(
    items: Iterable[Item],
    work: Work[Item],
    width: int,
    progress: Callable[[int, int], None] | None = None,
) -> AsyncGenerator[AnyObservation, None]:
    """Yield what `work(item)` yields for every item, at most `width` items at a time.

    The first exception ends all of it and is raised. Closing the generator ends all workers before
    it returns, so that no task or socket outlives it.
    """
    crew = _Crew(items, work, progress)
    workers = [asyncio.create_task(crew.labour()) for _ in range(min(width, crew.total))]
    closer = asyncio.create_task(crew.close_after(workers))
    try:
        while (observation := await crew.queue.get()) is not None:
            yield observation
        for worker in workers:
            if worker.done():  # after an error the others still run
                worker.result()
    finally:
        for task in (closer, *workers):
            task.cancel()
        await asyncio.gather(closer, *workers, return_exceptions=True)


class _Crew(Generic[Item]):
    """The queue, the items left and the count of those done."""

    def __init__(
        self,
        items: Iterable[Item],
        work: Work[Item],
        progress: Callable[[int, int], None] | None,
    ) -> None:
        listed = list(items)
        self.queue: asyncio.Queue[AnyObservation | None] = asyncio.Queue(QUEUE_SIZE)
        self.total = len(listed)
        self._left: Iterator[Item] = iter(listed)
        self._work = work
        self._progress = progress
        self._done = 0

    async def labour(self) -> None:
        for item in self._left:
            # A bare `async for` would leave a cancelled generator to the garbage collector.
            async with aclosing(self._work(item)) as observations:
                async for observation in observations:
                    await self.queue.put(observation)
            self._done += 1
            if self._progress is not None:
                self._progress(self._done, self.total)

    async def close_after(self, workers: list[asyncio.Task[None]]) -> None:
        if workers:
            await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
        await self.queue.put(None)
