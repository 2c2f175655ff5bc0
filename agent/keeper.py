"""The store as the running agent uses it: in one thread, retried, never an exception."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from agent import heap
from inventory.history import Assessed
from inventory.orders import Order, Orders, Outcome
from inventory.saved import Changes, Saved
from inventory.store import MAX_EVENTS, Store, StoreError

T = TypeVar("T")

log = logging.getLogger("lanwarden.store")


class Keeper:
    """Owns the store. `problem` is what it last said, empty while it works; it is logged once."""

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._orders = Orders(path)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._store: Store | None = None
        self._last_runs: dict[str, float] = {}
        self.max_events = MAX_EVENTS
        self.problem = ""
        self.failures = 0
        self.readiness_at: float | None = None  # when the last assessment that is kept was made

    async def open(self, jobs: Iterable[str]) -> Saved:
        """Open the store and load it. Raises StoreError when that cannot be done."""
        names = tuple(jobs)

        def opening() -> tuple[Store, Saved, dict[str, float | None], list[float]]:
            store = Store.open(self._path, self._clock)
            try:
                last = {name: store.last_run(name) for name in names}
                return store, store.load(), last, store.readiness_moments()
            except BaseException:
                store.close()
                raise

        self._store, saved, last, moments = await self._in_thread(opening)
        self.readiness_at = moments[-1] if moments else None
        self._last_runs = {name: at for name, at in last.items() if at is not None}
        if saved.renewed:
            log.error("the store was begun anew: %s", saved.renewed)
        return saved

    async def commit(self, changes: Changes) -> bool:
        """Write changes; False: nothing of them was written, keep them for the next time."""
        store = self._store
        if not changes or store is None:
            return True
        try:
            await self._in_thread(lambda: store.commit(changes, self.max_events))
        except StoreError as error:
            self.failures += 1
            self._say(str(error))
            return False
        self._say("")
        self._thread.submit(_settle, store)
        return True

    async def keep_readiness(self, assessed: Assessed) -> bool:
        """Keep an assessment; False: it could not be written."""
        store = self._store
        if store is None:
            return False
        try:
            await self._in_thread(lambda: store.add_readiness(assessed))
        except StoreError as error:
            self.failures += 1
            log.error("the assessment of IPv6 readiness was not kept: %s", error)
            return False
        self.readiness_at = assessed.at
        return True

    async def waiting_orders(self) -> tuple[Order, ...]:
        """What the officer ordered and nobody has done; nothing while the store cannot be read."""
        if self._store is None:
            return ()
        try:
            return await self._in_thread(self._orders.waiting)
        except StoreError as error:
            log.debug("orders not read: %s", error)
            return ()

    async def finish_order(self, order: Order, outcome: Outcome) -> None:
        """Note what became of an order; if that fails it is done again, which changes nothing."""
        try:
            await self._in_thread(lambda: self._orders.finish(order, outcome, self._clock()))
        except StoreError as error:
            log.warning("the outcome of order %d is not written: %s", order.number, error)

    def last_run(self, job: str) -> float | None:
        """Return when the job last started."""
        return self._last_runs.get(job)

    def set_last_run(self, job: str, at: float) -> None:
        """Remember when the job started; it is written in the background."""
        self._last_runs[job] = at
        store = self._store
        if store is None:
            return

        def writing() -> None:
            try:
                store.set_last_run(job, at)
            except StoreError as error:
                log.debug("last run of %s not written: %s", job, error)

        self._thread.submit(writing)

    async def close(self) -> None:
        """Close the store."""
        store, self._store = self._store, None
        if store is not None:
            await self._in_thread(store.close)
        self._thread.shutdown(wait=False)  # nothing waits in it any more

    def _say(self, problem: str) -> None:
        if problem and not self.problem:
            log.error("the store cannot be written, changes wait in memory: %s", problem)
        elif self.problem and not problem:
            log.info("the store can be written again; nothing was lost")
        self.problem = problem

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _settle(store: Store) -> None:
    try:
        store.settle()
    except StoreError as error:
        log.debug("the store's log was not moved into its file: %s", error)
    heap.give_back()
