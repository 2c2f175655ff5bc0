"""One agent's connection, over a socket pair: greeting, commands, and every way to end."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Iterator

import pytest

from collectors.tap.bucket import TokenBucket
from collectors.tap.fence import Fence
from collectors.tap.main import SystemClock
from collectors.tap.messages import Event, Finished, Ready, Watch
from collectors.tap.protocol import EventReader, encode
from collectors.tap.session import Session
from tests.collectors.tap.fakes import FakeNetwork

READY = Ready(protocol=1, version="test", networks=("10.66.7.0/24",), pace_per_second=1000)


class Ends:
    """An agent's end, and the session that serves it in a thread."""

    def __init__(self) -> None:
        self.agent, theirs = socket.socketpair()
        self.agent.settimeout(5)
        self.selector = selectors.DefaultSelector()
        clock, network = SystemClock(), FakeNetwork()
        fence = Fence(READY.networks, (), (), network.own_links)
        bucket = TokenBucket(1000, clock.monotonic)
        self.session = Session(
            theirs, self.selector, network, clock, fence, bucket, b"token", READY
        )
        self.reader = EventReader()
        self.thread = threading.Thread(target=self.session.run)
        self.thread.start()

    def read(self, kind: type[Event], count: int) -> list[Event]:
        """Read until `count` events of a kind have come."""
        events: list[Event] = []
        while sum(isinstance(event, kind) for event in events) < count:
            data = self.agent.recv(1 << 16)
            assert data, "the session ended"
            events += self.reader.feed(data)
        return [event for event in events if isinstance(event, kind)]

    def ended(self) -> bool:
        self.thread.join(5)
        return not self.thread.is_alive()


@pytest.fixture
def ends() -> Iterator[Ends]:
    made = Ends()
    yield made
    made.agent.close()
    assert made.ended()
    made.selector.close()


def test_it_greets_and_ends_with_the_agent(ends: Ends) -> None:
    assert ends.read(Ready, 1) == [READY]
    ends.agent.close()
    assert ends.ended()
    assert not ends.selector.get_map()


def test_commands_are_answered_in_order(ends: Ends) -> None:
    ends.agent.sendall(b"".join(encode(Watch(id=n, interfaces=())) for n in range(5)))
    finished = ends.read(Finished, 5)
    assert [one.id for one in finished if isinstance(one, Finished)] == list(range(5))


@pytest.mark.parametrize(
    "nonsense", [b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\1\xc1"], ids=["http", "no message"]
)
def test_nonsense_ends_the_session(ends: Ends, nonsense: bytes) -> None:
    ends.agent.sendall(nonsense)
    assert ends.ended()


def test_who_asks_without_reading_is_not_served_endlessly(ends: Ends) -> None:
    question = encode(Watch(id=1, interfaces=()))
    ends.agent.setblocking(False)
    asked = 0
    with contextlib.suppress(BlockingIOError):
        while asked < 1_000_000:
            assert ends.agent.send(question) == len(question)
            asked += 1
    assert asked < 1_000_000
    ends.agent.settimeout(5)
    assert len(ends.read(Finished, asked)) == asked
