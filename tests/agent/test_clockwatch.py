"""What three clocks tell of each other."""

from collections.abc import Iterator

import pytest

from agent.clockwatch import ClockWatch, Readings


def at(wall: float = 0.0, monotonic: float = 0.0, boottime: float = 0.0) -> Readings:
    return Readings(1_760_000_000.0 + wall, 1000.0 + monotonic, 5000.0 + boottime)


@pytest.mark.parametrize(
    ("after", "reasons"),
    [
        pytest.param(at(1, 1, 1), [], id="a-second-passed"),
        pytest.param(at(14, 14, 14), [], id="a-busy-machine"),
        pytest.param(at(2.4, 1, 1), [], id="the-clock-is-disciplined"),
        pytest.param(at(3601, 1, 1), ["clock_stepped"], id="set-forward"),
        pytest.param(at(-3599, 1, 1), ["clock_stepped"], id="set-back"),
        pytest.param(at(601, 1, 601), ["suspended"], id="suspended"),
        pytest.param(at(60, 60, 60), ["stalled"], id="stopped"),
        pytest.param(at(900, 1, 601), ["suspended", "clock_stepped"], id="suspended-and-set"),
        pytest.param(at(3600, 60, 60), ["stalled", "clock_stepped"], id="stopped-and-set"),
    ],
)
def test_what_happened_to_time(after: Readings, reasons: list[str]) -> None:
    told: Iterator[Readings] = iter((at(), after, after))
    clocks = ClockWatch(lambda: next(told))
    assert [jump.reason for jump in clocks.look()] == reasons
    assert clocks.look() == (), "once"


def test_it_is_said_by_how_much() -> None:
    told = iter((at(), at(-3599, 1, 1)))
    [jump] = ClockWatch(lambda: next(told)).look()
    assert jump.detail == "The clock was set back by 3600 s"


def test_the_real_clocks_agree() -> None:
    assert ClockWatch().look() == ()
