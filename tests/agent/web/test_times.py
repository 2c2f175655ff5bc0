"""Moments and durations."""

import pytest

from agent.web.times import ago, duration, machine_moment, moment


@pytest.mark.parametrize("zone", ["UTC", "Asia/Ho_Chi_Minh"])
def test_moments_do_not_depend_on_the_zone(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    import time

    monkeypatch.setenv("TZ", zone)
    time.tzset()
    assert moment(1_795_000_000.5) == "2026-11-18 11:06:40 UTC"
    assert machine_moment(1_795_000_000.5) == "2026-11-18T11:06:40Z"
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("at", "now", "expected"),
    [
        pytest.param(None, 5.0, "never", id="never"),
        pytest.param(5.0, 5.0, "0 s ago", id="now"),
        pytest.param(9.0, 5.0, "0 s ago", id="future"),
        pytest.param(5.0, 125.0, "2 min ago", id="minutes"),
        pytest.param(5.0, 200_000.0, "2 d ago", id="days"),
    ],
)
def test_ago(at: float | None, now: float, expected: str) -> None:
    assert ago(at, now) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 s"), (61, "1 min 1 s"), (3600, "1 h"), (93_784, "1 d 2 h")],
    ids=["none", "minute", "hour", "day"],
)
def test_duration(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected
