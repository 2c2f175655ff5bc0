"""Opens TCP connections without blocking, reads what the peer says first, and closes in order.

No byte is ever sent. A connection ends with our FIN after everything that the peer sent was read,
so that the kernel has no reason to answer with a reset.
"""

import asyncio
import contextlib
import errno
import socket
from typing import Literal, Protocol

import msgspec

from collectors.places import Place

# No answer; an ICMP error about it; refused by a reset; not even sent, for reasons of our own host.
Refusal = Literal["silent", "unreachable", "closed", "local"]

LINGER_S = 0.25
READ_BYTES = 4096
DRAIN_BYTES = 65536

_UNREACHABLE = frozenset(
    {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES, errno.EPERM, errno.EHOSTDOWN,
     errno.ENOPROTOOPT, errno.EPROTO, errno.EOPNOTSUPP, errno.ENETDOWN}
)  # fmt: skip


class Refused(msgspec.Struct, frozen=True):
    """A connection that did not come about, and why."""

    how: Refusal
    error: str = ""


class Connection(Protocol):
    """An established connection on which nothing is ever sent."""

    async def read(self, limit: int, timeout_s: float, quiet_s: float) -> bytes:
        """What the peer sends of its own accord: until `limit` bytes, its end, `timeout_s` without
        a first byte, or `quiet_s` without a further one.
        """

    async def close(self) -> None:
        """Read what is left, send FIN, wait a moment for the peer's, and let go."""

    def abandon(self) -> None:
        """The same without waiting; nothing happens after `close`."""


class Dialer(Protocol):
    """Makes connections."""

    def dial(
        self, place: Place, port: int, timeout_s: float
    ) -> "asyncio.Future[Connection | Refused]":
        """Begin to connect; the future never fails. Cancelling it gives the attempt up."""


class SocketDialer:
    """Dials with the kernel's own TCP, on the running event loop."""

    def dial(
        self, place: Place, port: int, timeout_s: float
    ) -> "asyncio.Future[Connection | Refused]":
        """See Dialer."""
        loop = asyncio.get_running_loop()
        attempt: asyncio.Future[Connection | Refused] = loop.create_future()
        family = socket.AF_INET6 if ":" in place.address else socket.AF_INET
        try:
            sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        except OSError as error:
            attempt.set_result(Refused("local", error.strerror or str(error)))
            return attempt
        code = sock.connect_ex(_sockaddr(place, port))
        if code == errno.EINPROGRESS:
            _Attempt(loop, sock, attempt, timeout_s)
        elif code == 0:
            attempt.set_result(SocketConnection(sock))
        else:
            sock.close()
            refused = Refused("closed") if code == errno.ECONNREFUSED else _local(code)
            attempt.set_result(refused)
        return attempt


class SocketConnection:
    """See Connection."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    async def read(self, limit: int, timeout_s: float, quiet_s: float) -> bytes:
        """See Connection."""
        loop = asyncio.get_running_loop()
        heard = bytearray()
        wait_s = timeout_s
        deadline = loop.time() + timeout_s
        while len(heard) < limit:
            try:
                async with asyncio.timeout(min(wait_s, max(0.0, deadline - loop.time()))):
                    chunk = await loop.sock_recv(self._socket, min(READ_BYTES, limit - len(heard)))
            except (TimeoutError, OSError):
                break
            if not chunk:
                break
            heard += chunk
            wait_s = quiet_s
        return bytes(heard)

    async def close(self) -> None:
        """See Connection."""
        try:
            self._drain()
            self._socket.shutdown(socket.SHUT_WR)
            await self.read(DRAIN_BYTES, LINGER_S, LINGER_S)
        except OSError:
            pass  # the peer was faster; there is nothing left to end in order
        finally:
            self._socket.close()

    def abandon(self) -> None:
        """See Connection."""
        if self._socket.fileno() != -1:
            with contextlib.suppress(OSError):
                self._drain()
            self._socket.close()

    def _drain(self) -> None:
        left = DRAIN_BYTES
        try:
            while left > 0 and (chunk := self._socket.recv(READ_BYTES)):
                left -= len(chunk)
        except BlockingIOError:
            pass


class _Attempt:
    """One pending connect: the socket, its future and its deadline. Ends exactly once."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        attempt: "asyncio.Future[Connection | Refused]",
        timeout_s: float,
    ) -> None:
        self._loop = loop
        self._socket = sock
        self._attempt = attempt
        self._deadline = loop.call_later(timeout_s, self._end, Refused("silent"))
        self._descriptor = sock.fileno()
        loop.add_writer(self._descriptor, self._ready)
        attempt.add_done_callback(self._cancelled)

    def _ready(self) -> None:
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code == 0:
            self._end(None)
        elif code in (errno.ECONNREFUSED, errno.ECONNRESET):
            self._end(Refused("closed"))
        elif code == errno.ETIMEDOUT:
            self._end(Refused("silent"))
        elif code in _UNREACHABLE:
            self._end(Refused("unreachable", errno.errorcode.get(code, str(code))))
        else:
            self._end(_local(code))

    def _end(self, refused: Refused | None) -> None:
        self._stop()
        if self._attempt.done():
            self._socket.close()
        elif refused is None:
            self._attempt.set_result(SocketConnection(self._socket))
        else:
            self._socket.close()
            self._attempt.set_result(refused)

    def _cancelled(self, attempt: "asyncio.Future[Connection | Refused]") -> None:
        if attempt.cancelled():
            self._stop()
            self._socket.close()

    def _stop(self) -> None:
        self._deadline.cancel()
        if self._socket.fileno() != -1:
            self._loop.remove_writer(self._descriptor)


SockAddress = tuple[str, int] | tuple[str, int, int, int]


def _sockaddr(place: Place, port: int) -> SockAddress:
    if ":" in place.address:
        return (place.address, port, 0, place.link)
    return (place.address, port)


def _local(code: int) -> Refused:
    return Refused("local", errno.errorcode.get(code, str(code)))
