"""Whether time went on as it should: a clock that was set, a machine or agent that stood still."""

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from inventory.snapshot import IllReason

TOLERANCE_S = 2.0  # the clock's own discipline moves it by less between two looks
STALLED_S = 15.0  # the loop looks every second; so late, it missed what happened meanwhile


class Readings(NamedTuple):
    """Three clocks at one moment, in seconds."""

    wall: float
    monotonic: float  # stands still while the machine is suspended
    boottime: float  # does not


class Jump(NamedTuple):
    """What happened to time; `detail` is the beginning of a sentence."""

    reason: IllReason
    detail: str


def read_clocks() -> Readings:
    """Read the system's clocks."""
    return Readings(time.time(), time.monotonic(), time.clock_gettime(time.CLOCK_BOOTTIME))


class ClockWatch:
    """Compares the clocks with each other at each look."""

    def __init__(self, read: Callable[[], Readings] = read_clocks) -> None:
        self._read = read
        self._before = read()

    def look(self) -> tuple[Jump, ...]:
        """What happened since the last look; to be called every second or so."""
        before, now = self._before, self._read()
        self._before = now
        return tuple(_jumps(before, now))


def _jumps(before: Readings, now: Readings) -> Iterator[Jump]:
    passed_s = now.boottime - before.boottime
    slept_s = passed_s - (now.monotonic - before.monotonic)
    stepped_s = now.wall - before.wall - passed_s
    if slept_s > TOLERANCE_S:
        yield Jump("suspended", f"The machine was suspended for {slept_s:.0f} s")
    elif passed_s > STALLED_S:
        yield Jump("stalled", f"The agent stood still for {passed_s:.0f} s")
    if abs(stepped_s) > TOLERANCE_S:
        way = "forward" if stepped_s > 0 else "back"
        yield Jump("clock_stepped", f"The clock was set {way} by {abs(stepped_s):.0f} s")
