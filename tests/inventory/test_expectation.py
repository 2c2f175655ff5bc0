"""How long a device may be silent, and what its silence means."""

from typing import Any

import pytest

from inventory.expectation import STEADY_S, Habits, expectation, is_always_on
from inventory.gaps import Gaps
from inventory.settings import ALWAYS_ON
from inventory.snapshot import Registered
from tests.inventory.builders import T

ON, OFF, SAYS_NOTHING = (Registered(row=2, always_on=value) for value in (True, False, None))


def habits(**changes: Any) -> Habits:
    return Habits(always_on_kinds=ALWAYS_ON, **changes)


def wobbly(gap_s: float) -> Gaps:
    gaps = Gaps()
    for number in range(20):
        gaps.learn(gap_s, T + number)
    return gaps


@pytest.mark.parametrize(
    ("kind", "registered", "steady_s", "may_sleep"),
    [
        pytest.param("switch", None, 0.0, False, id="always-on-kind"),
        pytest.param("switch", SAYS_NOTHING, 0.0, False, id="a-row-that-says-nothing"),
        pytest.param("switch", OFF, STEADY_S, True, id="the-register-allows-it-to-be-off"),
        pytest.param("workstation", None, 0.0, True, id="pc"),
        pytest.param("workstation", ON, 0.0, False, id="a-pc-that-the-register-wants-on"),
        pytest.param("workstation", None, STEADY_S, False, id="a-pc-that-was-never-off"),
        pytest.param("workstation", None, STEADY_S - 1, True, id="not-long-enough"),
        pytest.param("phone", None, 9 * STEADY_S, True, id="a-phone-leaves-with-its-owner"),
        pytest.param("phone", ON, 0.0, False, id="a-phone-that-the-register-wants-on"),
        pytest.param("printer", None, 0.0, True, id="printer"),
        pytest.param("unknown", None, 0.0, True, id="nobody-knows-what-it-is"),
        pytest.param("unknown", None, STEADY_S, False, id="unknown-but-always-there"),
    ],
)
def test_what_silence_means(
    kind: Any, registered: Registered | None, steady_s: float, may_sleep: bool
) -> None:
    found = expectation(kind, registered, habits(), Gaps(), steady_s=steady_s)
    assert found.may_sleep is may_sleep


@pytest.mark.parametrize(
    ("kind", "registered", "changes", "patience"),
    [
        pytest.param("server", None, {}, 4, id="always-on"),
        pytest.param("server", None, {"patience": 3}, 3, id="configured"),
        pytest.param("server", None, {"patience_by_kind": {"server": 9}}, 9, id="kind-configured"),
        pytest.param("printer", None, {}, 40, id="printer"),
        pytest.param("printer", ON, {}, 4, id="a-printer-that-should-be-on"),
        pytest.param("printer", ON, {"patience_by_kind": {"printer": 9}}, 9, id="both"),
        pytest.param("phone", None, {}, 60, id="phone"),
        pytest.param("unknown", None, {}, 8, id="unknown"),
    ],
)
def test_patience_of_a_kind(
    kind: Any, registered: Registered | None, changes: dict[str, Any], patience: int
) -> None:
    assert expectation(kind, registered, habits(**changes), Gaps()).patience == patience


@pytest.mark.parametrize(
    ("kind", "gaps", "more", "patience"),
    [
        pytest.param("server", wobbly(20.0), {}, 4, id="shorter-than-its-patience"),
        pytest.param("server", wobbly(90.0), {}, 8, id="longer"),
        pytest.param("server", wobbly(3000.0), {}, 9, id="never-beyond-two-minutes"),
        pytest.param("unknown", wobbly(3000.0), {}, 241, id="others-an-hour"),
        pytest.param("unknown", wobbly(3000.0), {"behind_router": True}, 4, id="rounds-of-minutes"),
        pytest.param("server", Gaps(), {"flapping": True}, 8, id="flapping"),
    ],
)
def test_learnt_patience(kind: Any, gaps: Gaps, more: dict[str, Any], patience: int) -> None:
    assert expectation(kind, None, habits(), gaps, **more).patience == patience


def test_rounds_further_apart_need_fewer_of_them() -> None:
    slow = expectation("server", None, habits(round_s=60.0), wobbly(200.0))
    fast = expectation("server", None, habits(round_s=5.0), wobbly(200.0))
    assert (slow.patience, fast.patience) == (4, 25)


@pytest.mark.parametrize(
    ("kind", "registered", "always_on"),
    [("ups", None, True), ("ups", OFF, False), ("phone", None, False), ("phone", ON, True)],
)
def test_is_always_on(kind: Any, registered: Registered | None, always_on: bool) -> None:
    assert is_always_on(kind, registered, ALWAYS_ON) is always_on
