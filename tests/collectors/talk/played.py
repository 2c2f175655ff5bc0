"""Connections that are played: a server is an object that says octets when it hears some."""

import asyncio
import ssl
from collections.abc import Callable, Iterable
from typing import Protocol

from collectors.places import Place
from collectors.talk.channel import Channel
from collectors.tcp.dial import Refused
from tests.collectors.virtual_time import now

LATENCY_S = 0.01


class Server(Protocol):
    """One connection's other side; None as an answer closes it."""

    def greeting(self) -> Iterable[bytes | None]: ...

    def heard(self, data: bytes) -> Iterable[bytes | None]: ...


class Says:
    """Says fixed things: at once, and after the first octets that it hears."""

    def __init__(self, *first: bytes | None, then: Iterable[bytes | None] = ()) -> None:
        self.received = bytearray()
        self._first = first
        self._then = tuple(then)

    def greeting(self) -> Iterable[bytes | None]:
        return self._first

    def heard(self, data: bytes) -> Iterable[bytes | None]:
        self.received += data
        then, self._then = self._then, ()
        return then


class PlayedChannel:
    """See collectors.talk.channel.Channel; takes a hundredth of a second for each answer."""

    def __init__(self, server: Server, drip_s: float = LATENCY_S) -> None:
        self.sent = bytearray()
        self.closed_at: float | None = None
        self._server = server
        self._drip_s = drip_s
        self._coming: list[bytes | None] = list(server.greeting())
        self._arrived = asyncio.Event()

    async def send(self, data: bytes) -> None:
        if self.closed_at is not None:
            raise BrokenPipeError(32, "Broken pipe")
        self.sent += data
        self._coming += self._server.heard(data)
        self._arrived.set()

    async def receive(self, limit: int) -> bytes:
        while not self._coming:
            self._arrived.clear()
            await self._arrived.wait()
        await asyncio.sleep(self._drip_s)
        data = self._coming.pop(0)
        if data is None:
            self._coming.insert(0, None)
            return b""
        if len(data) > limit:
            self._coming.insert(0, data[limit:])
        return data[:limit]

    async def close(self) -> None:
        self.closed_at = now()

    def abandon(self) -> None:
        if self.closed_at is None:
            self.closed_at = now()


class Street:
    """Doors by address and port; what is no door refuses. Counts who stands at one device."""

    def __init__(self, doors: dict[tuple[str, int], Callable[[], Server]]) -> None:
        self.doors = doors
        self.called: list[tuple[float, str, int]] = []
        self.channels: list[PlayedChannel] = []
        self.dead: set[str] = set()
        self._addresses: dict[int, str] = {}

    async def __call__(self, place: Place, port: int, timeout_s: float) -> Channel | Refused:
        standing = [one for one in self.channels if one.closed_at is None]
        assert not any(self._address(one) == place.address for one in standing), "two at a time"
        self.called.append((now(), place.address, port))
        if place.address in self.dead:
            await asyncio.sleep(timeout_s)
            return Refused("silent")
        make = self.doors.get((place.address, port))
        if make is None:
            return Refused("closed")
        channel = PlayedChannel(make())
        self._addresses[id(channel)] = place.address
        self.channels.append(channel)
        return channel

    def _address(self, channel: PlayedChannel) -> str:
        return self._addresses[id(channel)]


class TlsServer:
    """A server of Python's own ssl that answers what it hears inside with `answer`."""

    def __init__(self, context: ssl.SSLContext, answer: bytes = b"") -> None:
        self.heard_inside = b""
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._shaken = False
        self._answer = answer

    def greeting(self) -> Iterable[bytes | None]:
        return ()

    def heard(self, data: bytes) -> Iterable[bytes | None]:
        self._incoming.write(data)
        try:
            if not self._shaken:
                self._tls.do_handshake()
                self._shaken = True
            self.heard_inside += self._tls.read(65536)
            self._tls.write(self._answer)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            return [self._outgoing.read(), None]
        said = self._outgoing.read()
        return [said] if said else []
