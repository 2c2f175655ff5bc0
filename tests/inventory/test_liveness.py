"""Sequences of what happened, and the state that they leave."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.expectation import Expectation
from inventory.liveness import MAX_TURNS, Liveness
from tests.inventory.builders import T

PATIENCE = 4
ALWAYS_ON = Expectation(PATIENCE, may_sleep=False)
MAY_SLEEP = Expectation(PATIENCE, may_sleep=True)

Step = tuple[object, ...]


def heard(after: float, family: str | None = "ipv4") -> Step:
    return ("heard", after, family)


def miss(after: float, kind: str = "arp", family: str = "ipv4") -> Step:
    return ("miss", after, kind, family)


def confirm(after: float, kind: str, answered: bool) -> Step:
    return ("confirm", after, kind, answered)


BLIND: Step = ("blind", 0.0)


def misses(count: int, start: float = 15.0, kind: str = "arp", family: str = "ipv4") -> list[Step]:
    return [miss(start + 15.0 * number, kind, family) for number in range(count)]


def play(steps: list[Step]) -> tuple[Liveness, list[str]]:
    life = Liveness()
    turns: list[str] = []
    for name, after, *rest in steps:
        at = T + after  # type: ignore[operator]
        if name == "heard":
            turns.append(life.heard(at, rest[0]))  # type: ignore[arg-type]
        elif name == "miss":
            turns.append(life.miss(at, rest[0], rest[1]))  # type: ignore[arg-type]
        elif name == "confirm":
            turns.append(life.confirm(at, rest[0], rest[1], PATIENCE))  # type: ignore[arg-type]
        else:
            life.go_blind(at)
    return life, turns


@pytest.mark.parametrize(
    ("steps", "now", "state", "missed", "total"),
    [
        pytest.param([], 0, "unknown", 0, 0, id="never-heard"),
        pytest.param([heard(0)], 1, "up", 0, 0, id="heard"),
        pytest.param([heard(0)], 901, "unknown", 0, 0, id="evidence-too-old"),
        pytest.param([heard(0), *misses(3)], 60, "up", 3, 3, id="three-missed"),
        pytest.param([heard(0), *misses(4)], 61, "up", 4, 4, id="four-missed-unconfirmed"),
        pytest.param(
            [heard(0), *misses(4), confirm(62, "echo", False)], 63, "down", 4, 4, id="confirmed"
        ),
        pytest.param(
            [heard(0), *misses(4), confirm(62, "arp", False)], 63, "up", 4, 4,
            id="the-same-kind-confirms-nothing",
        ),
        pytest.param(
            [heard(0), *misses(4), confirm(62, "echo", True)], 63, "up", 0, 4, id="second-answers"
        ),
        pytest.param(
            [heard(0), *misses(3), confirm(62, "echo", False)], 63, "up", 3, 3,
            id="too-early-to-confirm",
        ),
        pytest.param(
            [heard(0), *misses(4), miss(75, "nd", "ipv6")], 76, "up", 5, 5,
            id="rounds-alone-decide-nothing",
        ),
        pytest.param(
            [heard(0), *misses(4), miss(75, "nd", "ipv6"), confirm(76, "arp", False)], 77, "down",
            5, 5, id="two-kinds-were-silent-when-asked-once-more",
        ),
        pytest.param([heard(0), *misses(8)], 130, "unknown", 8, 8, id="never-confirmed"),
        pytest.param(
            [heard(0), *misses(3), heard(50), *misses(3, 60)], 100, "up", 3, 6, id="life-resets"
        ),
        pytest.param(
            [heard(0), *misses(4), confirm(62, "echo", False), heard(70)], 71, "up", 0, 4,
            id="back",
        ),
        pytest.param(
            [heard(0), *[miss(15 + i / 10) for i in range(20)]], 20, "up", 1, 1,
            id="a-burst-is-one-round",
        ),
        pytest.param(
            [heard(0), miss(15), miss(16, "nd", "ipv6"), miss(17.5, "echo")], 20, "up", 1, 1,
            id="all-addresses-of-a-round-are-one-miss",
        ),
        pytest.param(
            [heard(0), heard(15), miss(16, "nd", "ipv6")], 20, "up", 0, 0,
            id="the-other-family-just-answered",
        ),
        pytest.param(
            [heard(0), *misses(3), heard(20)], 61, "up", 3, 3, id="late-news-does-not-undo-misses"
        ),
        pytest.param(
            [heard(0), *misses(4), confirm(62, "echo", False), heard(40)], 63, "down", 4, 4,
            id="late-news-does-not-raise-the-dead",
        ),
        pytest.param(
            [heard(0), ("blind", 50.0), heard(40)], 51, "unknown", 0, 0, id="late-news-in-a-gap"
        ),
        pytest.param([heard(0), BLIND], 1, "unknown", 0, 0, id="blind"),
        pytest.param([heard(0), *misses(3), BLIND], 61, "unknown", 0, 3, id="blind-resets-misses"),
        pytest.param([heard(0), BLIND, *misses(2)], 50, "unknown", 2, 2, id="still-unknown-after"),
        pytest.param([heard(0), BLIND, heard(10)], 11, "up", 0, 0, id="heard-after-blindness"),
        pytest.param(
            [heard(0), *misses(4), confirm(62, "echo", False), BLIND], 63, "unknown", 0, 4,
            id="down-then-blind",
        ),
        pytest.param(
            [heard(0), *misses(4), confirm(62, "echo", False), BLIND, miss(80)], 81, "down", 1, 5,
            id="down-blind-and-still-silent",
        ),
        pytest.param(
            [heard(0), *misses(4), confirm(62, "echo", False), miss(75), miss(90)], 91, "down", 6,
            6, id="down-goes-on-counting",
        ),
        pytest.param(
            [heard(0), *misses(4), confirm(62, "echo", False)], 963, "unknown", 4, 4,
            id="nobody-probes-any-more",
        ),
        pytest.param(
            [heard(0), ("blind", 50.0), *misses(4, 20), confirm(66, "echo", False)], 67, "unknown",
            2, 2, id="what-was-asked-before-the-gap-says-nothing-after-it",
        ),
        pytest.param(
            [heard(3600), ("blind", 0.0), heard(1)], 2, "up", 0, 0, id="a-clock-set-back"
        ),
        pytest.param(
            [heard(3600), *misses(3, 3620), BLIND, *misses(4, 15), confirm(62, "nd", False)], 63,
            "down", 4, 7, id="a-clock-set-back-does-not-stop-the-count",
        ),
    ],
)  # fmt: skip
def test_state(steps: list[Step], now: float, state: str, missed: int, total: int) -> None:
    life, _ = play(steps)
    assert life.state(T + now, ALWAYS_ON) == state
    assert life.state(T + now, MAY_SLEEP) == {"down": "asleep"}.get(state, state)
    assert bool(life.reason(T + now, ALWAYS_ON)) == (state == "unknown")
    assert (life.missed, life.missed_total) == (missed, total)


def test_blind_devices_that_fall_silent_go_down_in_the_end() -> None:
    life, turns = play([heard(0), BLIND, *misses(4), confirm(76, "echo", False)])
    assert turns[-1] == "went_down"
    assert life.state(T + 77, ALWAYS_ON) == "down"


@pytest.mark.parametrize(
    ("steps", "now", "reason"),
    [
        pytest.param([], 0, "never_heard", id="never-heard"),
        pytest.param([heard(0)], 1, "", id="up"),
        pytest.param([heard(0), BLIND], 1, "tap_lost", id="blind"),
        pytest.param([BLIND], 1, "never_heard", id="blind-and-never-heard"),
        pytest.param([heard(0)], 901, "no_evidence", id="evidence-too-old"),
        pytest.param([heard(0), *misses(8)], 130, "unconfirmed", id="never-confirmed"),
        pytest.param([heard(0), BLIND, *misses(8)], 130, "tap_lost", id="first-cause-first"),
    ],
)  # fmt: skip
def test_why_a_state_is_unknown(steps: list[Step], now: float, reason: str) -> None:
    assert play(steps)[0].reason(T + now, ALWAYS_ON) == reason


@pytest.mark.parametrize(
    ("steps", "now", "reachable"),
    [
        pytest.param([], 0, {}, id="nothing-known"),
        pytest.param([heard(0)], 1, {"ipv4": True}, id="one-family"),
        pytest.param(
            [heard(0), heard(1, "ipv6")], 2, {"ipv4": True, "ipv6": True}, id="both-families"
        ),
        pytest.param([heard(0, None)], 1, {}, id="a-frame-of-no-family"),
        pytest.param(
            [
                heard(0), heard(0, "ipv6"),
                *[step for n in range(1, 5)
                  for step in (heard(15.0 * n), miss(15.0 * n + 1, "nd", "ipv6"))],
            ],
            62, {"ipv4": True, "ipv6": False}, id="one-family-is-silent-while-the-other-answers",
        ),
        pytest.param(
            [heard(0), *misses(4), heard(70)], 71, {"ipv4": True}, id="answers-again"
        ),
        pytest.param([heard(0)], 901, {}, id="too-old"),
        pytest.param([heard(0), BLIND], 1, {}, id="blind"),
        pytest.param(
            [heard(0), heard(1, "ipv6"), *misses(4), confirm(62, "echo", False)], 63,
            {"ipv4": False, "ipv6": False}, id="down-in-every-family",
        ),
    ],
)  # fmt: skip
def test_reachable(steps: list[Step], now: float, reachable: dict[str, bool]) -> None:
    life, _ = play(steps)
    assert life.reachable(T + now, ALWAYS_ON) == reachable


def test_turns_are_told_once() -> None:
    _, turns = play(
        [heard(0), heard(1), *misses(4), confirm(62, "echo", False), confirm(63, "nd", False),
         miss(75, "nd", "ipv6"),
         heard(90), heard(91)]
    )  # fmt: skip
    assert turns.count("went_down") == 1
    assert turns.count("came_up") == 1
    assert turns[1] == ""
    assert turns[-1] == ""


@pytest.mark.parametrize(("count", "suspect"), [(3, False), (4, True), (7, True)])
def test_suspects(count: int, suspect: bool) -> None:
    life, _ = play([heard(0), *misses(count)])
    assert life.is_suspect(PATIENCE) is suspect


def test_nobody_is_suspect_when_down_or_just_gone_blind() -> None:
    assert not play([heard(0), *misses(4), confirm(62, "echo", False)])[0].is_suspect(PATIENCE)
    assert not play([heard(0), *misses(4), BLIND])[0].is_suspect(PATIENCE)
    assert play([heard(0), BLIND, *misses(4)])[0].is_suspect(PATIENCE)


def test_an_answer_of_the_other_family_in_the_same_round_is_no_miss_of_the_device() -> None:
    life = Liveness()
    life.heard(T, "ipv4")
    life.heard(T, "ipv6")
    for number in range(1, 9):
        life.heard(T + 15 * number, "ipv4")
        life.miss(T + 15 * number + 8, "nd", "ipv6", round_s=9.0)
    assert (life.missed, life.missed_total) == (0, 0)
    assert life.reachable(T + 130, ALWAYS_ON) == {"ipv4": True, "ipv6": False}


def away(life: Liveness, at: float, lasts_s: float) -> float:
    """The device is silent for so long, and comes back by itself."""
    life.heard(at, "ipv4")
    at += lasts_s
    life.miss(at - 5.0, "arp", "ipv4")
    life.heard(at, "ipv4")
    return at


def test_silences_that_a_device_ended_by_itself_are_learnt() -> None:
    life, at = Liveness(), T
    for _ in range(4):
        at = away(life, at, 100.0)
    assert 100.0 <= life.gaps.horizon_s() <= 160.0


@pytest.mark.parametrize("cause", ["blind", "never-missed"])
def test_silences_that_nobody_watched_are_not_learnt(cause: str) -> None:
    life, at = Liveness(), T
    for _ in range(20):
        life.heard(at, "ipv4")
        at += 100.0
        if cause == "blind":
            life.go_blind(at - 50.0)
            life.miss(at - 5.0, "arp", "ipv4")
        life.heard(at, "ipv4")
    assert life.gaps.horizon_s() == 0.0
    assert life.steady_since == T


def test_an_absence_ends_steadiness() -> None:
    life = Liveness()
    assert life.steady_s() == 0.0
    at = away(life, T, 1800.0)
    assert life.steady_s() == 1800.0
    at = away(life, at, 4000.0)
    assert life.steady_s() == 0.0
    life.heard(at + 60.0)
    assert life.steady_s() == 60.0


def comes_and_goes(life: Liveness, times: int, start: float = T) -> float:
    at = start
    for _ in range(times):
        life.heard(at, "ipv4")
        for number in range(1, 5):
            life.miss(at + 15 * number, "arp", "ipv4")
        life.confirm(at + 61, "echo", False, PATIENCE)
        at += 120
        life.heard(at, "ipv4")
    return at


def test_flapping_begins_above_the_bound_and_ends_well_below_it() -> None:
    life = Liveness()
    at = comes_and_goes(life, 3)
    assert (life.note_flapping(at, 6), life.flapping) == (False, False)
    at = comes_and_goes(life, 1, at)
    assert (life.note_flapping(at, 6), life.flapping) == (True, True)
    assert (life.note_flapping(at + 60, 6), life.flapping) == (False, True)
    assert (life.note_flapping(at + 3600, 6), life.flapping) == (True, False)
    comes_and_goes(life, 100, at)
    assert len(life.turns) == MAX_TURNS


# Whatever happens, in whatever order and at whatever times.

CALLS = st.lists(
    st.one_of(
        st.tuples(st.just("heard"), st.sampled_from(["ipv4", "ipv6", None])),
        st.tuples(st.just("miss"), st.sampled_from(["arp", "nd", "echo"])),
        st.tuples(st.just("confirm"), st.sampled_from(["echo", "tcp", "arp"]), st.booleans()),
        st.tuples(st.just("blind"), st.sampled_from(["tap_lost", "clock_stepped"])),
    ).flatmap(lambda call: st.tuples(st.floats(-30, 90), st.just(call))),
    max_size=80,
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(CALLS, st.integers(1, 6))
def test_what_always_holds(calls: list[tuple[float, tuple]], patience: int) -> None:  # type: ignore[type-arg]
    life, at = Liveness(), T
    expected = Expectation(patience, may_sleep=False)
    total = 0
    asked: set[str] = set()  # kinds that were silent since the last life or blindness
    for after, (name, *rest) in calls:
        at = max(T, at + after)
        was, before = life.gone, life.heard_at
        if name == "heard":
            life.heard(at, rest[0])
        elif name == "miss":
            life.miss(at, rest[0], "ipv6" if rest[0] == "nd" else "ipv4")
            asked.add(rest[0])
        elif name == "confirm":
            turn = life.confirm(at, rest[0], rest[1], patience)
            asked |= set() if rest[1] else {rest[0]}
            assert (turn == "went_down") == (life.gone and not was)
        else:
            life.go_blind(at, rest[0])
        state = life.state(at, expected)
        if life.gone and not was:
            assert name == "confirm", "no round of one kind decides alone"
            assert len(set(life.silent)) > 1
            assert set(life.silent) <= asked
            assert life.missed >= patience
        if not life.missed:
            asked.clear()
        if name == "blind":
            assert state == "unknown"
        if life.blind:
            assert state == "unknown"
        if state == "down":
            assert life.missed_at >= life.heard_at, "heard later than missed"
        if state == "up":
            assert life.heard_at > 0
        assert life.missed_total >= total, "a counter"
        total = life.missed_total
        assert name == "blind" or life.heard_at >= before
        assert len(life.silent) <= 4
        assert len(life.turns) <= MAX_TURNS
        assert (life.reason(at, expected) == "") == (state != "unknown")
