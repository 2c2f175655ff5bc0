"""The one event loop that serves all hosts, and what a service needs to know of its host."""

import asyncio
import ipaddress
import socket
import struct
import threading
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

import msgspec

from agent.lab.namespaces import LabError, Namespace
from agent.lab.topology import Host, LanPlan
from agent.lab.truth import HostTruth

T = TypeVar("T")
Closer = Callable[[], None]


class Received(msgspec.Struct, frozen=True):
    """What somebody sent to a recording TCP port; `data` is cut at 4 KiB."""

    host: str
    port: int
    peer: str
    data: bytes


class Place(msgspec.Struct, frozen=True):
    """Where a service runs: its host, the host's namespace, the whole plan.

    `record` takes what a TCP service was sent, `neighbours` reads the truth of all hosts.
    """

    host: Host
    namespace: Namespace
    plan: LanPlan
    record: Callable[[Received], None]
    neighbours: Callable[[], Mapping[str, HostTruth]]

    def ipv6_addresses(self, interface: str = "eth0") -> tuple[str, ...]:
        """IPv6 addresses that can be used now, as the kernel has them."""
        index = self.namespace.netlink.index(interface)
        return tuple(
            found.address
            for found in self.namespace.netlink.addresses()
            if found.index == index
            and ":" in found.address
            and not found.flags & {"tentative", "dadfailed"}
        )

    def udp(self, family: int, port: int, *, device: str | None = "eth0") -> socket.socket:
        """A non-blocking UDP socket bound to `port` on all addresses of one interface."""
        sock = self.namespace.socket(family, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if device is not None:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                sock.bind(("::", port))
            else:
                sock.bind(("0.0.0.0", port))  # noqa: S104 - inside a private namespace
        except BaseException:
            sock.close()
            raise
        return sock

    def join(self, sock: socket.socket, group: str, interface: str = "eth0") -> None:
        """Make `sock` a member of a multicast group and send its multicast from there."""
        index = self.namespace.netlink.index(interface)
        address = ipaddress.ip_address(group)
        if address.version == 6:
            member = address.packed + struct.pack("=I", index)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, member)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
        else:
            request = address.packed + bytes(4) + struct.pack("=i", index)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, request)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)

    def families(self) -> tuple[int, ...]:
        """Address families that the host has on eth0."""
        found = []
        if self.host.ipv4 is not None or self.host.any_ip:
            found.append(int(socket.AF_INET))
        if self.host.ipv6 != "none":
            found.append(int(socket.AF_INET6))
        return tuple(found)


class Stage:
    """An event loop in a thread of its own; stops with `close()`."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._closers: list[Closer] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._work, name="lab-services", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], timeout_s: float = 30.0) -> T:
        """Run a coroutine on the loop from any other thread and wait for its result."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout_s)
        except TimeoutError as error:
            future.cancel()
            raise LabError(f"a service of the lab took over {timeout_s:g} s to start") from error

    def on_close(self, closer: Closer) -> None:
        """Call `closer` on the loop when the stage closes, last registered first."""
        self._closers.append(closer)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Let a coroutine run until the stage closes; call from the loop only."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def reads(self, sock: socket.socket, answer: Callable[[], None]) -> None:
        """Call `answer` whenever `sock` can be read; close it with the stage."""

        def guarded() -> None:
            try:
                answer()
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                # Unreachable peers and links that are down are part of the play.
                return

        self._loop.add_reader(sock.fileno(), guarded)

        def close() -> None:
            self._loop.remove_reader(sock.fileno())
            sock.close()

        self.on_close(close)

    def close(self) -> None:
        """Stop all services and the thread."""
        if not self._thread.is_alive():
            return
        asyncio.run_coroutine_threadsafe(self._finish(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _finish(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        while self._closers:
            self._closers.pop()()

    def _work(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
