"""The tap's raw sockets: one AF_PACKET socket per link, one ICMP socket for routed networks."""

import contextlib
import ctypes
import errno
import os
import socket
import struct
from collections import deque
from typing import Final, NoReturn, Protocol

from collectors.tap import bpf
from collectors.tap.own import OwnLink, read_own_links
from collectors.tap.ring import Ring
from collectors.tap.tagged_port import KernelTaggedPort, PortLost, TaggedPort
from collectors.wire.errors import Buffer

RECEIVE_BUFFER_BYTES: Final = 8 << 20
SEND_BUFFER_BYTES: Final = 1 << 20
MAX_FRAME_BYTES: Final = 9216

__all__ = ["KernelNetwork", "Network", "Port", "PortLost"]


class Port(Protocol):
    """A non-blocking raw socket."""

    def fileno(self) -> int:
        """The descriptor to wait on."""

    def send(self, frame: Buffer) -> None:
        """Send one frame or packet.

        Raises BlockingIOError when there is no room now, PortLost when the link is gone, OSError
        when the kernel refuses this one.
        """

    def receive(self) -> bytes:
        """The next frame or packet; raises BlockingIOError when there is none, or PortLost."""

    def take_drops(self) -> int:
        """How many frames the kernel dropped since the last call, for want of buffer."""

    def close(self) -> None:
        """Release the descriptor."""


class Network(Protocol):
    """What the loop needs of the machine."""

    def own_links(self) -> tuple[OwnLink, ...]:
        """The interfaces as they are now."""

    def open_link(self, interface: str) -> Port:
        """A port for Ethernet frames; raises PortLost when the interface is down or away."""

    def open_tagged(self, interface: str) -> TaggedPort:
        """A port for frames of other VLANs; raises PortLost when the interface is down or away."""

    def open_echo(self) -> Port:
        """A port for whole IPv4 packets that carry ICMP, sent by the kernel's routes."""


class KernelNetwork:
    """The real one."""

    def own_links(self) -> tuple[OwnLink, ...]:
        """The interfaces as they are now."""
        return read_own_links()

    def open_link(self, interface: str) -> Port:
        """A filtered AF_PACKET socket on one interface."""
        return LinkPort(interface)

    def open_tagged(self, interface: str) -> TaggedPort:
        """An AF_PACKET socket for the tagged frames of one interface."""
        return KernelTaggedPort(interface)

    def open_echo(self) -> Port:
        """A raw ICMP socket."""
        return EchoPort()


class LinkPort:
    """Frames of one Ethernet link, filtered in the kernel, multicast of every group included."""

    def __init__(self, interface: str) -> None:
        self._interface = interface
        self._ring: Ring | None = None
        self._waiting: deque[bytes] = deque()
        # Protocol 0 receives nothing, so no frame passes before the filter is in place.
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        try:
            self._configure()
        except OSError as error:
            self.close()
            if error.errno in _LOST:
                raise PortLost(f"{interface}: {error.strerror}") from None
            raise

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._socket.fileno()

    def send(self, frame: Buffer) -> None:
        """Send one frame; see `Port`."""
        try:
            self._socket.send(frame)
        except BlockingIOError:
            raise
        except OSError as error:
            self._translate(error)

    def receive(self) -> bytes:
        """The next frame; see `Port`."""
        if self._waiting:
            return self._waiting.popleft()
        try:
            if self._ring is None:
                return self._socket.recv(MAX_FRAME_BYTES)
            self._waiting.extend(self._ring.take())
            if self._waiting:
                return self._waiting.popleft()
            self._raise_pending()
        except BlockingIOError:
            raise
        except OSError as error:
            self._translate(error)
            raise

    def take_drops(self) -> int:
        """Frames dropped since the last call (PACKET_STATISTICS resets as it is read)."""
        try:
            data = self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8)
        except OSError:
            return 0
        return int(struct.unpack("=II", data)[1])

    def close(self) -> None:
        """Release the descriptor."""
        if self._ring is not None:
            self._ring.close()
            self._ring = None
        self._waiting.clear()
        self._socket.close()

    def _raise_pending(self) -> NoReturn:
        """With a ring nobody reads the socket, so its error has to be asked for."""
        number = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            raise OSError(number, os.strerror(number))
        raise BlockingIOError

    def _configure(self) -> None:
        self._socket.setblocking(False)
        _attach_filter(self._socket)
        with contextlib.suppress(OSError):  # the filter rejects outgoing frames on older kernels
            self._socket.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
        _enlarge_buffers(self._socket)
        with contextlib.suppress(OSError):  # then frames are read one by one
            self._ring = Ring(self._socket, MAX_FRAME_BYTES)
        index = socket.if_nametoindex(self._interface)
        # Listener reports go to ff02::16, which the interface would not pass up (RFC 3810 §5.2.14).
        membership = struct.pack("=iHH8s", index, _PACKET_MR_ALLMULTI, 0, b"")
        self._socket.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, membership)
        self._socket.bind((self._interface, _ETH_P_ALL))

    def _translate(self, error: OSError) -> None:
        if error.errno in _LOST:
            raise PortLost(f"{self._interface}: {error.strerror}") from None
        if error.errno == errno.ENOBUFS:
            raise BlockingIOError(error.errno, error.strerror) from None
        raise error


