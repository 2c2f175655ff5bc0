"""Patience that is learnt from a device's own silences."""

import msgspec
import pytest

from inventory.gaps import EDGES_S, HALVED_EVERY_S, LONGEST_GAP_S, MOST, Gaps
from tests.inventory.builders import DAY, T


def learnt(*runs: tuple[int, float], every_s: float = 60.0) -> Gaps:
    """So many silences of so many seconds, one after the other."""
    gaps, at = Gaps(), T
    for times, gap_s in runs:
        for _ in range(times):
            gaps.learn(gap_s, at)
            at += every_s
    return gaps


@pytest.mark.parametrize(
    ("runs", "least", "most"),
    [
        pytest.param([], 0, 0, id="nothing-known"),
        pytest.param([(1, 300.0)], 0, 0, id="one-reboot-proves-nothing"),
        pytest.param([(2, 300.0)], 300, 450, id="the-second-does"),
        pytest.param([(500, 25.0)], 25, 38, id="many-short-ones"),
        pytest.param([(500, 25.0), (2, 300.0)], 25, 38, id="long-ones-that-are-rare"),
        pytest.param([(500, 25.0), (20, 300.0)], 300, 450, id="long-ones-that-are-not"),
        pytest.param([(50, 3 * 3600.0)], 0, 0, id="nights-are-no-silences"),
        pytest.param([(5, 0.0), (5, -7.0)], 0, 0, id="no-silence-at-all"),
        pytest.param([(5, LONGEST_GAP_S)], LONGEST_GAP_S, LONGEST_GAP_S, id="the-longest"),
    ],
)
def test_horizon(runs: list[tuple[int, float]], least: float, most: float) -> None:
    assert least <= learnt(*runs).horizon_s() <= most


def test_what_is_long_past_is_forgotten() -> None:
    gaps = learnt((3, 300.0))
    assert gaps.horizon_s() >= 300
    gaps.learn(25.0, T + 3 * HALVED_EVERY_S)
    assert gaps.horizon_s() == 0.0


def test_it_stays_small() -> None:
    gaps = learnt((3 * MOST, 25.0), (3 * MOST, 3000.0), every_s=1.0)
    assert sum(gaps.counts) <= MOST
    assert len(gaps.counts) <= len(EDGES_S)
    assert len(msgspec.json.encode(gaps)) < 120


def test_it_survives_a_restart() -> None:
    gaps = learnt((5, 100.0), every_s=DAY)
    again = msgspec.json.decode(msgspec.json.encode(gaps), type=Gaps)
    assert again == gaps
    assert again.horizon_s() == gaps.horizon_s() > 0


def test_a_clock_that_goes_back_breaks_nothing() -> None:
    gaps = learnt((5, 100.0))
    gaps.learn(100.0, T - 30 * DAY)
    gaps.learn(100.0, T - 29 * DAY)
    assert gaps.horizon_s() >= 100
