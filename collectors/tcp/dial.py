"""Opens TCP connections without blocking, reads what the peer says first, and closes in order.

No byte is ever sent. A connection ends with our FIN after everything that the peer sent was read,
so that the kernel has no reason to answer with a reset.
"""

import asyncio
import contextlib
import errno
import heapq
import select
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

    def __init__(self) -> None:
        self._board: _Board | None = None

    def dial(
        self, place: Place, port: int, timeout_s: float
    ) -> "asyncio.Future[Connection | Refused]":
        """See Dialer."""
        if self._board is None or self._board.is_closed:
            self._board = _Board(asyncio.get_running_loop())
        attempt = _Attempt(self._board)
        family = socket.AF_INET6 if ":" in place.address else socket.AF_INET
        try:
            sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        except OSError as error:
            attempt.set_result(Refused("local", error.strerror or str(error)))
            return attempt
        code = sock.connect_ex(_sockaddr(place, port))
        if code == errno.EINPROGRESS:
            self._board.add(attempt, sock, timeout_s)
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


class _Attempt(asyncio.Future["Connection | Refused"]):
    """A pending connect; cancelling it closes its socket at once."""

    def __init__(self, board: "_Board") -> None:
        super().__init__(loop=board.loop)
        self._board = board
        self.descriptor = -1

    def cancel(self, msg: object = None) -> bool:
        """See asyncio.Future."""
        cancelled = super().cancel(msg)
        if cancelled:
            self._board.drop(self)
        return cancelled


class _Board:
    """All pending connects of a dialer behind one descriptor and one timer.

    The event loop's own handles and timers cost more than the connect itself, three thousand times
    over. Closes itself when nothing is pending; a closed board takes no more.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.is_closed = False
        self._epoll = select.epoll()
        self._pending: dict[int, tuple[_Attempt, socket.socket]] = {}
        self._deadlines: list[tuple[float, int, _Attempt]] = []
        self._added = 0
        self._timer: asyncio.TimerHandle | None = None
        loop.add_reader(self._epoll.fileno(), self._ready)

    def add(self, attempt: _Attempt, sock: socket.socket, timeout_s: float) -> None:
        """Wait until a socket is connected, refused, or late."""
        attempt.descriptor = sock.fileno()
        self._pending[attempt.descriptor] = (attempt, sock)
        self._epoll.register(attempt.descriptor, select.EPOLLOUT)
        self._added += 1
        deadline = self.loop.time() + timeout_s
        heapq.heappush(self._deadlines, (deadline, self._added, attempt))
        if self._timer is None or deadline < self._timer.when():
            self._wake_at(deadline)

    def drop(self, attempt: _Attempt) -> None:
        """Close the socket of an attempt that nobody waits for."""
        sock = self._take(attempt)
        if sock is not None:
            sock.close()
            self._close_if_idle()

    def _ready(self) -> None:
        for descriptor, _ in self._epoll.poll(0):
            attempt, sock = self._pending[descriptor]
            self._take(attempt)
            refused = _refusal(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
            if refused is None:
                attempt.set_result(SocketConnection(sock))
            else:
                sock.close()
                attempt.set_result(refused)
        self._close_if_idle()

    def _expire(self) -> None:
        self._timer = None
        now = self.loop.time()
        while self._deadlines and (
            self._deadlines[0][0] <= now or self._deadlines[0][2].descriptor < 0
        ):
            attempt = heapq.heappop(self._deadlines)[2]
            sock = self._take(attempt)
            if sock is not None:
                sock.close()
                attempt.set_result(Refused("silent"))
        self._close_if_idle()
        if self._deadlines and not self.is_closed:
            self._wake_at(self._deadlines[0][0])

    def _take(self, attempt: _Attempt) -> socket.socket | None:
        """The socket of a pending attempt, which then is no longer pending."""
        if attempt.descriptor < 0:
            return None
        _, sock = self._pending.pop(attempt.descriptor)
        self._epoll.unregister(attempt.descriptor)
        attempt.descriptor = -1
        return sock

    def _wake_at(self, deadline: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_at(deadline, self._expire)

    def _close_if_idle(self) -> None:
        if self._pending or self.is_closed:
            return
        self.is_closed = True
        self._deadlines.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.loop.remove_reader(self._epoll.fileno())
        self._epoll.close()


def _refusal(code: int) -> Refused | None:
    """What SO_ERROR says of a connect that ended; None: it was established.

    A reset in answer to the SYN is ECONNREFUSED; one that came later found a connection.
    """
    if code in (0, errno.ECONNRESET, errno.EPIPE):
        return None
    if code == errno.ECONNREFUSED:
        return Refused("closed")
    if code == errno.ETIMEDOUT:
        return Refused("silent")
    if code in _UNREACHABLE:
        return Refused("unreachable", errno.errorcode.get(code, str(code)))
    return _local(code)


SockAddress = tuple[str, int] | tuple[str, int, int, int]


def _sockaddr(place: Place, port: int) -> SockAddress:
    if ":" in place.address:
        return (place.address, port, 0, place.link)
    return (place.address, port)


def _local(code: int) -> Refused:
    return Refused("local", errno.errorcode.get(code, str(code)))
