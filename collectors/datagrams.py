"""One UDP socket on the event loop: sends to many, keeps what comes back in a bounded queue."""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import AsyncGenerator
from typing import Literal, Protocol

import msgspec

MAX_WAITING = 1024
MAX_BYTES = 9216  # a multicast DNS message has at most 9000 octets (RFC 6762 §17)
READ_AT_ONCE = 64


class Datagram(msgspec.Struct, frozen=True):
    """What came, from whom; the address has no zone."""

    data: bytes
    address: str
    port: int


class Endpoint(Protocol):
    """A socket for datagrams."""

    def send(self, data: bytes, address: str, port: int, link: int = 0) -> None:
        """Send one datagram; raises OSError when the kernel does not take it."""

    async def receive(self, timeout_s: float) -> Datagram | None:
        """The next datagram, or None when none came in time."""

    def close(self) -> None:
        """Let go of the socket."""


class Opener(Protocol):
    """Makes endpoints."""

    def __call__(self, version: Literal[4, 6], link: int = 0) -> Endpoint:
        """A socket on a port of the kernel's choice; multicast leaves through `link`.

        Raises OSError.
        """


def open_endpoint(version: Literal[4, 6], link: int = 0, hops: int = 255) -> Endpoint:
    """See Opener; `hops` is how far multicast goes, 255 as RFC 6762 §11 wants it."""
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        if version == 4:
            sock.bind(("", 0))
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind(("::", 0))
        if link:
            _send_multicast_through(sock, version, link, hops)
    except OSError:
        sock.close()
        raise
    return UdpEndpoint(sock)


async def received(endpoint: Endpoint, wait_s: float) -> AsyncGenerator[Datagram, None]:
    """All that comes within a time, however much of it."""
    now = asyncio.get_running_loop().time
    end = now() + wait_s
    while (left_s := end - now()) > 0:
        datagram = await endpoint.receive(left_s)
        if datagram is None:
            return
        yield datagram


class UdpEndpoint:
    """See Endpoint. When the queue is full, what comes later is dropped and counted."""

    def __init__(self, sock: socket.socket) -> None:
        self.dropped = 0
        self._socket = sock
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Datagram] = deque()
        self._arrived = asyncio.Event()
        self._loop.add_reader(sock.fileno(), self._read)

    def send(self, data: bytes, address: str, port: int, link: int = 0) -> None:
        """See Endpoint."""
        if ":" in address:
            self._socket.sendto(data, (address, port, 0, link))
        else:
            self._socket.sendto(data, (address, port))

    async def receive(self, timeout_s: float) -> Datagram | None:
        """See Endpoint."""
        if not self._waiting:
            self._arrived.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._arrived.wait()
            except TimeoutError:
                return None
        return self._waiting.popleft()

    def close(self) -> None:
        """See Endpoint."""
        if self._socket.fileno() != -1:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()

    def _read(self) -> None:
        for _ in range(READ_AT_ONCE):
            try:
                data, source = self._socket.recvfrom(MAX_BYTES)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP error about an earlier datagram
            if len(self._waiting) >= MAX_WAITING:
                self.dropped += 1
                continue
            self._waiting.append(Datagram(data, str(source[0]).partition("%")[0], int(source[1])))
            self._arrived.set()


def _send_multicast_through(sock: socket.socket, version: int, link: int, hops: int) -> None:
    if version == 4:
        request = struct.pack("=4s4si", bytes(4), bytes(4), link)  # struct ip_mreqn
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, request)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, hops)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, link)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, hops)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
