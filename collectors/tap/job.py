"""A command that is being carried out: it pulls frames from its sweep as fast as it may send."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from collectors.tap.bucket import TokenBucket
from collectors.tap.sockets import Port, PortLost
from collectors.tap.sweep import Clock, Step, Sweep

RETRY_S: Final = 0.0005  # the kernel's send buffer empties in well under a millisecond
MAX_TEXT: Final = 200


class Job:
    """One sweep on its way through one port.

    `error` says why it ended early. Frames that the kernel refuses are skipped; when it refused
    all of them, that is the error.
    """

    def __init__(
        self, number: int, sweep: Sweep, port: Port, clock: Clock, own_bucket: TokenBucket | None
    ) -> None:
        self.number = number
        self.sweep = sweep
        self.sent = 0
        self.done = False
        self.error = ""
        self.started = clock.monotonic()
        self.resume_at = self.started
        self._port = port
        self._clock = clock
        self._own_bucket = own_bucket
        self._steps: Iterator[Step] = sweep.steps()
        self._held: bytes | bytearray | None = None
        self._refused = ""

    def pull(self, allowance: int, sent: Counter[str]) -> int:
        """Send up to `allowance` frames and count them in `sent` by protocol; how many there were.

        Stops early when the sweep pauses, ends, or the port has no room.
        """
        if self._own_bucket is not None:
            allowance = self._own_bucket.take(allowance)
            if not allowance:
                self.resume_at = self._clock.monotonic() + self._own_bucket.delay()
        used = 0
        try:
            used = self._send(allowance, sent)
        except Exception as error:  # noqa: BLE001 - a sweep that breaks must not take the tap along
            self.finish(f"{error}"[:MAX_TEXT] or type(error).__name__)
        if self._own_bucket is not None:
            self._own_bucket.give_back(allowance - used)
        return used

    def finish(self, error: str = "") -> None:
        """End the job, early when there is an error."""
        self.done = True
        self.error = error
        if not error and self._refused and not self.sent:
            self.error = f"nothing could be sent: {self._refused}"

    def _send(self, allowance: int, sent: Counter[str]) -> int:
        """The inner loop: some 100,000 rounds a second when unpaced, so it holds on to locals."""
        send, steps, sweep = self._port.send, self._steps, self.sweep
        frame, self._held = self._held, None
        used = 0
        while used < allowance:
            if frame is None:
                step = next(steps, None)
                if step is None:
                    self.finish()
                    break
                if isinstance(step, float):
                    self.resume_at = step
                    if step > self._clock.monotonic():
                        break
                    continue
                frame = step
            try:
                send(frame)
                self.sent += 1
                sent[sweep.protocol] += 1
            except BlockingIOError:
                self._held = frame
                self.resume_at = self._clock.monotonic() + RETRY_S
                break
            except PortLost:
                raise
            except OSError as error:
                self._refused = error.strerror or "refused by the kernel"
            frame = None
            used += 1
        return used
