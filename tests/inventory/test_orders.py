"""Orders wait in the store until the one writer carries them out."""

import sqlite3
from pathlib import Path

import pytest

from inventory.orders import MAX_WAITING, Order, Orders, Outcome, carry_out
from inventory.store import Store, StoreError
from tests.inventory.builders import PC, PRINTER, T, devices, new_inventory, seen


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "lanwarden.db"
    Store.open(file, lambda: T).close()
    return file


def test_an_order_waits_until_it_is_finished(path: Path) -> None:
    orders = Orders(path)
    number = orders.place("merge", "d-a", "d-b", T)
    (order,) = Orders(path).waiting()
    assert order == Order(number, T, "merge", "d-a", "d-b")
    assert orders.outcome(number) is None
    orders.finish(order, Outcome(True, "done so"), T + 1)
    assert orders.waiting() == ()
    assert orders.outcome(number) == Outcome(True, "done so")


def test_orders_are_bounded(path: Path) -> None:
    orders = Orders(path)
    for _ in range(MAX_WAITING):
        orders.place("split", "d-a", PC, T)
    with pytest.raises(StoreError, match="start lanwarden run"):
        orders.place("split", "d-a", PC, T)
    assert len(orders.waiting()) == MAX_WAITING


def test_an_order_of_a_kind_that_nobody_knows_is_left_out(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO orders (at, action, device, other) VALUES (1, 'burn', 'x', 'y')")
    db.close()
    assert Orders(path).waiting() == ()


@pytest.mark.parametrize("what", ["absent", "older", "damaged"])
def test_a_store_that_takes_no_orders_is_named(tmp_path: Path, what: str) -> None:
    path = tmp_path / "lanwarden.db"
    if what == "older":
        db = sqlite3.connect(path)
        db.execute("PRAGMA user_version = 1")
        db.close()
    elif what == "damaged":
        path.write_bytes(b"no database at all, " * 100)
    with pytest.raises(StoreError, match="lanwarden"):
        Orders(path).place("merge", "d-a", "d-b", T)
    assert what != "absent" or not path.exists()


def test_carrying_out_says_what_was_done_or_why_not() -> None:
    inventory = new_inventory()
    inventory.apply([seen(PC, "10.66.7.10"), seen(PRINTER, "10.66.7.9")])
    found = {mac: device.id for mac, device in devices(inventory).items()}
    merge = Order(1, T, "merge", found[PC], found[PRINTER])
    assert carry_out(merge, inventory, T).done
    assert not carry_out(merge, inventory, T).done  # the other one is no device any more
    split = Order(2, T, "split", found[PC], PRINTER)
    assert carry_out(split, inventory, T).done
    assert not carry_out(split, inventory, T).done
    assert {mac: device.id for mac, device in devices(inventory).items()} == found
