"""What a running command is to the loop: a generator of frames and pauses, without I/O."""

from collections.abc import Iterator
from typing import Protocol

from collectors.observation import AnyObservation

# A frame to send, or the monotonic time (seconds) before which there is nothing to send.
Step = bytes | bytearray | float


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
