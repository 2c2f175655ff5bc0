"""UDP datagrams (RFC 768, RFC 8200 §8.1)."""

import struct
from typing import Final

import msgspec

from collectors.wire import checksum, ethernet, ipv4, ipv6
from collectors.wire.errors import Buffer, DecodeError

HEADER_BYTES: Final = 8
MAX_DATAGRAM_BYTES: Final = 65535


class Udp(msgspec.Struct, frozen=True, gc=False):
    """A datagram; `payload` ends where the length field says."""

    source_port: int
    destination_port: int
    payload: bytes
    checksum: int = 0


def parse(buf: Buffer, source: bytes = b"", destination: bytes = b"") -> Udp:
    """Parse a datagram. With addresses given, its checksum is verified.

    Leave them out for frames from this machine or its namespaces: checksum offload means that the
    field is not filled yet. Raises `truncated`, `bad_length`, `bad_checksum`.
    """
    data = buf if type(buf) is bytes else bytes(buf)
    if len(data) < HEADER_BYTES:
        raise DecodeError("truncated", len(data))
    source_port, destination_port, length, check = _LAYOUT.unpack_from(data)
    if length < HEADER_BYTES:
        raise DecodeError("bad_length", 4)
    if length > len(data):
        raise DecodeError("truncated", len(data))
    if source and not _is_valid(data[:length], check, source, destination):
        raise DecodeError("bad_checksum", 6)
    return Udp(source_port, destination_port, data[HEADER_BYTES:length], check)


def build(
    source: bytes, destination: bytes, source_port: int, destination_port: int, payload: bytes
) -> bytes:
    """A datagram between two IPv4 or two IPv6 addresses, its checksum filled."""
    length = HEADER_BYTES + len(payload)
    if length > MAX_DATAGRAM_BYTES:
        raise ValueError(f"a datagram has at most {MAX_DATAGRAM_BYTES} octets, not {length}")
    header = _LAYOUT.pack(source_port, destination_port, length, 0)
    pseudo = _pseudo_header(source, destination, length)
    check = checksum.internet(pseudo + header + payload) or 0xFFFF
    return header[:6] + check.to_bytes(2, "big") + payload


def build_ipv4_frame(
    source_mac: bytes,
    destination_mac: bytes,
    source: bytes,
    destination: bytes,
    source_port: int,
    destination_port: int,
    payload: bytes,
    ttl: int = ipv4.DEFAULT_TTL,
) -> bytes:
    """The Ethernet frame of a datagram over IPv4."""
    datagram = build(source, destination, source_port, destination_port, payload)
    packet = ipv4.build(source, destination, ipv4.UDP, datagram, ttl)
    return ethernet.build(destination_mac, source_mac, ethernet.IPV4, packet)


def build_ipv6_frame(
    source_mac: bytes,
    destination_mac: bytes,
    source: bytes,
    destination: bytes,
    source_port: int,
    destination_port: int,
    payload: bytes,
    hop_limit: int = ipv6.DEFAULT_HOP_LIMIT,
) -> bytes:
    """The Ethernet frame of a datagram over IPv6."""
    datagram = build(source, destination, source_port, destination_port, payload)
    packet = ipv6.build(source, destination, ipv6.UDP, datagram, hop_limit)
    return ethernet.build(destination_mac, source_mac, ethernet.IPV6, packet)


_LAYOUT: Final = struct.Struct("!HHHH")


def _pseudo_header(source: bytes, destination: bytes, length: int) -> bytes:
    if len(source) == 16:
        return checksum.ipv6_pseudo_header(source, destination, checksum.UDP, length)
    return checksum.ipv4_pseudo_header(source, destination, checksum.UDP, length)


def _is_valid(datagram: bytes, check: int, source: bytes, destination: bytes) -> bool:
    if check == 0:
        return len(source) == 4  # no checksum: allowed over IPv4 only
    return checksum.is_valid(_pseudo_header(source, destination, len(datagram)) + datagram)
