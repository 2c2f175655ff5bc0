"""Framing and the outbox: however bytes arrive, whoever does not read."""

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.observation import AddressSeen, AnyObservation, NameSeen
from collectors.tap.messages import (
    MAX_MESSAGE_BYTES,
    Cancel,
    Command,
    Event,
    Finished,
    Observed,
    Progress,
    Watch,
)
from collectors.tap.protocol import (
    CommandReader,
    EventReader,
    Outbox,
    ProtocolError,
    Unframer,
    encode,
    frame,
)


def seen(number: int) -> AddressSeen:
    return AddressSeen(
        at=float(number), source="tap", mac="02:00:00:00:00:0a", address="10.66.7.9", how="dad"
    )


class Pipe:
    """Takes up to `room` bytes, then blocks."""

    def __init__(self, room: int = 1 << 30) -> None:
        self.room = room
        self.data = b""

    def send(self, data: bytes) -> int:
        taken = min(len(data), self.room)
        if not taken:
            raise BlockingIOError
        self.room -= taken
        self.data += data[:taken]
        return taken

    def events(self) -> list[Event]:
        return list(EventReader().feed(self.data))

    def observations(self) -> list[AnyObservation]:
        batches = [event for event in self.events() if isinstance(event, Observed)]
        return [one for batch in batches for one in batch.observations]


COMMANDS: list[Command] = [Watch(id=1, interfaces=("eth0",)), Cancel(id=1), Cancel(id=2)]


@given(st.lists(st.integers(1, 40), max_size=30))
def test_commands_survive_any_cutting(cuts: list[int]) -> None:
    stream = b"".join(map(encode, COMMANDS))
    reader, read = CommandReader(), list[Command]()
    for cut in cuts:
        read += reader.feed(stream[:cut])
        stream = stream[cut:]
    read += reader.feed(stream)
    assert read == COMMANDS


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\0\0\0\0", id="an empty message"),
        pytest.param((MAX_MESSAGE_BYTES + 1).to_bytes(4, "big"), id="too long"),
        pytest.param(b"\xff\xff\xff\xff", id="far too long"),
        pytest.param(frame(b"\xc1"), id="not msgpack"),
        pytest.param(frame(msgspec.msgpack.encode({"type": "Explode", "id": 1})), id="unknown"),
        pytest.param(frame(msgspec.msgpack.encode({"type": "Cancel"})), id="incomplete"),
        pytest.param(frame(msgspec.msgpack.encode({"type": "Cancel", "id": "x"})), id="mistyped"),
        pytest.param(frame(b"\x81\xa4type\xa6\xff\xff\xff\xff\xff\xff"), id="not UTF-8"),
    ],
)
def test_what_is_no_message_ends_the_connection(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        list(CommandReader().feed(data))


@given(st.binary(max_size=64))
def test_any_bytes_are_messages_or_an_error(data: bytes) -> None:
    for reader in (CommandReader(), EventReader()):
        with contextlib.suppress(ProtocolError):
            list(reader.feed(data))


def test_an_incomplete_message_waits() -> None:
    unframer = Unframer()
    assert list(unframer.feed(b"\0\0\0\3a")) == []
    assert list(unframer.feed(b"b")) == []
    assert list(unframer.feed(b"c\0\0\0\1d")) == [b"abc", b"d"]


def test_a_message_has_a_size() -> None:
    with pytest.raises(ValueError, match="at most"):
        frame(bytes(MAX_MESSAGE_BYTES + 1))


def test_order_is_kept_and_observations_travel_together() -> None:
    outbox, pipe = Outbox(), Pipe()
    outbox.put_observation(seen(1))
    outbox.put_observation(seen(2))
    outbox.put_event(Finished(id=1))
    outbox.put_observation(seen(3))
    assert outbox.events == 1
    assert outbox.write(pipe.send)
    assert pipe.events() == [
        Observed(observations=(seen(1), seen(2))),
        Finished(id=1),
        Observed(observations=(seen(3),)),
    ]
    assert outbox.is_empty


def test_a_blocked_reader_gets_the_rest_later() -> None:
    outbox, pipe = Outbox(), Pipe(room=10)
    for number in range(1000):
        outbox.put_observation(seen(number))
    assert not outbox.write(pipe.send)
    assert not outbox.is_empty
    while not outbox.is_empty:
        pipe.room = 1000
        outbox.write(pipe.send)
    times = [one.at for one in pipe.observations()]
    assert times == list(map(float, range(1000)))
    assert outbox.dropped == 0


def test_who_does_not_read_loses_the_oldest_observations_and_no_event() -> None:
    outbox, pipe = Outbox(max_observations=100), Pipe()
    for number in range(1000):
        outbox.put_observation(seen(number))
        if number % 100 == 50:
            outbox.put_event(Finished(id=number))
    assert outbox.dropped == 900
    assert outbox.write(pipe.send)
    events = pipe.events()
    assert [one.id for one in events if isinstance(one, Finished)] == list(range(50, 1000, 100))
    kept = [one.at for event in events if isinstance(event, Observed) for one in event.observations]
    assert kept == list(map(float, range(900, 1000)))
    after_last = events[[getattr(one, "id", 0) for one in events].index(950) :]
    assert isinstance(after_last[1], Observed)
    assert after_last[1].observations[0].at == 951


def test_of_progress_only_the_latest_waits() -> None:
    outbox, pipe = Outbox(), Pipe()
    for done in range(1000):
        outbox.put_event(Progress(id=1, done=done, total=1000))
    assert outbox.events == 0
    outbox.write(pipe.send)
    assert pipe.events() == [Progress(id=1, done=999, total=1000)]


def test_many_unread_events_mean_congestion() -> None:
    outbox = Outbox()
    for number in range(300):
        outbox.put_event(Finished(id=number))
    assert outbox.is_congested


def test_long_observations_are_spread_over_messages() -> None:
    outbox, pipe = Outbox(), Pipe()
    for _ in range(256):
        outbox.put_observation(NameSeen(at=0.0, source="dhcp", name="x" * 10_000))
    outbox.write(pipe.send)
    assert len(pipe.observations()) == 256
    assert outbox.dropped == 0


def test_an_observation_that_no_message_holds_is_dropped_and_counted() -> None:
    outbox, pipe = Outbox(), Pipe()
    outbox.put_observation(NameSeen(at=0.0, source="dhcp", name="x" * (MAX_MESSAGE_BYTES + 1)))
    outbox.put_observation(seen(1))
    outbox.write(pipe.send)
    assert pipe.events() == [Observed(observations=(seen(1),))]
    assert outbox.dropped == 1
