"""A TCP connection on which a few octets are said and a bounded answer is read."""

import asyncio
import errno
import socket
from typing import Protocol

from collectors.places import Place
from collectors.tcp.dial import Refused, SocketConnection

READ_BYTES = 16384

_UNREACHABLE = frozenset(
    {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN, errno.ETIMEDOUT}
)


class Channel(Protocol):
    """An established connection."""

    async def send(self, data: bytes) -> None:
        """Send all of it; raises OSError when the peer is gone."""

    async def receive(self, limit: int) -> bytes:
        """At most `limit` octets as they come; b"" at the end, also when the peer resets."""

    async def close(self) -> None:
        """End in order: read what is left, send FIN, wait a moment for the peer's."""

    def abandon(self) -> None:
        """The same without waiting; nothing happens after `close`."""


class Caller(Protocol):
    """Makes connections."""

    async def __call__(self, place: Place, port: int, timeout_s: float) -> Channel | Refused:
        """Connect; never raises on the peer's account."""


class SocketChannel:
    """See Channel."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._ending = SocketConnection(sock)
        self._loop = asyncio.get_running_loop()

    async def send(self, data: bytes) -> None:
        """See Channel."""
        await self._loop.sock_sendall(self._socket, data)

    async def receive(self, limit: int) -> bytes:
        """See Channel."""
        try:
            return await self._loop.sock_recv(self._socket, min(limit, READ_BYTES))
        except ConnectionError:
            return b""

    async def close(self) -> None:
        """See Channel."""
        await self._ending.close()

    def abandon(self) -> None:
        """See Channel."""
        self._ending.abandon()


async def call(place: Place, port: int, timeout_s: float) -> Channel | Refused:
    """See Caller; with the kernel's own TCP."""
    family = socket.AF_INET6 if place.version == 6 else socket.AF_INET
    try:
        sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    except OSError as error:
        return Refused("local", error.strerror or str(error))
    where = (place.address, port, 0, place.link) if place.version == 6 else (place.address, port)
    try:
        async with asyncio.timeout(timeout_s):
            await asyncio.get_running_loop().sock_connect(sock, where)
    except TimeoutError:
        sock.close()
        return Refused("silent")
    except ConnectionError:
        sock.close()
        return Refused("closed")
    except OSError as error:
        sock.close()
        name = errno.errorcode.get(error.errno or 0, str(error))
        return Refused("unreachable" if error.errno in _UNREACHABLE else "local", name)
    except BaseException:
        sock.close()
        raise
    return SocketChannel(sock)
