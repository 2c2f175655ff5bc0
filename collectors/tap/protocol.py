"""Framing between agent and tap: a four-byte big-endian length, then one msgpack message."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

import msgspec

from collectors.observation import AnyObservation
from collectors.tap.messages import MAX_MESSAGE_BYTES, Command, Event, Observed, Progress

HEADER_BYTES: Final = 4
BATCH: Final = 256
MAX_OBSERVATIONS_QUEUED: Final = 20_000
MAX_CONTROL_QUEUED: Final = 256
MAX_BYTES_IN_FLIGHT: Final = 1 << 18


Message = TypeVar("Message")


class ProtocolError(Exception):
    """The other side sent what no message can be; the connection has to end."""


def frame(payload: bytes) -> bytes:
    """A payload behind its length; ValueError when it is longer than a message may be."""
    if len(payload) > MAX_MESSAGE_BYTES:
        raise ValueError(f"a message has at most {MAX_MESSAGE_BYTES} bytes, not {len(payload)}")
    return len(payload).to_bytes(HEADER_BYTES, "big") + payload


def encode(message: Command | Event) -> bytes:
    """One framed message."""
    return frame(msgspec.msgpack.encode(message))


class Unframer:
    """Cuts a byte stream into payloads, however it arrives."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield every payload that is now complete; ProtocolError for an impossible length."""
        self._buffer += data
        while len(self._buffer) >= HEADER_BYTES:
            length = int.from_bytes(self._buffer[:HEADER_BYTES], "big")
            if not 0 < length <= MAX_MESSAGE_BYTES:
                raise ProtocolError(f"a message of {length} bytes was announced")
            end = HEADER_BYTES + length
            if len(self._buffer) < end:
                return
            payload = bytes(self._buffer[HEADER_BYTES:end])
            del self._buffer[:end]
            yield payload


class CommandReader:
    """Commands out of a byte stream; ProtocolError for anything that is none."""

    def __init__(self) -> None:
        self._unframer = Unframer()
        self._decoder = msgspec.msgpack.Decoder(Command)

    def feed(self, data: bytes) -> Iterator[Command]:
        """Yield every command that is now complete."""
        yield from _decoded(self._unframer, self._decoder, data)


class EventReader:
    """Events out of a byte stream; ProtocolError for anything that is none."""

    def __init__(self) -> None:
        self._unframer = Unframer()
        self._decoder = msgspec.msgpack.Decoder(Event)

    def feed(self, data: bytes) -> Iterator[Event]:
        """Yield every event that is now complete."""
        yield from _decoded(self._unframer, self._decoder, data)


class Outbox:
    """What waits to be sent to the agent, bounded, in order.

    When the agent does not read, the oldest observations are dropped and counted; the events
    between them are kept. `put` never blocks.
    """

    def __init__(self, max_observations: int = MAX_OBSERVATIONS_QUEUED) -> None:
        self._max_observations = max_observations
        self._items: deque[AnyObservation | Event] = deque()
        self._overtaken: deque[Event] = deque()
        self._observations = 0
        self._progress: dict[int, Progress] = {}
        self._pending = bytearray()
        self._encoder = msgspec.msgpack.Encoder()
        self.dropped = 0

    def put_observation(self, observation: AnyObservation) -> None:
        """Queue an observation, at the expense of the oldest when there is no more room."""
        self._items.append(observation)
        self._observations += 1
        while self._observations > self._max_observations:
            oldest = self._items.popleft()
            if isinstance(oldest, Event):
                self._overtaken.append(oldest)
            else:
                self._observations -= 1
                self.dropped += 1

    def put_event(self, event: Event) -> None:
        """Queue an event after everything that was queued before it."""
        if isinstance(event, Progress):
            self._progress[event.id] = event  # the latest says all
        else:
            self._items.append(event)

    @property
    def events(self) -> int:
        """How many events wait, observations and progress aside."""
        return len(self._items) - self._observations + len(self._overtaken)

    @property
    def is_congested(self) -> bool:
        """Whether so many events wait that no further command should be taken."""
        return self.events > MAX_CONTROL_QUEUED

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self._items or self._pending or self._overtaken or self._progress)

    def write(self, send: Callable[[bytes], int]) -> bool:
        """Write until all is out (True) or `send` would block (False).

        `send` takes bytes and returns how many it took; BlockingIOError stops the writing.
        """
        while True:
            self._refill()
            if not self._pending:
                return True
            try:
                taken = send(bytes(self._pending[:MAX_BYTES_IN_FLIGHT]))
            except BlockingIOError:
                return False
            del self._pending[:taken]

    def _refill(self) -> None:
        while len(self._pending) < MAX_BYTES_IN_FLIGHT:
            if self._overtaken:
                self._append(self._overtaken.popleft())
            elif self._items:
                self._append_next()
            elif self._progress:
                _, progress = self._progress.popitem()
                self._append(progress)
            else:
                return

    def _append_next(self) -> None:
        first = self._items.popleft()
        if isinstance(first, Event):
            self._append(first)
            return
        batch = [first]
        while self._items and len(batch) < BATCH:
            following = self._items[0]
            if isinstance(following, Event):
                break
            batch.append(following)
            self._items.popleft()
        self._observations -= len(batch)
        self._append_batch(tuple(batch))

    def _append_batch(self, batch: tuple[AnyObservation, ...]) -> None:
        """Append a batch, in halves when it is too long for one message."""
        try:
            self._append(Observed(observations=batch))
        except ValueError:
            if len(batch) == 1:
                self.dropped += 1
                return
            middle = len(batch) // 2
            self._append_batch(batch[:middle])
            self._append_batch(batch[middle:])

    def _append(self, event: Event) -> None:
        self._pending += frame(self._encoder.encode(event))


def _decoded(
    unframer: Unframer, decoder: "msgspec.msgpack.Decoder[Message]", data: bytes
) -> "Iterator[Message]":
    for payload in unframer.feed(data):
        try:
            yield decoder.decode(payload)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ProtocolError(f"not a message: {error}") from None
