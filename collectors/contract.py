"""What every collector is: an async generator of observations that the runner drives.

The runner owns timeouts, retries, concurrency, duration, success metrics and logging context.
A collector raises `NoData` when it cannot have anything to say here, `CollectorError` when it tried
and failed; anything else is a bug that the runner logs once and counts.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

import msgspec

from collectors.observation import AnyObservation
from collectors.scope import Scope
from collectors.tap.messages import Command, Finished


class NoData(Exception):
    """There is nothing to observe here, and the text says why; the run counts as skipped."""


class CollectorError(Exception):
    """The collector tried and failed; the text names the thing and the remedy."""


class Limits(msgspec.Struct, frozen=True):
    """Bounds that hold for every active collector (security reference G1 to G6).

    A device gets one connection at a time. `connections_per_second` bounds, agent-wide, those that
    were established, and after each the device rests for `device_gap_s`; a refused attempt holds
    no slot in the device, so attempts have their own bound, `attempts_per_second`. Nothing in the
    agent raises `attempts_in_flight`, the attempts that a device may hold unanswered: it is for
    measuring, and for devices of which the officer knows that they bear it.
    """

    connections_per_second: float = 20.0
    attempts_per_second: float = 400.0
    devices_in_parallel: int = 32
    device_gap_s: float = 0.25
    attempts_in_flight: int = 1
    connect_timeout_s: float = 1.0
    banner_timeout_s: float = 3.0
    banner_bytes: int = 4096


class OpenPort(msgspec.Struct, frozen=True):
    """A TCP service that was open when it was last looked at, with what it said first."""

    address: str  # canonical text, no zone
    port: int
    banner: str = ""


class Target(msgspec.Struct, frozen=True):
    """A known device as collectors need it: where it can be reached, and what not to do to it."""

    device: str
    addresses: tuple[str, ...]  # canonical text; link-local ones carry %interface
    mac: str = ""
    interface: str = ""
    kind: str = "unknown"
    open_ports: tuple[OpenPort, ...] = ()
    temporary: tuple[str, ...] = ()  # addresses that come and go (RFC 8981); no zone


class Tap(Protocol):
    """The part of the tap's client that collectors use."""

    def next_id(self) -> int:
        """A number for the next command."""

    async def run(self, command: Command) -> Finished:
        """Send a command and wait for its end; what was heard meanwhile flows by itself.

        Raises CollectorError when the tap refuses, dies or is absent.
        """

    def heard_since(self, at: float) -> Sequence[AnyObservation]:
        """Recent observations of the tap itself, oldest first, from a bounded memory."""


class Context(msgspec.Struct, frozen=True):
    """What a collector gets: scope, limits, the tap (None: there is none, and why), known targets.

    `progress(done, total)` may be called as often as wanted. `clock` gives Unix time in seconds.
    """

    scope: Scope
    limits: Limits
    tap: Tap | None
    tap_missing: str
    targets: tuple[Target, ...]
    progress: Callable[[int, int], None]
    clock: Callable[[], float]
    options: dict[str, object] = {}


class Collector(Protocol):
    """A module-level `collect` function."""

    def __call__(self, context: Context) -> AsyncIterator[AnyObservation]:
        """Yield observations until done."""
