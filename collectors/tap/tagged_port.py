"""A raw socket for the frames of other VLANs, with the tag that the kernel took from them."""

import ctypes
import errno
import socket
import struct
from typing import Final, Protocol

from collectors.tap import bpf

BUFFER_BYTES: Final = 1 << 20
MAX_FRAME_BYTES: Final = 9216


class PortLost(Exception):
    """The interface went down or away; the text says which."""


class TaggedPort(Protocol):
    """A non-blocking socket for tagged frames of one interface."""

    def fileno(self) -> int:
        """The descriptor to wait on."""

    def receive(self) -> tuple[int, bytes]:
        """The next frame without its outer tag, and the VLAN in that.

        Raises BlockingIOError when there is none, or PortLost.
        """

    def close(self) -> None:
        """Release the descriptor."""


class KernelTaggedPort:
    """The real one: AF_PACKET with a filter for tagged frames alone."""

    def __init__(self, interface: str) -> None:
        self._interface = interface
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        try:
            self._configure()
        except OSError as error:
            self._socket.close()
            raise PortLost(f"{interface}: {error.strerror}") from None

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._socket.fileno()

    def receive(self) -> tuple[int, bytes]:
        """The next frame; see `TaggedPort`."""
        try:
            data, ancillary, _, _ = self._socket.recvmsg(MAX_FRAME_BYTES, 64)
        except BlockingIOError:
            raise
        except OSError as error:
            if error.errno in (errno.ENETDOWN, errno.ENXIO, errno.ENODEV):
                raise PortLost(f"{self._interface}: {error.strerror}") from None
            raise BlockingIOError(error.errno, error.strerror) from None
        for level, kind, content in ancillary:
            if level == _SOL_PACKET and kind == _PACKET_AUXDATA and len(content) >= 18:
                return struct.unpack_from("=H", content, 16)[0] & 0x0FFF, data
        return 0, data

    def close(self) -> None:
        """Release the descriptor."""
        self._socket.close()

    def _configure(self) -> None:
        self._socket.setblocking(False)
        program = bpf.tagged_filter()
        instructions = ctypes.create_string_buffer(bpf.pack(program))
        head = struct.pack("HP", len(program), ctypes.addressof(instructions))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, head)
        self._socket.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        self._socket.bind((self._interface, _ETH_P_ALL))


_SOL_PACKET: Final = 263
_PACKET_AUXDATA: Final = 8
_SO_ATTACH_FILTER: Final = 26
_ETH_P_ALL: Final = 0x0003
