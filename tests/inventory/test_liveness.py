"""Sequences of what happened, and the state that they leave."""

import pytest

from inventory.liveness import Liveness
from tests.inventory.builders import T

PATIENCE = 4
EVIDENCE_S = 900.0

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
            turns.append(life.miss(at, rest[0], rest[1], PATIENCE))  # type: ignore[arg-type]
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
            [heard(0), *misses(4), miss(75, "nd", "ipv6")], 76, "down", 5, 5,
            id="another-kind-that-stays-silent-confirms",
        ),
        pytest.param(
            [heard(0), *misses(4, kind="nd", family="ipv6"), miss(75, "nd", "ipv6")], 76, "up", 5,
            5, id="more-of-the-same-does-not",
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
    ],
)  # fmt: skip
def test_state(steps: list[Step], now: float, state: str, missed: int, total: int) -> None:
    life, _ = play(steps)
    assert life.state(T + now, PATIENCE, EVIDENCE_S) == state
    assert (life.missed, life.missed_total) == (missed, total)


def test_blind_devices_that_fall_silent_go_down_in_the_end() -> None:
    life, turns = play([heard(0), BLIND, *misses(4), confirm(76, "echo", False)])
    assert turns[-1] == "went_down"
    assert life.state(T + 77, PATIENCE, EVIDENCE_S) == "down"


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
    ],
)  # fmt: skip
def test_reachable(steps: list[Step], now: float, reachable: dict[str, bool]) -> None:
    life, _ = play(steps)
    assert life.reachable(T + now, PATIENCE, EVIDENCE_S) == reachable


def test_turns_are_told_once() -> None:
    _, turns = play(
        [heard(0), heard(1), *misses(4), confirm(62, "echo", False), miss(75, "nd", "ipv6"),
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
