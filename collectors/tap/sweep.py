"""What a running command is to the loop: a generator of frames and pauses, without I/O."""

from collections.abc import Callable, Iterator
from typing import Final, Protocol

from collectors.observation import AnyObservation

# A frame to send, or the monotonic time (seconds) before which there is nothing to send.
Step = bytes | bytearray | float

CHUNK: Final = 16


class Clock(Protocol):
    """The two clocks that a tap needs."""

    def monotonic(self) -> float:
        """Seconds that never jump, for waiting."""

    def time(self) -> float:
        """Unix time in seconds, for observations."""


class Outlet(Protocol):
    """Where a sweep puts what it concludes."""

    def emit(self, observation: AnyObservation) -> None:
        """Send an observation of the sweep's own to the agent."""

    def release(self, address: str) -> None:
        """Let the next sightings of an address through, however recent the last ones were."""


class Sweep(Protocol):
    """A running command.

    `protocol` names what the frame just yielded is counted as; `total` estimates the frames of the
    whole; `received` counts distinct answers; `interface` is empty for a sweep over routes.
    """

    interface: str
    protocol: str
    total: int
    received: int

    def steps(self) -> Iterator[Step]:
        """Yield frames and pauses. A yielded frame is sent before the next step is asked for."""

    def hear(self, observation: AnyObservation) -> None:
        """Take note of something heard on the sweep's interface while it runs."""

    def hear_packet(self, packet: bytes) -> None:
        """Take note of a packet that came to the ICMP socket."""


def passes(
    frames: Callable[[int], bytes],
    count: int,
    is_silent: Callable[[int], bool],
    tries: int,
    wait_s: float,
    clock: Callable[[], float],
) -> Iterator[Step]:
    """Ask `count` targets up to `tries` times, each at least `wait_s` after the time before.

    `frames(i)` builds the question to target i, `is_silent(i)` says whether it is still worth
    asking. Ends when the last one asked has had `wait_s` to answer.
    """
    ready = [0.0] * -(-count // CHUNK)
    last = clock()
    for attempt in range(tries):
        for chunk in range(len(ready)):
            members = range(chunk * CHUNK, min(count, (chunk + 1) * CHUNK))
            if not any(map(is_silent, members)):
                continue
            if attempt and clock() < ready[chunk]:
                yield ready[chunk]
            for index in members:
                if is_silent(index):
                    yield frames(index)
            last = ready[chunk] = clock() + wait_s
    yield last
