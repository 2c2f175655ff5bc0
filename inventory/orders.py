"""What the officer orders by hand, on its way to the one process that writes the inventory.

An order is a row in the store, placed in a short transaction of its own. It survives a restart: it
waits until somebody who holds the store's lock carries it out. Doing one twice changes nothing.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal, get_args

import msgspec

from collectors.observation import TwinTried
from inventory.inventory import Inventory
from inventory.joiner import OrderError
from inventory.store import BUSY_TIMEOUT_S, StoreError, explained

MAX_WAITING = 100
KEEP = 1000  # of those done, for the record

Action = Literal["merge", "split", "twin"]


class Order(msgspec.Struct, frozen=True):
    """Merge `device` with the device `other`, or split the MAC `other` from `device`.

    `twin`: take what the IPv6-only twin found; `other` holds its observations as JSON.
    """

    number: int
    at: float
    action: Action
    device: str
    other: str


class Outcome(msgspec.Struct, frozen=True):
    """What became of an order: a sentence, and whether it was done."""

    done: bool
    text: str


def carry_out(order: Order, inventory: Inventory, at: float) -> Outcome:
    """Do what an order says; never raises for what it asks."""
    try:
        if order.action == "merge":
            return Outcome(True, inventory.merge(order.device, order.other, at))
        if order.action == "twin":
            return _take(order.other, inventory)
        return Outcome(True, inventory.split(order.device, order.other, at))
    except OrderError as error:
        return Outcome(False, str(error))


def _take(text: str, inventory: Inventory) -> Outcome:
    try:
        found = msgspec.json.decode(text, type=tuple[TwinTried, ...])
    except msgspec.DecodeError as error:
        return Outcome(False, f"what the twin found cannot be read: {error}")
    inventory.apply(found)
    works = sum(one.works for one in found)
    return Outcome(True, f"kept: {works} of {len(found)} services worked without IPv4")


class Orders:
    """The table of orders in a store's file. Every call opens the file for a moment.

    Raises StoreError for what an officer has to mend: rights, a lock, a store of an older version.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def place(self, action: Action, device: str, other: str, at: float) -> int:
        """Write down an order; returns its number."""
        with self._open() as db:
            db.execute("BEGIN IMMEDIATE")
            waiting = db.execute("SELECT count(*) FROM orders WHERE done_at IS NULL").fetchone()[0]
            if waiting >= MAX_WAITING:
                db.execute("ROLLBACK")
                raise StoreError(
                    f"{self._path}: {waiting} orders wait already; start lanwarden run, which "
                    "carries them out"
                )
            placed = db.execute(
                "INSERT INTO orders (at, action, device, other) VALUES (?, ?, ?, ?)",
                (at, action, device, other),
            )
            db.execute("COMMIT")
            return int(placed.lastrowid or 0)

    def waiting(self) -> tuple[Order, ...]:
        """The orders that nobody has carried out, oldest first; unknown ones are left out."""
        with self._open() as db:
            rows = db.execute(
                "SELECT number, at, action, device, other FROM orders WHERE done_at IS NULL"
                " ORDER BY number LIMIT ?",
                (MAX_WAITING,),
            ).fetchall()
        return tuple(Order(*row) for row in rows if row[2] in get_args(Action))

    def finish(self, order: Order, outcome: Outcome, at: float) -> None:
        """Note what became of an order."""
        with self._open() as db:
            db.execute("BEGIN IMMEDIATE")
            db.execute(
                "UPDATE orders SET done_at = ?, done = ?, outcome = ? WHERE number = ?",
                (at, int(outcome.done), outcome.text, order.number),
            )
            db.execute(
                "DELETE FROM orders WHERE done_at IS NOT NULL AND number <= ?",
                (order.number - KEEP,),
            )
            db.execute("COMMIT")

    def outcome(self, number: int) -> Outcome | None:
        """What became of an order; None while it waits."""
        with self._open() as db:
            row = db.execute(
                "SELECT done, outcome FROM orders WHERE number = ? AND done_at IS NOT NULL",
                (number,),
            ).fetchone()
        return Outcome(bool(row[0]), str(row[1])) if row is not None else None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with explained(self._path):
            db = sqlite3.connect(
                f"{self._path.absolute().as_uri()}?mode=rw",
                uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None,
            )  # fmt: skip
            with closing(db):
                query = "SELECT count(*) FROM sqlite_master WHERE name = 'orders'"
                if not db.execute(query).fetchone()[0]:
                    raise StoreError(
                        f"{self._path}: was written by an older lanwarden; start lanwarden run of "
                        "this version once"
                    )
                yield db
