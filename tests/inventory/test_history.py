"""Assessments on disk: kept, thinned, read beside the writer, and in stores of before."""

import random
import sqlite3
import zlib
from pathlib import Path

import pytest

from inventory import history
from inventory.history import DAY_S, Assessed, PastScore, nearest
from inventory.store import Store

NOW = 1_795_000_000.0


def assessed(at: float, devices: int = 3) -> Assessed:
    return Assessed(
        at=at,
        dual_stack=PastScore(0.41, 0.87),
        ipv6_only=PastScore(None, 0.0),
        devices={f"d-{number:010d}": number % 6 for number in range(devices)},
        networks={"net-eth0": None},
        wrong={"ipv6.rdnss": ["network:net-eth0"]},
        counts={"ipv6.rdnss": {"fail": 1}},
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "s.db", lambda: NOW)


def test_what_is_kept_comes_back_beside_the_writer(store: Store, tmp_path: Path) -> None:
    store.add_readiness(assessed(NOW))
    reader = Store.open_readonly(tmp_path / "s.db")
    assert reader.readiness_moments() == [NOW]
    assert reader.readiness_at(NOW) == assessed(NOW)
    assert reader.readiness_at(NOW - 1) is None
    store.add_readiness(assessed(NOW + 60))  # one writes while another reads
    assert reader.readiness_moments() == [NOW, NOW + 60]
    reader.close()
    store.close()


def test_the_same_moment_is_one_row(store: Store) -> None:
    store.add_readiness(assessed(NOW))
    store.add_readiness(assessed(NOW, devices=5))
    assert store.readiness_moments() == [NOW]
    found = store.readiness_at(NOW)
    assert found is not None
    assert len(found.devices) == 5
    store.close()


def test_old_rows_are_thinned_and_the_table_is_bounded() -> None:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE readiness (at REAL PRIMARY KEY, record BLOB NOT NULL) STRICT")
    start = NOW - 6 * 366 * DAY_S
    days = 6 * 366
    for day in range(days + 1):
        for hour in (1, 9, 17) if day > days - 30 else (9,):
            history.add(db, assessed(start + day * DAY_S + hour * 3600, devices=1))
    kept = history.moments(db)
    newest = kept[-1]
    ages = [newest - at for at in kept]
    assert max(ages) <= history.KEEP_S
    assert max(ages) > 4.9 * 365 * DAY_S
    week = [age for age in ages if age <= 7 * DAY_S]
    assert len(week) in (21, 22)
    daily = [at for at in kept if 8 * DAY_S < newest - at < 399 * DAY_S]
    assert len(daily) == len({int(at // DAY_S) for at in daily}) >= 389
    weekly = [at for at in kept if newest - at > 401 * DAY_S]
    assert len(weekly) == len({int(at // (7 * DAY_S)) for at in weekly})
    assert len(kept) < 700


def test_a_week_of_many_runs_is_bounded_too() -> None:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE readiness (at REAL PRIMARY KEY, record BLOB NOT NULL) STRICT")
    for minute in range(history.MOST_ROWS_OF_A_WEEK + 50):
        history.add(db, assessed(NOW + minute * 60, devices=1))
    assert len(history.moments(db)) == history.MOST_ROWS_OF_A_WEEK


@pytest.mark.parametrize(
    ("wanted", "found"),
    [(5.0, 10.0), (10.0, 10.0), (15.0, 10.0), (99.0, 30.0)],
    ids=["before-all", "exactly", "between", "after-all"],
)
def test_the_assessment_in_force_at_a_moment(wanted: float, found: float) -> None:
    assert nearest([30.0, 10.0, 20.0], wanted) == found


def test_nothing_is_near_when_there_is_nothing() -> None:
    assert nearest([], 5.0) is None


@pytest.mark.parametrize(
    "body",
    [b"", b"x" * 50, random.Random(1).randbytes(400), zlib.compress(b'{"at": "x"}')],
    ids=["empty", "text", "noise", "other-json"],
)
def test_a_row_that_cannot_be_read_is_none(store: Store, tmp_path: Path, body: bytes) -> None:
    store.close()
    with sqlite3.connect(tmp_path / "s.db") as db:
        db.execute("INSERT INTO readiness VALUES (?, ?)", (NOW, body))
    db.close()
    again = Store.open(tmp_path / "s.db", lambda: NOW)
    assert again.readiness_moments() == [NOW]
    assert again.readiness_at(NOW) is None
    again.close()


def test_a_bomb_is_not_unpacked(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add_readiness(assessed(NOW, devices=2000))
    monkeypatch.setattr(history, "MOST_BYTES", 1000)
    assert store.readiness_at(NOW) is None
    store.close()


def test_a_store_of_an_older_schema_has_no_history_and_gets_one(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    Store.open(path, lambda: NOW).close()
    with sqlite3.connect(path) as db:
        db.execute("DROP TABLE readiness")
        db.execute("PRAGMA user_version = 3")
    db.close()
    reader = Store.open_readonly(path)
    assert reader.readiness_moments() == []
    reader.close()
    store = Store.open(path, lambda: NOW)
    store.add_readiness(assessed(NOW))
    assert store.readiness_moments() == [NOW]
    store.close()


def test_a_thousand_devices_are_a_small_row() -> None:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE readiness (at REAL PRIMARY KEY, record BLOB NOT NULL) STRICT")
    history.add(db, assessed(NOW, devices=1000))
    assert db.execute("SELECT length(record) FROM readiness").fetchone()[0] < 20_000
