"""IPv6 readiness as it was judged at earlier moments: one compressed row per run.

All runs of the last week are kept, then the last of each day (UTC) for 400 days, then the last of
each week, for five years in all: some 620 rows beside those of the week, whatever happens.
"""

import sqlite3
import zlib
from collections.abc import Iterable

import msgspec

DAY_S = 86400
KEEP_ALL_S = 7 * DAY_S
KEEP_DAYS_S = 400 * DAY_S
KEEP_S = 5 * 366 * DAY_S
MOST_ROWS_OF_A_WEEK = 500
MOST_BYTES = 64 * 1024 * 1024  # of one row, unpacked: ten thousand devices need a tenth of it


class PastScore(msgspec.Struct, frozen=True, omit_defaults=True):
    """A figure and its coverage, 0 to 1; `ratio` None: nothing was known."""

    ratio: float | None
    coverage: float


class Assessed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A readiness at the moment `at` (Unix seconds).

    `devices` and `networks` have levels by id, None while unknown. `wrong` has, by check, the
    subjects that failed or were warned of; `truncated`: there were more. `counts` has, by check,
    how many subjects held each verdict.
    """

    at: float
    dual_stack: PastScore
    ipv6_only: PastScore
    devices: dict[str, int | None] = {}
    networks: dict[str, int | None] = {}
    names: dict[str, str] = {}  # of devices and networks, as they were called then
    wrong: dict[str, list[str]] = {}
    counts: dict[str, dict[str, int]] = {}
    truncated: bool = False


def add(db: sqlite3.Connection, assessed: Assessed) -> None:
    """Write a row and thin the older ones, within the caller's transaction."""
    db.execute("INSERT OR REPLACE INTO readiness VALUES (?, ?)", (assessed.at, _packed(assessed)))
    now = assessed.at
    db.execute("DELETE FROM readiness WHERE at < ?", (now - KEEP_S,))
    for oldest, newest, step in (
        (now - KEEP_S, now - KEEP_DAYS_S, 7 * DAY_S),
        (now - KEEP_DAYS_S, now - KEEP_ALL_S, DAY_S),
    ):
        db.execute(
            "DELETE FROM readiness WHERE at >= :old AND at < :new AND at NOT IN (SELECT max(at)"
            " FROM readiness WHERE at >= :old AND at < :new GROUP BY CAST(at / :step AS INTEGER))",
            {"old": oldest, "new": newest, "step": step},
        )
    db.execute(
        "DELETE FROM readiness WHERE at >= :week AND at NOT IN"
        " (SELECT at FROM readiness ORDER BY at DESC LIMIT :most)",
        {"week": now - KEEP_ALL_S, "most": MOST_ROWS_OF_A_WEEK},
    )


def moments(db: sqlite3.Connection) -> list[float]:
    """When readiness was judged and kept, oldest first; none in a store of an older version."""
    known = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'readiness'").fetchone()
    if known is None:
        return []
    return [row[0] for row in db.execute("SELECT at FROM readiness ORDER BY at")]


def read(db: sqlite3.Connection, at: float) -> Assessed | None:
    """The row of a moment; None when there is none, or it cannot be read."""
    row = db.execute("SELECT record FROM readiness WHERE at = ?", (at,)).fetchone()
    return _unpacked(row[0]) if row is not None else None


def nearest(known: Iterable[float], wanted: float) -> float | None:
    """The last moment up to `wanted`, else the first after it; None when there is none."""
    ordered = sorted(known)
    before = [at for at in ordered if at <= wanted]
    return before[-1] if before else next(iter(ordered), None)


def _packed(assessed: Assessed) -> bytes:
    return zlib.compress(msgspec.json.encode(assessed), 6)


def _unpacked(body: bytes) -> Assessed | None:
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(body, MOST_BYTES)
        return None if unpacker.unconsumed_tail else msgspec.json.decode(text, type=Assessed)
    except (zlib.error, msgspec.DecodeError, TypeError):
        return None
