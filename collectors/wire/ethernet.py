"""Ethernet II frames with up to two VLAN tags (IEEE 802.3 §3, IEEE 802.1Q §9)."""

from typing import Final

import msgspec

from collectors.wire.address import require_mac
from collectors.wire.errors import Buffer, DecodeError

ARP: Final = 0x0806
IPV4: Final = 0x0800
IPV6: Final = 0x86DD
VLAN: Final = 0x8100
SERVICE_VLAN: Final = 0x88A8
LLDP: Final = 0x88CC

HEADER_BYTES: Final = 14
TAG_BYTES: Final = 4
MAX_TAGS: Final = 2
MIN_ETHERTYPE: Final = 0x0600  # below it the field is an IEEE 802.3 length
MAX_VLAN: Final = 4094


class Ethernet(msgspec.Struct, frozen=True, gc=False):
    """A frame without its check sequence; `vlans` holds VLAN identifiers, outermost first.

    An `ethertype` below `MIN_ETHERTYPE` is an 802.3 length: LLC follows (spanning tree, CDP).
    `payload` keeps the padding of short frames.
    """

    destination: bytes
    source: bytes
    ethertype: int
    payload: bytes
    vlans: tuple[int, ...] = ()
    payload_offset: int = HEADER_BYTES

    @property
    def is_llc(self) -> bool:
        """Whether the payload starts with an LLC header."""
        return self.ethertype < MIN_ETHERTYPE


def parse(buf: Buffer) -> Ethernet:
    """Parse a frame; raises `truncated` and, beyond two tags, `too_many`."""
    frame = buf if type(buf) is bytes else bytes(buf)
    if len(frame) < HEADER_BYTES:
        raise DecodeError("truncated", len(frame))
    ethertype = frame[12] << 8 | frame[13]
    if ethertype not in (VLAN, SERVICE_VLAN):
        return Ethernet(frame[:6], frame[6:12], ethertype, frame[HEADER_BYTES:])
    return _parse_tagged(frame, ethertype)


def build(
    destination: bytes,
    source: bytes,
    ethertype: int,
    payload: bytes,
    vlans: tuple[int, ...] = (),
) -> bytes:
    """A frame without padding and check sequence, which the interface adds."""
    header = require_mac(destination) + require_mac(source)
    if len(vlans) > MAX_TAGS:
        raise ValueError(f"at most {MAX_TAGS} VLAN tags, not {len(vlans)}")
    for index, vlan in enumerate(vlans):
        if not 0 <= vlan <= MAX_VLAN:
            raise ValueError(f"a VLAN identifier is 0 to {MAX_VLAN}, not {vlan}")
        tag = VLAN if index == len(vlans) - 1 else SERVICE_VLAN
        header += tag.to_bytes(2, "big") + vlan.to_bytes(2, "big")
    return header + ethertype.to_bytes(2, "big") + payload


def _parse_tagged(frame: bytes, ethertype: int) -> Ethernet:
    offset = HEADER_BYTES
    vlans: tuple[int, ...] = ()
    while ethertype in (VLAN, SERVICE_VLAN):
        if len(vlans) == MAX_TAGS:
            raise DecodeError("too_many", offset)
        if len(frame) < offset + TAG_BYTES:
            raise DecodeError("truncated", len(frame))
        vlans += ((frame[offset] << 8 | frame[offset + 1]) & 0x0FFF,)
        ethertype = frame[offset + 2] << 8 | frame[offset + 3]
        offset += TAG_BYTES
    return Ethernet(frame[:6], frame[6:12], ethertype, frame[offset:], vlans, offset)
