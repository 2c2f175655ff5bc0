"""Counters between two looks."""

from collectors.stack.counted import Counted


def test_the_first_look_tells_nothing_and_later_ones_the_difference() -> None:
    counted = Counted()
    assert counted.since({"a": 5}) is None
    assert counted.since({"a": 7, "b": 1}) == {"a": 2, "b": 1}
    assert counted.since({"a": 7, "b": 1}) == {"a": 0, "b": 0}


def test_counters_that_began_anew() -> None:
    counted = Counted()
    counted.since({"a": 5})
    assert counted.since({"a": 1}) is None
    assert counted.since({"a": 3}) == {"a": 2}
