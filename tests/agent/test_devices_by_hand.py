"""`lanwarden devices show|merge|split` on a store, with and without an agent that holds it."""

import json
import threading
import time
from pathlib import Path

import pytest

from agent import by_hand
from agent import main as program
from agent.lock import held
from inventory.orders import Orders, carry_out
from inventory.store import Store
from tests.inventory.builders import T, new_inventory
from tests.inventory.identity.telling import in_order, live, mdns, ssh, there

A, B, C = (f"00:1c:73:00:01:{n:02x}" for n in (0x10, 0x60, 0xA0))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("COLUMNS", "100")
    inventory = live(
        in_order(
            [
                *there(A, "10.66.7.30", 0, 8),
                *there(B, "10.66.7.31", 0, 8),
                *there(C, "10.66.7.32", 0, 8),
                *mdns(A, "kho-bac", 1, 8),
                *mdns(C, "may-in-tang-2", 1, 8),
                ssh("10.66.7.30", "k", 1),
                ssh("10.66.7.31", "k", 1),
            ]
        )
    )
    path = tmp_path / "lanwarden.db"
    kept = Store.open(path, lambda: T)
    kept.commit(inventory.take_changes())
    kept.close()
    return path


def ids(path: Path) -> dict[str, str]:
    kept = Store.open_readonly(path)
    saved = kept.load()
    kept.close()
    return {mac: record.id for record in saved.devices for mac in record.macs}


def test_the_list_says_what_may_be_one(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["devices"]) == 0
    assert "may be one device\n  why: lanwarden devices show d-" in capsys.readouterr().out


@pytest.mark.parametrize("by", ["kho-bac", "KHO-BAC.local", "10.66.7.30", A, A.upper(), "id"])
def test_a_device_is_shown_by_any_of_its_names(
    store: Path, by: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = ids(store)
    assert program.main(["devices", "show", found[A] if by == "id" else by]) == 0
    said = capsys.readouterr().out
    for part in (found[A], A, "10.66.7.30", "it was new", "SHA256:k", "May be the same device",
                 f"lanwarden devices merge {found[A]} {found[B]}", "SSH host key"):  # fmt: skip
        assert part in said


def test_a_device_is_shown_as_json(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["devices", "show", "kho-bac", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["device"]["macs"] == [A]
    assert list(said["identity"]["suggestions"]) == [ids(store)[B]]


def test_merge_and_split_without_an_agent(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = ids(store)
    assert program.main(["devices", "merge", "kho-bac", "10.66.7.31"]) == 0
    assert f"{before[B]} is part of {before[A]} now" in capsys.readouterr().out
    assert ids(store) == {**before, B: before[A]}
    assert program.main(["devices", "show", before[B]]) == 0  # the old id leads to the new one
    assert f"lanwarden devices split {before[A]} {B}" in capsys.readouterr().out
    assert program.main(["devices", "split", "kho-bac", B.upper().replace(":", "-")]) == 0
    assert ids(store) == before


def test_an_agent_that_holds_the_store_takes_the_order_up(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = ids(store)
    locked, stop = threading.Event(), threading.Event()

    def agent() -> None:
        with held(store) as ours:
            assert ours
            kept = Store.open(store, lambda: T)
            inventory = new_inventory(kept.load())
            locked.set()
            while not stop.wait(0.02):
                for order in Orders(store).waiting():
                    outcome = carry_out(order, inventory, time.time())
                    kept.commit(inventory.take_changes())
                    Orders(store).finish(order, outcome, time.time())
            kept.close()

    running = threading.Thread(target=agent)
    running.start()
    try:
        assert locked.wait(10)
        assert program.main(["devices", "merge", A, B]) == 0
    finally:
        stop.set()
        running.join()
    assert "is part of" in capsys.readouterr().out
    assert ids(store)[B] == before[A]


def test_an_order_that_nobody_answers_is_kept_and_carried_out_later(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ids(store)
    monkeypatch.setattr(by_hand, "WAIT_S", 0.0)
    with held(store) as ours:
        assert ours
        assert program.main(["devices", "merge", A, B]) == 1
    assert "the order is kept" in capsys.readouterr().out
    assert ids(store) == before
    assert program.main(["devices", "merge", A, C]) == 0
    assert set(ids(store).values()) == {before[A]}


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        pytest.param(["show", "kho-bak"], "kho-bac", id="nearest-name"),
        pytest.param(["show", "10.66.7.3"], "did you mean", id="nearest-address"),
        pytest.param(["show", "d-"], "there is no device", id="no-id"),
        pytest.param(["show", ""], "there is no device", id="empty"),
        pytest.param(["merge", "kho-bac", A], "one device already", id="itself"),
        pytest.param(["merge", "kho-bac", "nobody-at-all"], "there is no device", id="no-other"),
        pytest.param(["split", "kho-bac", B], f"it has {A}", id="not-its-mac"),
        pytest.param(["split", "kho-bac", A], "one MAC only", id="one-mac"),
        pytest.param(["split", "kho-bac", "zz"], "it has", id="no-mac"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    store: Path, arguments: list[str], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = ids(store)
    assert program.main(["devices", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("lanwarden: ")
    assert len(said.err.splitlines()) == 1
    assert part in said.err
    assert ids(store) == before


def test_a_name_of_two_devices_is_asked_about(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = Store.open(store, lambda: T)
    inventory = new_inventory(kept.load())
    inventory.apply(mdns(B, "kho-bac", 9))
    kept.commit(inventory.take_changes())
    kept.close()
    assert program.main(["devices", "show", "kho-bac"]) == 2
    said = capsys.readouterr().err
    assert "may be 2 devices" in said
    assert all(name in said for name in (ids(store)[A], ids(store)[B]))
