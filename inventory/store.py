"""The inventory on disk: one SQLite file, one writer, one transaction per pass.

Durability: WAL with synchronous=FULL. A killed process loses nothing that was committed; a power
cut loses neither a committed pass nor the file. That costs one fsync per pass, and passes are rare.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import TypeVar

import msgspec

from inventory import history
from inventory.edges import EdgeRecord
from inventory.readiness import Facts
from inventory.record import Record
from inventory.saved import Changes, Saved, SavedNetwork, Totals
from inventory.sharing import Sharing
from inventory.snapshot import CollectorRun, EventKind, InventoryEvent, Registered

APPLICATION_ID = 0x4C574431  # "LWD1": the file is ours
BUSY_TIMEOUT_S = 5.0
MAX_EVENTS = 100_000
_RECENT_EVENTS = 1000
# A record has three to six KiB: of 8 KiB a page would waste a quarter, and 32 KiB are much to
# write for one device.
_PAGE_BYTES = 16384
_CACHE_KIB = 32768  # a pass over 10,000 devices, so that it is written once
_MOST_WAL_PAGES = 4096
_MODE = 0o640  # an inventory is a map for an attacker
_TOTALS = "totals"
_FACTS = "facts"
_ROWS = "register"
_UPSERT_DEVICE = (
    "INSERT INTO devices VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
    " first_seen = excluded.first_seen, last_seen = excluded.last_seen, record = excluded.record"
)

T = TypeVar("T")


class StoreError(Exception):
    """The store cannot be read or written; the text names the file, the trouble and the remedy."""


class Store:
    """Opened with `open` or `open_readonly`. Any thread may call it; calls wait for each other.

    `renewed` says, after `open`, that a damaged file was moved aside; `unreadable` counts rows that
    `load` could not decode and left out.
    """

    def __init__(
        self, path: Path, connection: sqlite3.Connection, renewed: str = "", renewed_at: float = 0.0
    ) -> None:
        self.path = path
        self.renewed = renewed
        self.unreadable = 0
        self._renewed_at = renewed_at
        self._connection = connection
        self._lock = threading.Lock()

    @classmethod
    def open(
        cls, path: Path, clock: Callable[[], float], busy_timeout_s: float = BUSY_TIMEOUT_S
    ) -> "Store":
        """Open for writing, made or migrated as needed; `clock` gives Unix time.

        A damaged file is moved aside as `NAME.corrupt-YYYYmmddTHHMMSS` and a new one is begun.
        Raises StoreError for what an officer has to mend: rights, a newer or foreign file, a lock.
        """
        try:
            return cls(path, _connect(path, busy_timeout_s))
        except _DamagedError as error:
            at = clock()
            aside = _move_aside(path, at)
            renewed = f"{path.name} was damaged ({error}); it is now {aside.name}, begun anew"
            try:
                return cls(path, _connect(path, busy_timeout_s), renewed, at)
            except _DamagedError as again:
                raise StoreError(f"{path}: cannot be begun anew: {again}") from again

    @classmethod
    def open_readonly(cls, path: Path) -> "Store":
        """Open for reading beside a running agent; nothing is made, moved or migrated."""
        if not path.exists():
            raise StoreError(f"{path}: there is no inventory yet; run `lanwarden run` first")
        with explained(path):
            try:
                return cls(path, _connect_readonly(path))
            except _DamagedError as error:
                raise StoreError(
                    f"{path}: is damaged ({error}); `lanwarden run` moves it aside"
                ) from error

    def load(self) -> Saved:
        """Everything that was committed."""
        with self._reading() as db:
            # One by one: the text of ten thousand records is as large as the records.
            self.unreadable = 0
            found_devices = self._decoded(
                db.execute("SELECT record FROM devices ORDER BY id"), Record
            )
            networks = db.execute("SELECT record FROM networks ORDER BY id").fetchall()
            runs = db.execute("SELECT record FROM runs ORDER BY name").fetchall()
            totals = db.execute("SELECT record FROM totals WHERE name = ?", (_TOTALS,)).fetchall()
            facts = db.execute("SELECT record FROM totals WHERE name = ?", (_FACTS,)).fetchall()
            rows = db.execute("SELECT record FROM totals WHERE name = ?", (_ROWS,)).fetchall()
            edges = db.execute("SELECT record FROM edges").fetchall()
            db.execute("PRAGMA shrink_memory")  # nobody reads it again; a commit fills its own
        found = self._decoded(totals, Totals)
        known = self._decoded(facts, Facts)
        register = self._decoded(rows, _Rows)
        return Saved(
            devices=found_devices,
            networks=self._decoded(networks, SavedNetwork),
            events=tuple(reversed(self.events(_RECENT_EVENTS))),
            runs=self._decoded(runs, CollectorRun),
            totals=found[0] if found else Totals(),
            facts=known[0] if known else Facts(),
            edges=self._decoded(edges, EdgeRecord),
            rows=register[0].rows if register else (),
            renewed=self.renewed,
            renewed_at=self._renewed_at,
        )

    def commit(self, changes: Changes, max_events: int = MAX_EVENTS) -> None:
        """Write a pass in one transaction; on StoreError nothing of it was written."""
        if not changes:
            return
        with self._writing() as db:
            db.executemany(
                _UPSERT_DEVICE,
                (
                    (d.id, d.name, d.first_seen, d.last_seen, d.record.decode())
                    for d in changes.devices
                ),
            )
            db.executemany("DELETE FROM devices WHERE id = ?", ((d,) for d in changes.removed))
            db.executemany(
                "DELETE FROM networks WHERE id = ?", ((n,) for n in changes.networks_gone)
            )
            db.executemany(
                "INSERT OR REPLACE INTO networks VALUES (?, ?)",
                ((n.id, _json(n)) for n in changes.networks),
            )
            db.executemany(
                "INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?, ?, ?)",
                ((e.number, e.at, e.kind, e.device, e.network, e.detail) for e in changes.events),
            )
            if changes.events:
                oldest = changes.events[-1].number - max_events
                db.execute("DELETE FROM events WHERE number <= ?", (oldest,))
            db.executemany(
                "INSERT OR REPLACE INTO runs VALUES (?, ?)",
                ((run.name, _json(run)) for run in changes.runs),
            )
            rows = _Rows(changes.rows) if changes.rows is not None else None
            whole = ((_TOTALS, changes.totals), (_FACTS, changes.facts), (_ROWS, rows))
            for name, value in whole:
                if value is not None:
                    db.execute("INSERT OR REPLACE INTO totals VALUES (?, ?)", (name, _json(value)))
            db.executemany(
                "INSERT OR REPLACE INTO edges VALUES (?, ?, ?, ?, ?)",
                ((e.interface, e.mac, e.target, e.family, _json(e)) for e in changes.edges),
            )
            db.executemany(
                "DELETE FROM edges WHERE interface = ? AND mac = ? AND target = ? AND family = ?",
                changes.edges_gone,
            )

    def settle(self) -> None:
        """Move what was committed from the write-ahead log into the file, where it may take longer.

        Nothing depends on it: a commit is safe as it is, and one that finds a long log does it
        itself. Raises StoreError.
        """
        with self._reading() as db:
            db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            db.execute("PRAGMA shrink_memory")

    def events(self, limit: int = 100, since: float | None = None) -> tuple[InventoryEvent, ...]:
        """The latest events, newest first; with `since` (Unix time) those from then on."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT number, at, kind, device, network, detail FROM events"
                " WHERE at >= ? ORDER BY number DESC LIMIT ?",
                (since if since is not None else float("-inf"), max(0, limit)),
            ).fetchall()
        return self._events(rows)

    def last_run(self, job: str) -> float | None:
        """When a scheduled job last ran (Unix time); None: never."""
        with self._reading() as db:
            row = db.execute("SELECT last_run FROM jobs WHERE name = ?", (job,)).fetchone()
        return float(row[0]) if row is not None else None

    def set_last_run(self, job: str, at: float) -> None:
        """Note that a scheduled job ran."""
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO jobs VALUES (?, ?)", (job, at))

    def add_readiness(self, assessed: history.Assessed) -> None:
        """Keep an assessment; older ones are thinned."""
        with self._writing() as db:
            history.add(db, assessed)

    def readiness_moments(self) -> list[float]:
        """When readiness was judged and kept (Unix time), oldest first."""
        with self._reading() as db:
            return history.moments(db)

    def readiness_at(self, at: float) -> history.Assessed | None:
        """The assessment of one of those moments."""
        with self._reading() as db:
            return history.read(db, at)

    def close(self) -> None:
        """Give the file back; closing twice is harmless."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, explained(self.path):
            yield self._connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, explained(self.path):
            db = self._connection
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def _decoded(self, rows: Iterable[tuple[str]], kind: type[T]) -> tuple[T, ...]:
        decoder, sharing = msgspec.json.Decoder(kind), Sharing()
        found = []
        for (text,) in rows:
            try:
                found.append(sharing.share(decoder.decode(text)))
            except msgspec.DecodeError:
                self.unreadable += 1
        return tuple(found)

    def _events(self, rows: list[tuple[object, ...]]) -> tuple[InventoryEvent, ...]:
        found = []
        for row in rows:
            try:
                found.append(msgspec.convert(row, _EventRow))
            except msgspec.ValidationError:
                self.unreadable += 1
        return tuple(InventoryEvent(*row) for row in found)


_EventRow = tuple[int, float, EventKind, str, str, str]


class _Rows(msgspec.Struct, frozen=True):
    rows: tuple[Registered, ...]


class _DamagedError(Exception):
    """The file is no sound database."""


def _connect(path: Path, busy_timeout_s: float) -> sqlite3.Connection:
    with explained(path):
        if path.is_dir():
            raise StoreError(f"{path}: is a directory; [store] path must name a file")
        if not path.parent.is_dir():
            raise StoreError(f"{path.parent}: does not exist; make it, or set [store] path")
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE))
        db = sqlite3.connect(
            path, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(db, path)
        except BaseException:
            db.close()
            raise
        return db


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    known = _verify(db, path)
    db.execute(f"PRAGMA page_size = {_PAGE_BYTES}")  # of a new file; an old one keeps its own
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    db.execute(f"PRAGMA wal_autocheckpoint = {_MOST_WAL_PAGES}")
    # So that a read-only file fails here, with its own sentence, and not at the first pass.
    db.execute("BEGIN IMMEDIATE")
    db.execute("ROLLBACK")
    for number, script in _migrations():
        if number > known:
            db.executescript(
                f"BEGIN IMMEDIATE;\n{script}\nPRAGMA application_id = {APPLICATION_ID};\n"
                f"PRAGMA user_version = {number};\nCOMMIT;"
            )


def _connect_readonly(path: Path) -> sqlite3.Connection:
    quoted = path.absolute().as_uri()
    # Without the right to make the -shm file, a database at rest can only be read as immutable.
    at_rest = not path.with_name(path.name + "-wal").exists()
    immutable = at_rest and not os.access(path.parent, os.W_OK)
    db = sqlite3.connect(
        f"{quoted}?mode=ro" + ("&immutable=1" if immutable else ""),
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        if _verify(db, path) == 0:
            raise StoreError(f"{path}: holds no inventory yet; run `lanwarden run` first")
    except BaseException:
        db.close()
        raise
    return db


def _verify(db: sqlite3.Connection, path: Path) -> int:
    """The schema version of a sound file of ours; 0 for an empty one."""
    try:
        owner = db.execute("PRAGMA application_id").fetchone()[0]
        version: int = db.execute("PRAGMA user_version").fetchone()[0]
        tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        problems = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorname in ("SQLITE_CORRUPT", "SQLITE_NOTADB"):
            raise _DamagedError(str(error)) from error
        raise
    if problems != "ok":
        raise _DamagedError(problems.splitlines()[0])
    if tables and owner != APPLICATION_ID:
        raise StoreError(f"{path}: belongs to another program; set [store] path to a file of ours")
    newest = max(number for number, _ in _migrations())
    if version > newest:
        raise StoreError(
            f"{path}: was written by a newer lanwarden (schema {version}, this one knows {newest});"
            " install that version again, or set [store] path to another file"
        )
    return version


def _migrations() -> list[tuple[int, str]]:
    folder = resources.files("inventory") / "migrations"
    return sorted(
        (int(entry.name[:3]), entry.read_text(encoding="utf-8"))
        for entry in folder.iterdir()
        if entry.name.endswith(".sql")
    )


def _move_aside(path: Path, at: float) -> Path:
    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%S")
    aside = path.with_name(f"{path.name}.corrupt-{stamp}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.corrupt-{stamp}-{number}")
    with explained(path):
        path.rename(aside)
        for suffix in ("-wal", "-shm"):
            beside = path.with_name(path.name + suffix)
            if beside.exists():
                beside.rename(aside.with_name(aside.name + suffix))
    return aside


_REMEDIES = {
    "SQLITE_FULL": "the disk is full; make room, nothing is lost meanwhile",
    "SQLITE_BUSY": "another process holds it; stop the other agent",
    "SQLITE_LOCKED": "another process holds it; stop the other agent",
    "SQLITE_READONLY": "it cannot be written; check owner and mode of the file and its directory",
    "SQLITE_CANTOPEN": "it cannot be opened; check owner and mode of the file and its directory",
    "SQLITE_PERM": "it cannot be opened; check owner and mode of the file and its directory",
    "SQLITE_CORRUPT": "it is damaged; restart the agent, which moves it aside",
    "SQLITE_NOTADB": "it is damaged; restart the agent, which moves it aside",
    "SQLITE_IOERR": "the disk reports an error; check it",
}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say into a StoreError with its remedy."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "") or ""
        remedy = next((text for start, text in _REMEDIES.items() if name.startswith(start)), "")
        raise StoreError(f"{path}: {remedy or error} ({name or type(error).__name__})") from error
    except OSError as error:
        raise StoreError(
            f"{path}: {error.strerror}; check owner and mode of the file and its directory"
        ) from error


def _json(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode()
