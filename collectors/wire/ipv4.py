"""IPv4 headers (RFC 791 §3.1)."""

import struct
from typing import Final

import msgspec

from collectors.wire import checksum
from collectors.wire.address import require_ipv4
from collectors.wire.errors import Buffer, DecodeError

ICMP: Final = 1
TCP: Final = 6
UDP: Final = 17

MIN_HEADER_BYTES: Final = 20
MAX_PACKET_BYTES: Final = 65535
DEFAULT_TTL: Final = 64


class Ipv4(msgspec.Struct, frozen=True, gc=False):
    """A packet; `payload` ends where the total length says, so Ethernet padding is gone.

    `fragment_offset` is in octets.
    """

    source: bytes
    destination: bytes
    protocol: int
    ttl: int
    payload: bytes
    identification: int = 0
    more_fragments: bool = False
    fragment_offset: int = 0
    dont_fragment: bool = False
    options: bytes = b""

    @property
    def is_fragment(self) -> bool:
        """Whether the payload is a part of a larger one."""
        return self.more_fragments or self.fragment_offset > 0


def parse(buf: Buffer, verify_checksum: bool = False) -> Ipv4:
    """Parse a packet. Senders with checksum offload leave the checksum to the card: verify
    received packets only.

    Raises `truncated`, `bad_version`, `bad_length` (header below 20 octets or longer than the
    packet) and `bad_checksum`.
    """
    packet, total = _parse_header(buf, verify_checksum)
    if total > len(buf):
        raise DecodeError("truncated", len(buf))
    return packet


def parse_quoted(buf: Buffer) -> Ipv4:
    """Parse the start of a packet that an ICMP error quotes; the payload may be cut (RFC 792)."""
    return _parse_header(buf, False)[0]


def build(
    source: bytes,
    destination: bytes,
    protocol: int,
    payload: bytes,
    ttl: int = DEFAULT_TTL,
    identification: int = 0,
    dont_fragment: bool = True,
) -> bytes:
    """A packet without options, its header checksum filled."""
    total = MIN_HEADER_BYTES + len(payload)
    if total > MAX_PACKET_BYTES:
        raise ValueError(f"a packet has at most {MAX_PACKET_BYTES} octets, not {total}")
    flags = 0x4000 if dont_fragment else 0
    addresses = require_ipv4(source) + require_ipv4(destination)
    header = _BUILD.pack(0x45, 0, total, identification, flags, ttl, protocol, 0) + addresses
    return header[:10] + checksum.internet(header).to_bytes(2, "big") + header[12:] + payload


_BUILD: Final = struct.Struct("!BBHHHBBH")
_LAYOUT: Final = struct.Struct("!BxHHHBB2x4s4s")


def _parse_header(buf: Buffer, verify_checksum: bool) -> tuple[Ipv4, int]:
    data = buf if type(buf) is bytes else bytes(buf)
    if len(data) < MIN_HEADER_BYTES:
        raise DecodeError("truncated", len(data))
    first, total, identification, flags, ttl, protocol, source, destination = _LAYOUT.unpack_from(
        data
    )
    if first >> 4 != 4:
        raise DecodeError("bad_version", 0)
    header = (first & 0x0F) * 4
    if header < MIN_HEADER_BYTES:
        raise DecodeError("bad_length", 0)
    if total < header:
        raise DecodeError("bad_length", 2)
    if len(data) < header:
        raise DecodeError("truncated", len(data))
    if verify_checksum and not checksum.is_valid(data[:header]):
        raise DecodeError("bad_checksum", 10)
    packet = Ipv4(
        source,
        destination,
        protocol,
        ttl,
        data[header:total],
        identification,
        flags & 0x2000 != 0,
        (flags & 0x1FFF) * 8,
        flags & 0x4000 != 0,
        data[MIN_HEADER_BYTES:header],
    )
    return packet, total
