"""Equal values of records that a store gave back are one object."""

from typing import Any

import msgspec
import pytest

from inventory.record import Record
from inventory.saved import SavedNetwork
from inventory.sharing import Sharing
from tests.inventory.builders import PC, new_inventory, seen


def copies(value: Any) -> Any:
    """The value with none of its texts shared, as JSON gives it."""
    return msgspec.json.decode(msgspec.json.encode(value), type=type(value))


def record() -> Record:
    inventory = new_inventory()
    inventory.apply([seen(PC, "10.66.7.10"), seen(PC, "2001:db8:7::10")])
    (saved,) = inventory.take_changes().devices
    return msgspec.json.decode(saved.record, type=Record)


def test_texts_and_moments_of_a_record_are_one_object() -> None:
    held = Sharing().share(record())
    address = held.addresses["10.66.7.10"]
    assert next(iter(held.addresses)) is address.address
    assert address.interface is held.interface
    assert address.first_seen is held.addresses["2001:db8:7::10"].first_seen


def test_two_records_share() -> None:
    sharing = Sharing()
    first, second = sharing.share(record()), sharing.share(record())
    assert first.macs[0] is second.macs[0]
    assert first.macs is not second.macs
    assert first.addresses is not second.addresses


def test_nothing_of_a_record_changes() -> None:
    before = record()
    shared = Sharing().share(copies(before))
    assert msgspec.json.encode(shared) == msgspec.json.encode(before)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param((1, 2, 3), id="numbers"),
        pytest.param(("a", "b"), id="texts"),
        pytest.param(([], "b"), id="a tuple that cannot be a key"),
        pytest.param({"a": {"b": [1.5, "a"]}}, id="nested"),
        pytest.param({"a", "b"}, id="set"),
        pytest.param([True, 1, 1.0, None, 0.0], id="numbers that are equal and are not the same"),
        pytest.param(SavedNetwork(id="eth0", interface="eth0"), id="frozen struct"),
    ],
)
def test_a_value_stays_what_it_is(value: Any) -> None:
    sharing = Sharing()
    sharing.share([1, 1.0, True, "1"])
    found = sharing.share(value)
    assert found == value
    assert repr(found) == repr(value)
