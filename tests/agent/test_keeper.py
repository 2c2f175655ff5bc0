"""The store in its thread: failures are said once, nothing is dropped by the keeper."""

import logging
from pathlib import Path

import pytest

from agent.keeper import Keeper
from inventory.saved import Changes, Totals
from inventory.store import Store, StoreError

SOME = Changes(totals=Totals(snapshot_number=3))


async def test_last_runs_are_kept_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "lanwarden.db"
    keeper = Keeper(path, lambda: 100.0)
    await keeper.open(["discovery"])
    assert keeper.last_run("discovery") is None
    keeper.set_last_run("discovery", 50.0)
    assert keeper.last_run("discovery") == 50.0
    await keeper.close()
    again = Keeper(path, lambda: 200.0)
    await again.open(["discovery", "posture"])
    assert again.last_run("discovery") == 50.0
    assert again.last_run("posture") is None
    await again.close()


async def test_a_failing_store_is_said_once_and_recovers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = Keeper(tmp_path / "lanwarden.db", lambda: 100.0)
    await keeper.open([])
    commit = Store.commit

    def full(store: Store, changes: Changes, max_events: int) -> None:
        raise StoreError("the disk is full; make room")

    caplog.set_level(logging.INFO)
    monkeypatch.setattr(Store, "commit", full)
    assert not await keeper.commit(SOME)
    assert not await keeper.commit(SOME)
    assert keeper.problem == "the disk is full; make room"
    assert keeper.failures == 2
    monkeypatch.setattr(Store, "commit", commit)
    assert await keeper.commit(SOME)
    assert keeper.problem == ""
    await keeper.close()
    said = [record.levelname for record in caplog.records if record.name == "lanwarden.store"]
    assert said == ["ERROR", "INFO"]
    again = Keeper(tmp_path / "lanwarden.db", lambda: 200.0)
    assert (await again.open([])).totals.snapshot_number == 3
    await again.close()


async def test_a_store_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "no" / "such" / "place.db", lambda: 100.0)
    with pytest.raises(StoreError):
        await keeper.open([])
    await keeper.close()


async def test_nothing_to_write_needs_no_store(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "lanwarden.db", lambda: 100.0)
    assert await keeper.commit(SOME)
    await keeper.close()
