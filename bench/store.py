"""A pass over 10,000 devices on its way to the disk, beside SQLite with the same rows and no us.

Every pass changes every device. Both sides write to the same disk, in turns: one transaction, the
same settings and the same upsert. A commit is on the disk when it returns; moving it from the log
into the file comes after, and is timed for itself.
"""

import gc
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bench.hearing import require
from bench.population import MAKERS, SCOPE, mac_of, pass_over
from bench.row import Row
from inventory.inventory import Inventory, Settings
from inventory.saved import Changes
from inventory.store import Store
from inventory.vendor import vendor_of

T = TypeVar("T")

DEVICES = 10_000
RUNS = 5
PASS_S = 300.0
NOW = 1_795_330_800.0
LOOKUPS = 20_000
TABLE = (
    "CREATE TABLE devices (id TEXT PRIMARY KEY, name TEXT NOT NULL, first_seen REAL NOT NULL,"
    " last_seen REAL NOT NULL, record TEXT NOT NULL) STRICT"
)
UPSERT = (
    "INSERT INTO devices VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
    " name = excluded.name, first_seen = excluded.first_seen, last_seen = excluded.last_seen,"
    " record = excluded.record"
)


def rows() -> list[Row]:
    """Measure; AssertionError when the store gives back other than it was given."""
    return [*_passes(), *_lookups()]


def _passes() -> list[Row]:
    inventory = Inventory(Settings(site="bench", max_devices=DEVICES), vendor_of)
    inventory.set_scope(SCOPE)
    commits, raws, takes, settles = [], [], [], []
    size = 0
    with tempfile.TemporaryDirectory(prefix="lanwarden-bench-") as folder:
        store = Store.open(Path(folder, "ours.db"), lambda: NOW)
        raw = _raw(Path(folder, "raw.db"))
        for number in range(RUNS + 1):
            now = NOW + number * PASS_S
            inventory.apply(pass_over(DEVICES, now))
            inventory.snapshot(now)
            took_s, changes = _timed(inventory.take_changes)
            require(len(changes.devices) == DEVICES, f"{len(changes.devices)} devices changed")
            given = [
                (d.id, d.name, d.first_seen, d.last_seen, d.record.decode())
                for d in changes.devices
            ]
            size = sum(len(row[4]) for row in given)
            commit_s, _ = _timed(lambda: store.commit(changes))  # noqa: B023 - called at once
            settle_s, _ = _timed(store.settle)
            raw_s, _ = _timed(lambda: _write(raw, given))  # noqa: B023
            raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            if number:  # the first makes the files grow
                takes.append(took_s)
                settles.append(settle_s)
                commits.append(commit_s)
                raws.append(raw_s)
            require(_kept(store, changes), "the store keeps other rows than it was given")
        store.close()
        raw.close()
    ours, peer = _median_ms(commits), _median_ms(raws)
    what = f"{DEVICES:,} devices, all changed, {size / DEVICES / 1024:.1f} KiB each"
    return [
        Row("store, commit of a pass", ours, None, None, 100, "ms", what),
        Row("store, commit of a pass, sqlite3 executemany", ours, peer, ours / peer, 1.3, "ms",
            "the same rows, taken to be there already as text"),
        Row("store, encoding of a pass, before the commit", _median_ms(takes), None, None, None,
            "ms", "every record as JSON, in the agent's own thread"),
        Row("store, from the log into the file, after the commit", _median_ms(settles), None, None,
            None, "ms", "in the store's thread"),
    ]  # fmt: skip


def _raw(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in (
        "PRAGMA page_size = 16384",
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA cache_size = -32768",
        "PRAGMA wal_autocheckpoint = 4096",
        TABLE,
    ):
        connection.execute(statement)
    return connection


def _write(connection: sqlite3.Connection, given: list[tuple[str, str, float, float, str]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(UPSERT, given)
    connection.execute("COMMIT")


def _kept(store: Store, changes: Changes) -> bool:
    """A look at some of the rows: all would take longer than what is measured."""
    with sqlite3.connect(store.path) as reading:
        held = dict(reading.execute("SELECT id, record FROM devices").fetchall())
    return len(held) == DEVICES and all(
        held[device.id] == device.record.decode() for device in changes.devices[::100]
    )


def _lookups() -> list[Row]:
    """Prefixes that differ, so that nothing is remembered, and those of an office, which are."""
    vendor_of(mac_of(0))  # loads the table
    varied = [
        f"{n >> 8 & 0xFC:02x}:{n & 0xFF:02x}:{n * 7 & 0xFF:02x}:00:00:01" for n in range(LOOKUPS)
    ]
    usual = [mac_of(number) for number in range(LOOKUPS)]
    cold = _per_lookup_us(varied)
    warm = _per_lookup_us(usual)
    return [
        Row("vendor of a MAC, prefixes that are all different", cold, None, None, 5, "µs",
            "mean of 20,000, median of 5"),
        Row(f"vendor of a MAC, {len(MAKERS)} makers", warm, None, None, 5, "µs",
            "mean of 20,000, median of 5"),
    ]  # fmt: skip


def _per_lookup_us(macs: list[str]) -> float:
    walls = []
    for _ in range(RUNS):
        took_s, _ = _timed(lambda: [vendor_of(mac) for mac in macs])
        walls.append(took_s / len(macs) * 1e6)
    return statistics.median(walls)


def _timed(call: Callable[[], T]) -> tuple[float, T]:
    gc.collect()
    began = time.perf_counter()
    result = call()
    return time.perf_counter() - began, result


def _median_ms(seconds: list[float]) -> float:
    return statistics.median(seconds) * 1000
