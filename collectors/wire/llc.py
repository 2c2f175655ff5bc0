"""LLC and SNAP headers behind an IEEE 802.3 length field (IEEE 802.2 §3, IEEE 802 §9)."""

from typing import Final

import msgspec

from collectors.wire.errors import Buffer, DecodeError

SPANNING_TREE: Final = 0x42  # the service access point of bridges
SNAP: Final = 0xAA
UNNUMBERED: Final = 0x03
CISCO: Final = b"\x00\x00\x0c"
CISCO_CDP: Final = 0x2000
CISCO_PVST: Final = 0x010B
CISCO_DTP: Final = 0x2004

HEADER_BYTES: Final = 3
SNAP_BYTES: Final = 8


class Llc(msgspec.Struct, frozen=True, gc=False):
    """What is behind the header; `organisation` and `protocol` are SNAP's, else b"" and 0."""

    destination: int
    source: int
    payload: bytes
    organisation: bytes = b""
    protocol: int = 0
    payload_offset: int = HEADER_BYTES


def parse(buf: Buffer, length: int) -> Llc:
    """Parse a payload of which `length` octets count, the rest being padding.

    Raises `truncated`, and `unsupported` for frames that are not unnumbered information.
    """
    data = buf if type(buf) is bytes else bytes(buf)
    if length > len(data):
        raise DecodeError("truncated", len(data))
    data = data[:length]
    if len(data) < HEADER_BYTES:
        raise DecodeError("truncated", len(data))
    if data[2] != UNNUMBERED:
        raise DecodeError("unsupported", 2)
    if data[0] != SNAP or data[1] != SNAP:
        return Llc(data[0], data[1], data[HEADER_BYTES:])
    if len(data) < SNAP_BYTES:
        raise DecodeError("truncated", len(data))
    protocol = data[6] << 8 | data[7]
    return Llc(SNAP, SNAP, data[SNAP_BYTES:], data[3:6], protocol, SNAP_BYTES)


def build(payload: bytes, service: int) -> bytes:
    """The octets of a frame's payload for one service access point."""
    return bytes((service, service, UNNUMBERED)) + payload


def build_snap(payload: bytes, organisation: bytes, protocol: int) -> bytes:
    """The octets of a frame's payload for an organisation's protocol."""
    return bytes((SNAP, SNAP, UNNUMBERED)) + organisation + protocol.to_bytes(2, "big") + payload
