"""Captures in the block format (IETF draft-ietf-opsawg-pcapng §3-§4), read as a stream."""

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

import msgspec

from collectors.wire.errors import DecodeError
from collectors.wire.pcap import ETHERNET, MAX_PACKET_BYTES, Packet, ticks

SECTION_HEADER: Final = 0x0A0D0D0A
INTERFACE: Final = 1
OLD_PACKET: Final = 2
SIMPLE_PACKET: Final = 3
ENHANCED_PACKET: Final = 6

BYTE_ORDER: Final = 0x1A2B3C4D
TIME_RESOLUTION: Final = 9  # options of an interface
TIME_OFFSET: Final = 14

MIN_BLOCK_BYTES: Final = 12
MAX_BLOCK_BYTES: Final = MAX_PACKET_BYTES + 65536  # of a block that is read: packet and options
MAX_SKIPPED_BYTES: Final = 1 << 30  # of a block that is passed over
MAX_INTERFACES: Final = 1024  # in all sections
CHUNK_BYTES: Final = 65536


class Interface(msgspec.Struct, frozen=True, gc=False):
    """An interface of a section; time stamps count `per_second` from `offset_s` on."""

    link_type: int
    number: int
    snap_bytes: int = 0
    per_second: int = 10**6
    offset_s: int = 0


def read(stream: BinaryIO) -> Iterator[Packet]:
    """Yield the packets of a capture from its start on; one block is held at a time.

    Interfaces are numbered over all sections. Simple packets carry no time. Blocks of other types
    are passed over. Raises `DecodeError` after the packets before it, with the offset in the file:
    `bad_type` (not a capture, a packet of an unknown interface), `bad_version`, `truncated`,
    `bad_length`, `too_many` (interfaces).
    """
    reader = _Reader(stream)
    while reader.next_block():
        packet = reader.packet()
        if packet is not None:
            yield packet


def write_section(order: str = "<") -> bytes:
    """The start of a capture."""
    body = struct.pack(order + "IHHq", BYTE_ORDER, 1, 0, -1)
    return _write_block(SECTION_HEADER, body, order)


def write_interface(link_type: int = ETHERNET, resolution: int = 6, order: str = "<") -> bytes:
    """An interface whose times count 10**-resolution of a second."""
    options = struct.pack(order + "HHB3xHH", TIME_RESOLUTION, 1, resolution, 0, 0)
    return _write_block(INTERFACE, struct.pack(order + "HHI", link_type, 0, 0) + options, order)


def write_packet(
    at: float, data: bytes, interface: int = 0, resolution: int = 6, order: str = "<"
) -> bytes:
    """An enhanced packet."""
    time = ticks(at, 10**resolution)
    head = struct.pack(
        order + "IIIII", interface, time >> 32, time & 0xFFFFFFFF, len(data), len(data)
    )
    return _write_block(ENHANCED_PACKET, head + data, order)


def write_simple_packet(data: bytes, order: str = "<") -> bytes:
    """A packet of the first interface, without its time."""
    return _write_block(SIMPLE_PACKET, struct.pack(order + "I", len(data)) + data, order)


def is_magic(start: bytes) -> bool:
    """Whether a file that starts so is a capture of this format."""
    return start[:4] == _MAGIC


_MAGIC: Final = SECTION_HEADER.to_bytes(4, "big")  # reads the same from both ends


