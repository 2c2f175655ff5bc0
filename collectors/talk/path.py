"""Whether large IPv6 packets get through: echoes of a given size, and data that must be confirmed.

Echoes go through a datagram ICMPv6 socket, which needs no right where the kernel's
`net.ipv4.ping_group_range` holds the agent's group (ping(8)); their packets are not fragmented,
unless that is asked for, and ignore what the kernel has learnt of the path (RFC 4821 §5.1), so that
each look is a new one.
"""

import asyncio
import errno
import fcntl
import os
import socket
import struct
import termios
from collections.abc import Iterator
from typing import Final, Literal, Protocol

from collectors.observation import PathSize
from collectors.places import Place

HEADERS_BYTES: Final = 48  # IPv6 and ICMPv6 echo
ECHO_REQUEST, ECHO_REPLY = 128, 129
IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT, IPV6_PMTUDISC_PROBE = 23, 0, 3
IPV6_MTU, FRAGMENT_BYTES = 24, 1280
IPV6_RECVERR, IPV6_DONTFRAG = 25, 62
SO_EE_ORIGIN_LOCAL, SO_EE_ORIGIN_ICMP6 = 1, 3
MSG_ERRQUEUE: Final = 0x2000
PACKET_TOO_BIG: Final = 2
ERROR = struct.Struct("=IBBBBII")  # sock_extended_err (ip(7))

ECHO_S: Final = 1.5
TRIES: Final = 3
UPLOAD_BYTES: Final = 12288
CONNECT_S: Final = 4.0
UPLOAD_S: Final = 6.0
POLL_S: Final = 0.05

Upload = Literal["ok", "stalled", "no_connection", "not_tried"]


class EchoForbidden(Exception):
    """The kernel lets this process send no echo requests; the text says why."""


class Echoer(Protocol):
    """Sends echo requests of a given size."""

    async def __call__(
        self, address: str, size_bytes: int, *, in_fragments: bool = False
    ) -> PathSize:
        """What came of packets of so many octets, IPv6 header included; raises EchoForbidden.

        `in_fragments` cuts each into pieces that fit every path (RFC 8200 §4.5, §5).
        """


class Uploader(Protocol):
    """Sends data that must be confirmed."""

    async def __call__(self, place: Place, port: int) -> Upload:
        """Connect, send more than a few full packets and wait until all are acknowledged."""


async def echo(address: str, size_bytes: int, *, in_fragments: bool = False) -> PathSize:
    """See Echoer; a packet is sent three times at most."""
    try:
        sock = socket.socket(
            socket.AF_INET6, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, socket.IPPROTO_ICMPV6
        )
    except OSError as error:
        raise EchoForbidden(error.strerror or str(error)) from error
    with sock:
        if in_fragments:
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT)
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU, FRAGMENT_BYTES)
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE)
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_DONTFRAG, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
        return await _Echo(sock, size_bytes).run(address)


class _Echo:
    """One socket and what came in on it."""

    def __init__(self, sock: socket.socket, size_bytes: int) -> None:
        self._sock = sock
        self._size = size_bytes
        self._token = os.urandom(16)
        self._done = asyncio.Event()
        self._answered = False
        self._too_big: int | None = None

    async def run(self, address: str) -> PathSize:
        loop = asyncio.get_running_loop()
        loop.add_reader(self._sock.fileno(), self._ready)
        try:
            for number in range(TRIES):
                self._send(address, number)
                try:
                    async with asyncio.timeout(ECHO_S):
                        await self._done.wait()
                except TimeoutError:
                    continue
                break
        finally:
            loop.remove_reader(self._sock.fileno())
        return PathSize(self._size, self._answered, None if self._answered else self._too_big)

    def _send(self, address: str, number: int) -> None:
        filling = self._size - HEADERS_BYTES - len(self._token)
        packet = struct.pack("!BBHHH", ECHO_REQUEST, 0, 0, 0, number) + self._token + bytes(filling)
        try:
            self._sock.sendto(packet, (address, 0))
        except OSError as error:
            if error.errno == errno.EMSGSIZE:
                self._read_errors()
            if self._too_big is None and error.errno not in (errno.EAGAIN, errno.EMSGSIZE):
                self._read_errors()  # a pending error of before is told here, and the send is lost

    def _ready(self) -> None:
        self._read_errors()
        try:
            while True:
                data = self._sock.recv(65535)
                if len(data) >= 24 and data[0] == ECHO_REPLY and data[8:24] == self._token:
                    self._answered = True
                    self._done.set()
        except OSError:
            return

    def _read_errors(self) -> None:
        for mtu in _told_mtus(self._sock):
            self._too_big = min(mtu, self._too_big or mtu)
            self._done.set()


def _told_mtus(sock: socket.socket) -> Iterator[int]:
    """The path MTUs that routers, or the own link, have told this socket since the last look."""
    while True:
        try:
            _, ancillary, _, _ = sock.recvmsg(0, 512, MSG_ERRQUEUE | socket.MSG_DONTWAIT)
        except OSError:
            return
        for level, kind, data in ancillary:
            if (level, kind) != (socket.IPPROTO_IPV6, IPV6_RECVERR) or len(data) < ERROR.size:
                continue
            number, origin, icmp_type, _, _, info, _ = ERROR.unpack_from(data)
            by_router = origin == SO_EE_ORIGIN_ICMP6 and icmp_type == PACKET_TOO_BIG
            by_link = origin == SO_EE_ORIGIN_LOCAL and number == errno.EMSGSIZE
            if (by_router or by_link) and info:
                yield info


async def upload(place: Place, port: int) -> Upload:
    """See Uploader; the data are a harmless request that is far too long."""
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if place.version == 6 else socket.AF_INET
    try:
        sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    except OSError:
        return "no_connection"
    with sock:
        where = (place.address, port, 0, place.link) if family == socket.AF_INET6 else None
        try:
            async with asyncio.timeout(CONNECT_S):
                await loop.sock_connect(sock, where or (place.address, port))
        except (TimeoutError, OSError):
            return "no_connection"
        try:
            async with asyncio.timeout(UPLOAD_S):
                await loop.sock_sendall(sock, request(place.address, port))
                while _unacknowledged(sock):  # noqa: ASYNC110  no event tells of it
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            return "stalled"
        except OSError:
            return "ok"  # a reset needs what it answers to
        return "ok"


def request(address: str, port: int) -> bytes:
    """What is uploaded: a GET with one field that makes it long, as servers refuse it."""
    host = f"[{address}]" if ":" in address else address
    head = f"GET / HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\nX-Path-Mtu: "
    return (head + "x" * (UPLOAD_BYTES - len(head) - 4) + "\r\n\r\n").encode()


def _unacknowledged(sock: socket.socket) -> int:
    """Octets that the peer has not acknowledged (SIOCOUTQ, tcp(7)); raises OSError after a reset.

    A reset empties the queue as well; the pending error tells it.
    """
    code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))
    (left,) = struct.unpack("i", fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, struct.pack("i", 0)))
    return int(left)
