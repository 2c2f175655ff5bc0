"""Captures in the classic format (IETF draft-ietf-opsawg-pcap §4-§5), read as a stream."""

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

import msgspec

from collectors.wire.errors import DecodeError

MICROSECONDS: Final = 0xA1B2C3D4
NANOSECONDS: Final = 0xA1B23C4D

ETHERNET: Final = 1
LINUX_SLL: Final = 113
LINUX_SLL2: Final = 276

FILE_HEADER_BYTES: Final = 24
RECORD_HEADER_BYTES: Final = 16
MAX_PACKET_BYTES: Final = 262144  # what libpcap takes at most (MAXIMUM_SNAPLEN)


class Packet(msgspec.Struct, frozen=True, gc=False):
    """A captured packet: its octets, its link type, when (Unix seconds; None when unknown).

    `link` tells the interfaces of a capture apart, 0 where there is but one. `cut` says that the
    capture kept only the start of the packet.
    """

    data: bytes
    link_type: int
    at: float | None = None
    link: int = 0
    cut: bool = False


def read(stream: BinaryIO) -> Iterator[Packet]:
    """Yield the packets of a capture from its start on; one packet is held at a time.

    Raises `DecodeError` after the packets before it, with the offset in the file: `bad_type` (not
    a capture), `bad_version`, `truncated`, `bad_length` (a record that cannot be so long).
    """
    header = stream.read(FILE_HEADER_BYTES)
    order, per_second = _byte_order(header)
    if len(header) < FILE_HEADER_BYTES:
        raise DecodeError("truncated", len(header))
    major, _, _, _, _, link_type = struct.unpack_from(order + "HHIIII", header, 4)
    if major != 2:
        raise DecodeError("bad_version", 4)
    link_type &= 0xFFFF  # the upper bits tell of a frame check sequence
    record = struct.Struct(order + "IIII")
    read, offset = stream.read, FILE_HEADER_BYTES
    while head := read(RECORD_HEADER_BYTES):
        if len(head) < RECORD_HEADER_BYTES:
            raise DecodeError("truncated", offset + len(head))
        seconds, fraction, kept, length = record.unpack(head)
        if kept > MAX_PACKET_BYTES:
            raise DecodeError("bad_length", offset + 8)
        data = read(kept)
        offset += RECORD_HEADER_BYTES + len(data)
        if len(data) < kept:
            raise DecodeError("truncated", offset)
        at = seconds + min(fraction, per_second - 1) / per_second
        yield Packet(data, link_type, at, 0, kept < length)


def write_header(link_type: int = ETHERNET, nanoseconds: bool = False, order: str = "<") -> bytes:
    """The start of a capture."""
    magic = NANOSECONDS if nanoseconds else MICROSECONDS
    return struct.pack(order + "IHHIIII", magic, 2, 4, 0, 0, MAX_PACKET_BYTES, link_type)


def write_record(at: float, data: bytes, nanoseconds: bool = False, order: str = "<") -> bytes:
    """One packet behind the start of a capture."""
    per_second = 10**9 if nanoseconds else 10**6
    seconds, fraction = divmod(ticks(at, per_second), per_second)
    return struct.pack(order + "IIII", seconds, fraction, len(data), len(data)) + data


def ticks(at: float, per_second: int) -> int:
    """A time in fractions of a second, without losing digits of the fraction to the whole."""
    whole = int(at)
    return whole * per_second + round((at - whole) * per_second)


def is_magic(start: bytes) -> bool:
    """Whether a file that starts so is a capture of this format."""
    return start[:4] in _MAGICS


_MAGICS: Final = {
    struct.pack(order + "I", magic): (order, per_second)
    for order in "<>"
    for magic, per_second in ((MICROSECONDS, 10**6), (NANOSECONDS, 10**9))
}


def _byte_order(header: bytes) -> tuple[str, int]:
    known = _MAGICS.get(header[:4])
    if known is None:
        raise DecodeError("bad_type", 0)
    return known