class _Reader:
    """The position in a capture, the byte order of its section, and the interfaces so far."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._offset = 0
        self._start = 0
        self._order = "<"
        self._kind = 0
        self._body = b""
        self._interfaces: list[Interface] = []
        self._total = 0

    def next_block(self) -> bool:
        """Read one block; False at the end of the file."""
        self._start = self._offset
        head = self._read(8, may_end=True)
        if not head:
            return False
        if head[:4] == _MAGIC:
            head += self._read(4)
            self._order = _byte_order(head[8:12], self._start + 8)
        elif self._start == 0:
            raise DecodeError("bad_type", 0)
        self._kind, length = struct.unpack_from(self._order + "II", head)
        if length < MIN_BLOCK_BYTES or length % 4:
            raise DecodeError("bad_length", self._start + 4)
        rest = length - len(head) - 4
        if rest < 0:
            raise DecodeError("bad_length", self._start + 4)
        if self._kind not in _READ:
            self._skip(rest)
        elif length > MAX_BLOCK_BYTES:
            raise DecodeError("bad_length", self._start + 4)
        else:
            self._body = head[8:] + self._read(rest)
        (again,) = struct.unpack(self._order + "I", self._read(4))
        if again != length:
            raise DecodeError("bad_length", self._offset - 4)
        return True

    def packet(self) -> Packet | None:
        """What the block holds, None when that is no packet."""
        if self._kind in (ENHANCED_PACKET, OLD_PACKET):
            return self._enhanced()
        if self._kind == SIMPLE_PACKET:
            return self._simple()
        if self._kind == INTERFACE:
            self._add_interface()
        elif self._kind == SECTION_HEADER:
            self._begin_section()
        return None

    def _begin_section(self) -> None:
        self._require(16)
        (major,) = struct.unpack_from(self._order + "H", self._body, 4)
        if major != 1:
            raise DecodeError("bad_version", self._start + 12)
        self._interfaces = []

    def _add_interface(self) -> None:
        self._require(8)
        if self._total == MAX_INTERFACES:
            raise DecodeError("too_many", self._start)
        link_type, _, snap_bytes = struct.unpack_from(self._order + "HHI", self._body)
        per_second, offset_s = 10**6, 0
        for code, content in self._options(8):
            if code == TIME_RESOLUTION and content:
                power = content[0] & 0x7F
                per_second = 2**power if content[0] & 0x80 else 10 ** min(power, 38)
            elif code == TIME_OFFSET and len(content) == 8:
                (offset_s,) = struct.unpack(self._order + "q", content)
        self._interfaces.append(Interface(link_type, self._total, snap_bytes, per_second, offset_s))
        self._total += 1

    def _enhanced(self) -> Packet:
        """An enhanced packet, or an obsolete one, whose first word holds a count of losses too."""
        self._require(20)
        number, high, low, kept, length = struct.unpack_from(self._order + "IIIII", self._body)
        if self._kind == OLD_PACKET:
            (number,) = struct.unpack_from(self._order + "H", self._body)
        interface = self._interface(number)
        if kept > min(len(self._body) - 20, MAX_PACKET_BYTES):
            raise DecodeError("bad_length", self._start + 20)
        at = (high << 32 | low) / interface.per_second + interface.offset_s
        data = self._body[20 : 20 + kept]
        return Packet(data, interface.link_type, at, interface.number, kept < length)

    def _simple(self) -> Packet:
        self._require(4)
        (length,) = struct.unpack_from(self._order + "I", self._body)
        interface = self._interface(0)
        kept = min(length, interface.snap_bytes or length)
        if kept > min(len(self._body) - 4, MAX_PACKET_BYTES):
            raise DecodeError("bad_length", self._start + 8)
        data = self._body[4 : 4 + kept]
        return Packet(data, interface.link_type, None, interface.number, kept < length)

    def _interface(self, number: int) -> Interface:
        if number >= len(self._interfaces):
            raise DecodeError("bad_type", self._start + 8)
        return self._interfaces[number]

    def _options(self, at: int) -> Iterator[tuple[int, bytes]]:
        while at + 4 <= len(self._body):
            code, length = struct.unpack_from(self._order + "HH", self._body, at)
            if code == 0:
                return
            yield code, self._body[at + 4 : at + 4 + length]
            at += 4 + (length + 3 & ~3)

    def _require(self, size: int) -> None:
        if len(self._body) < size:
            raise DecodeError("bad_length", self._start + 4)

    def _read(self, size: int, may_end: bool = False) -> bytes:
        data = self._stream.read(size)
        self._offset += len(data)
        if len(data) < size and not (may_end and not data):
            raise DecodeError("truncated", self._offset)
        return data

    def _skip(self, size: int) -> None:
        if size > MAX_SKIPPED_BYTES:
            raise DecodeError("bad_length", self._start + 4)
        while size:
            size -= len(self._read(min(size, CHUNK_BYTES)))


_READ: Final = frozenset((SECTION_HEADER, INTERFACE, OLD_PACKET, SIMPLE_PACKET, ENHANCED_PACKET))


def _byte_order(magic: bytes, offset: int) -> str:
    for order in "<>":
        if struct.pack(order + "I", BYTE_ORDER) == magic:
            return order
    raise DecodeError("bad_type", offset)


def _write_block(kind: int, body: bytes, order: str) -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length
