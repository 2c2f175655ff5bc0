"""A ring of memory that the kernel fills with frames: TPACKET_V3 (packet(7), packet_mmap.rst).

A packet socket without CAP_NET_ADMIN has a receive buffer of some hundred frames, a hundredth of a
second of a busy link. A ring is not bound by that limit, packs frames closely, and costs no system
call per frame.
"""

import errno
import mmap
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Final

BLOCK_BYTES: Final = 32 << 10
BLOCKS: Final = 128  # 4 MiB: some 29,000 frames of ARP
RETIRE_MS: Final = 8  # a block that is not full is handed over after this time


class Ring:
    """The receive ring of one packet socket; make it before the socket is bound.

    Raises OSError where the kernel has no such ring or no memory for it.
    """

    def __init__(self, owner: socket.socket, longest: int, blocks: int = BLOCKS) -> None:
        self._longest = longest
        self._count = blocks
        self._next = 0
        self._barrier = threading.Lock()
        owner.setsockopt(_SOL_PACKET, _PACKET_VERSION, _TPACKET_V3)
        frames = blocks * BLOCK_BYTES // _FRAME_BYTES
        request = _REQUEST.pack(BLOCK_BYTES, blocks, _FRAME_BYTES, frames, RETIRE_MS, 0, 0)
        owner.setsockopt(_SOL_PACKET, _PACKET_RX_RING, request)
        try:
            self._memory = mmap.mmap(owner.fileno(), blocks * BLOCK_BYTES)
        except (OSError, ValueError) as error:
            # A ring that cannot be read would swallow every frame.
            owner.setsockopt(_SOL_PACKET, _PACKET_RX_RING, bytes(_REQUEST.size))
            raise OSError(errno.ENOMEM, "the ring cannot be mapped") from error

    def take(self) -> list[bytes]:
        """The frames of the next block that is ready, copied; none when no block is ready."""
        base = self._next * BLOCK_BYTES
        memory = self._memory
        status, count, offset = _BLOCK.unpack_from(memory, base + _BLOCK_OFFSET)
        if not status & _STATUS_USER:
            return []
        with self._barrier:  # what the kernel wrote before the status is read after it
            frames = list(self._frames(base, offset, count))
        with self._barrier:
            _STATUS.pack_into(memory, base + _BLOCK_OFFSET, 0)
        self._next = (self._next + 1) % self._count
        return frames

    def close(self) -> None:
        """Give the memory back; the socket has to be closed too."""
        self._memory.close()

    def _frames(self, base: int, offset: int, count: int) -> Iterator[bytes]:
        memory, longest, unpack = self._memory, self._longest, _FRAME.unpack_from
        at = base + offset
        for _ in range(count):
            following, captured, start = unpack(memory, at)
            yield memory[at + start : at + start + min(captured, longest)]
            at += following


_SOL_PACKET: Final = 263
_PACKET_RX_RING: Final = 5
_PACKET_VERSION: Final = 10
_TPACKET_V3: Final = 2
_STATUS_USER: Final = 1
_FRAME_BYTES: Final = 2048  # only a unit of account in version 3
_REQUEST: Final = struct.Struct("=7I")
_BLOCK_OFFSET: Final = 8  # behind version and offset of the private area
_BLOCK: Final = struct.Struct("=3I")  # status, number of frames, offset of the first
_STATUS: Final = struct.Struct("=I")
# Offset of the next frame, (seconds, nanoseconds,) captured octets, (octets, status,) offset of
# the frame itself.
_FRAME: Final = struct.Struct("=I8xI8xH")
