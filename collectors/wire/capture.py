"""Captures of any kind that is read: the classic and the block format, their link types."""

from collections.abc import Iterator
from typing import BinaryIO, Final

from collectors.wire import ethernet, linux_cooked, pcap, pcapng
from collectors.wire.errors import DecodeError
from collectors.wire.pcap import ETHERNET, LINUX_SLL, LINUX_SLL2, Packet

LINK_TYPES: Final = (ETHERNET, LINUX_SLL, LINUX_SLL2)
COMPRESSED: Final = {  # what some tools write around a capture
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ": "xz",
    b"BZh": "bzip2",
}


def read(stream: BinaryIO) -> Iterator[Packet]:
    """Yield the packets of a stream that stands at its start and can be set back to it.

    Raises `DecodeError` as `pcap.read` and `pcapng.read` do; `bad_type` at octet 0 is no capture,
    `truncated` at octet 0 an empty file.
    """
    start = stream.read(4)
    if not start:
        raise DecodeError("truncated", 0)
    stream.seek(0)
    return pcapng.read(stream) if pcapng.is_magic(start) else pcap.read(stream)


def compression(start: bytes) -> str:
    """The name of the program that compressed a file which starts so; empty for none."""
    for magic, name in COMPRESSED.items():
        if start.startswith(magic):
            return name
    return ""


def parse(packet: Packet) -> tuple[ethernet.Ethernet | None, int]:
    """The frame inside a packet and the kernel's number of its interface (0 when not told).

    The frame is None when the packet came over something else than Ethernet. Raises `DecodeError`,
    `unsupported` for a link type that is not in `LINK_TYPES`.
    """
    if packet.link_type == ETHERNET:
        return ethernet.parse(packet.data), 0
    if packet.link_type == LINUX_SLL:
        return linux_cooked.parse(packet.data).frame(), 0
    if packet.link_type == LINUX_SLL2:
        cooked = linux_cooked.parse2(packet.data)
        return cooked.frame(), cooked.interface
    raise DecodeError("unsupported", 0)
