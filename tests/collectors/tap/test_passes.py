"""Asking lists of targets: nobody too often, nobody too soon, no longer than needed."""

import pytest

from collectors.tap.passes import passes
from tests.collectors.tap.fakes import FakeClock


def asked(
    count: int, answers: set[int], tries: int = 2, pace: float = 1000
) -> tuple[list[int], float]:
    clock, heard = FakeClock(), set[int]()
    start, order = clock.now, list[int]()
    for step in passes(
        lambda index: index.to_bytes(4, "big"),
        count,
        lambda index: index not in heard,
        tries,
        0.5,
        clock.monotonic,
    ):
        if isinstance(step, float):
            clock.now = max(clock.now, step)
            continue
        clock.now += 1 / pace
        order.append(int.from_bytes(step, "big"))
        if order[-1] in answers:
            heard.add(order[-1])
    return order, clock.now - start


@pytest.mark.parametrize(
    ("count", "answers", "tries", "expected"),
    [
        pytest.param(0, set(), 2, 0, id="nobody"),
        pytest.param(1, set(), 1, 1, id="once"),
        pytest.param(40, set(), 2, 80, id="all silent"),
        pytest.param(40, set(range(40)), 3, 40, id="all answer"),
        pytest.param(40, set(range(20)), 3, 20 + 60, id="half answer"),
    ],
)
def test_how_often(count: int, answers: set[int], tries: int, expected: int) -> None:
    order, wall = asked(count, answers, tries)
    assert len(order) == expected
    assert all(order.count(index) == 1 for index in answers)
    assert wall <= expected / 1000 + tries * 0.5 + 1e-6


def test_when_all_have_answered_nobody_is_waited_for_twice() -> None:
    _, wall = asked(40, set(range(40)), 3)
    assert wall == pytest.approx(0.04 + 0.5)


def test_nobody_to_ask_takes_no_time() -> None:
    assert asked(0, set()) == ([], 0.0)
