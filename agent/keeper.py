"""The store as the running agent uses it: one thread, retries, nothing lost, never an exception."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec

from inventory.saved import Changes, Saved
from inventory.snapshot import InventoryEvent
from inventory.store import Store, StoreError

MOST_PENDING_EVENTS = 10_000
RECENT_EVENTS = 1000

T = TypeVar("T")

log = logging.getLogger("lanwarden.store")


class Keeper:
    """Owns the store. What could not be written waits, merged, for the next try.

    `problem` is what the store last said, empty while it works. It is logged once, not each time.
    """

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._store: Store | None = None
        self._pending = Changes()
        self._recent: deque[InventoryEvent] = deque(maxlen=RECENT_EVENTS)
        self._last_runs: dict[str, float] = {}
        self.problem = ""
        self.failures = 0
        self.events_dropped = 0

    async def open(self, jobs: Iterable[str]) -> Saved:
        """Open the store and load it. Raises StoreError when that cannot be done."""
        names = tuple(jobs)

        def opening() -> tuple[Store, Saved, dict[str, float | None]]:
            store = Store.open(self._path, self._clock)
            try:
                return store, store.load(), {name: store.last_run(name) for name in names}
            except BaseException:
                store.close()
                raise

        self._store, saved, last = await self._in_thread(opening)
        self._last_runs = {name: at for name, at in last.items() if at is not None}
        self._recent.extend(saved.events)
        return saved

    async def commit(self, changes: Changes) -> bool:
        """Write changes, those that waited first; whether all is written."""
        self._recent.extend(changes.events)
        self._pending = self._bounded(merged(self._pending, changes))
        if not self._pending or self._store is None:
            return True
        writing, self._pending = self._pending, Changes()
        try:
            await self._in_thread(lambda: self._write(writing))
        except StoreError as error:
            self._pending = self._bounded(merged(writing, self._pending))
            self.failures += 1
            self._say(str(error))
            return False
        self._say("")
        return True

    def recent(self, limit: int) -> tuple[InventoryEvent, ...]:
        """Return the newest events, newest first."""
        newest = list(self._recent)[-limit:]
        return tuple(reversed(newest))

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
        """Close the store; what still waits is tried once more."""
        if self._store is not None:
            if self._pending:
                await self.commit(Changes())
            await self._in_thread(self._store.close)
            self._store = None
        self._thread.shutdown(wait=True)

    def _write(self, changes: Changes) -> None:
        assert self._store is not None
        self._store.commit(changes)

    def _say(self, problem: str) -> None:
        if problem and not self.problem:
            log.error("the store cannot be written, changes wait in memory: %s", problem)
        elif self.problem and not problem:
            log.info("the store can be written again; nothing was lost")
        self.problem = problem

    def _bounded(self, changes: Changes) -> Changes:
        over = len(changes.events) - MOST_PENDING_EVENTS
        if over <= 0:
            return changes
        self.events_dropped += over
        return msgspec.structs.replace(changes, events=changes.events[over:])

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def merged(older: Changes, newer: Changes) -> Changes:
    """Return one set of changes that has the effect of both in turn."""
    if not older:
        return newer
    if not newer:
        return older
    removed = dict.fromkeys((*older.removed, *newer.removed))
    devices = {device.id: device for device in older.devices if device.id not in newer.removed}
    for device in newer.devices:
        devices[device.id] = device
        removed.pop(device.id, None)
    return Changes(
        devices=tuple(devices.values()),
        removed=tuple(removed),
        networks=tuple({n.id: n for n in (*older.networks, *newer.networks)}.values()),
        events=(*older.events, *newer.events),
        runs=tuple({run.name: run for run in (*older.runs, *newer.runs)}.values()),
        totals=newer.totals if newer.totals is not None else older.totals,
    )
