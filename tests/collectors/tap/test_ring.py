"""Blocks as the kernel lays them out, in memory that a test fills."""

import errno
import os
import struct
from collections.abc import Iterator

import pytest

from collectors.tap.ring import BLOCK_BYTES, Ring

BLOCKS = 4
LONGEST = 100
PACKET_RX_RING = 5


class Owner:
    """A packet socket whose ring is a file in memory."""

    def __init__(self, blocks: int = BLOCKS) -> None:
        self.options: list[tuple[int, object]] = []
        self._file = os.memfd_create("ring")
        os.ftruncate(self._file, blocks * BLOCK_BYTES)

    def setsockopt(self, _level: int, name: int, value: object) -> None:
        self.options.append((name, value))

    def fileno(self) -> int:
        return self._file

    def fill(self, block: int, *frames: bytes) -> None:
        """Hand a block of frames to the reader (struct tpacket_block_desc, tpacket3_hdr)."""
        body, offset = b"", 48
        for number, frame in enumerate(frames):
            size = (82 + len(frame) + 15) // 16 * 16
            following = size if number + 1 < len(frames) else 0
            head = struct.pack("=IIIIIIHH", following, 0, 0, len(frame), len(frame), 1, 82, 96)
            body += (head.ljust(82, b"\0") + frame).ljust(size, b"\0")
        head = struct.pack("=IIIII", 1, 0, 1, len(frames), offset)
        os.pwrite(self._file, head.ljust(offset, b"\0") + body, block * BLOCK_BYTES)

    def status(self, block: int) -> int:
        return int.from_bytes(os.pread(self._file, 4, block * BLOCK_BYTES + 8), "little")

    def close(self) -> None:
        os.close(self._file)


@pytest.fixture(name="owner")
def made_owner() -> Iterator[Owner]:
    owner = Owner()
    yield owner
    owner.close()


@pytest.fixture(name="ring")
def made_ring(owner: Owner) -> Iterator[Ring]:
    ring = Ring(owner, LONGEST, BLOCKS)  # type: ignore[arg-type]
    yield ring
    ring.close()


def test_nothing_is_taken_while_the_kernel_has_the_block(ring: Ring) -> None:
    assert ring.take() == []


def test_a_block_is_read_whole_and_given_back(owner: Owner, ring: Ring) -> None:
    owner.fill(0, b"one", b"the second", b"3" * 60)
    assert ring.take() == [b"one", b"the second", b"3" * 60]
    assert owner.status(0) == 0
    assert ring.take() == []


def test_blocks_come_in_turn_and_round_again(owner: Owner, ring: Ring) -> None:
    heard = []
    for number in range(3 * BLOCKS):
        owner.fill(number % BLOCKS, str(number).encode())
        heard += ring.take()
    assert heard == [str(number).encode() for number in range(3 * BLOCKS)]


def test_a_long_frame_is_cut(owner: Owner, ring: Ring) -> None:
    owner.fill(0, b"x" * 500, b"next")
    assert ring.take() == [b"x" * LONGEST, b"next"]


def test_the_ring_is_asked_for_with_its_measures(owner: Owner, ring: Ring) -> None:
    request = dict(owner.options)[PACKET_RX_RING]
    assert isinstance(request, bytes)
    block, blocks, frame, frames, *_ = struct.unpack("=7I", request)
    assert (block, blocks) == (BLOCK_BYTES, BLOCKS)
    assert block * blocks == frame * frames


def test_a_ring_that_cannot_be_mapped_is_taken_down() -> None:
    owner = Owner(blocks=0)
    with pytest.raises(OSError, match="mapped") as caught:
        Ring(owner, LONGEST, BLOCKS)  # type: ignore[arg-type]
    owner.close()
    assert caught.value.errno == errno.ENOMEM
    assert owner.options[-1] == (PACKET_RX_RING, bytes(28))