class EchoPort:
    """ICMP echo over IPv4 by the kernel's routes: whole packets out, whole packets in."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        try:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
            all_but_replies = 0xFFFFFFFF & ~(1 << _ICMP_ECHO_REPLY)
            self._socket.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("=I", all_but_replies))
            _enlarge_buffers(self._socket)
        except OSError:
            self._socket.close()
            raise

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._socket.fileno()

    def send(self, frame: Buffer) -> None:
        """Send one packet to the destination in its header."""
        try:
            self._socket.sendto(frame, (socket.inet_ntoa(bytes(frame[16:20])), 0))
        except BlockingIOError:
            raise
        except OSError as error:
            if error.errno == errno.ENOBUFS:
                raise BlockingIOError(error.errno, error.strerror) from None
            raise

    def receive(self) -> bytes:
        """The next packet."""
        return self._socket.recv(MAX_FRAME_BYTES)

    def take_drops(self) -> int:
        """Raw sockets do not tell."""
        return 0

    def close(self) -> None:
        """Release the descriptor."""
        self._socket.close()


_SOL_RAW: Final = 255
_SOL_PACKET: Final = 263
_PACKET_ADD_MEMBERSHIP: Final = 1
_PACKET_STATISTICS: Final = 6
_PACKET_IGNORE_OUTGOING: Final = 23
_PACKET_MR_ALLMULTI: Final = 2
_ETH_P_ALL: Final = 0x0003
_SO_ATTACH_FILTER: Final = 26
_SO_SNDBUFFORCE: Final = 32
_SO_RCVBUFFORCE: Final = 33
_ICMP_FILTER: Final = 1
_ICMP_ECHO_REPLY: Final = 0
_LOST: Final = frozenset((errno.ENETDOWN, errno.ENXIO, errno.ENODEV))


def _attach_filter(target: socket.socket) -> None:
    program = bpf.link_filter()
    instructions = ctypes.create_string_buffer(bpf.pack(program))
    head = struct.pack("HP", len(program), ctypes.addressof(instructions))
    target.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, head)


def _enlarge_buffers(target: socket.socket) -> None:
    """Beyond the system's limit where the right is there, else up to it."""
    for forced, plain, size in (
        (_SO_RCVBUFFORCE, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES),
        (_SO_SNDBUFFORCE, socket.SO_SNDBUF, SEND_BUFFER_BYTES),
    ):
        try:
            target.setsockopt(socket.SOL_SOCKET, forced, size)
        except OSError:
            with contextlib.suppress(OSError):
                target.setsockopt(socket.SOL_SOCKET, plain, size)
