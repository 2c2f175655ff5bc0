"""Walks over columns of tables that end, whatever the device answers."""

from collections.abc import Awaitable, Callable
from typing import Final, Literal

import msgspec

from collectors.snmp_client import MAX_OID_ARCS, Answer, Missing, Oid, Value

REPETITIONS: Final = 25
FEWER: Final = 5  # for devices that cannot fill a large answer

Row = tuple[Oid, Value]  # the index, and what stands in the column

# read: to its end; absent: the device has nothing there (which is not no); partial: cut off, by a
# bound or by silence; broken: the answers were out of order or made no sense.
State = Literal["read", "absent", "partial", "broken"]
Ask = Callable[[Oid, int], Awaitable[Answer]]


class Budget:
    """What all walks of a device may take together: varbinds, and time by a monotonic clock."""

    def __init__(self, varbinds: int, until: float, now: Callable[[], float]) -> None:
        self.left = varbinds
        self._until = until
        self._now = now

    def is_spent(self) -> bool:
        """Whether nothing more may be asked."""
        return self.left <= 0 or self._now() >= self._until


class Column(msgspec.Struct, frozen=True):
    """What a walk found, and how it ended."""

    state: State
    rows: tuple[Row, ...] = ()
    detail: str = ""


async def walk(ask: Ask, root: Oid, budget: Budget) -> Column:
    """Read everything below an object: `ask(oid, most)` gives what comes after it."""
    rows: list[Row] = []
    last, most = root, REPETITIONS
    while True:
        if budget.is_spent():
            return Column("partial", tuple(rows), "too much of it")
        answer = await ask(last, most)
        if answer.outcome != "answered":
            if most > FEWER and (answer.outcome == "silent" or answer.detail == "tooBig"):
                most = FEWER
                continue
            state: State = "broken" if answer.outcome == "error" else "partial"
            return Column(state, tuple(rows), answer.detail or answer.outcome)
        if not answer.bindings:
            return Column("broken", tuple(rows), "an empty answer")
        for oid, value in answer.bindings:
            if value is Missing.END or (oid > last and oid[: len(root)] != root):
                return Column("read" if rows else "absent", tuple(rows))
            if oid <= last or len(oid) > MAX_OID_ARCS:
                return Column("broken", tuple(rows), "objects that do not increase")
            last = oid
            budget.left -= 1
            if budget.left < 0:
                return Column("partial", tuple(rows), "too much of it")
            if value is not Missing.OBJECT:
                rows.append((oid[len(root) :], value))
