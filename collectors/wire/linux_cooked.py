"""Linux cooked captures, made on "any" interface: the headers SLL and SLL2 of libpcap.

Source: tcpdump.org, link-layer header types LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2.
"""

import struct
from typing import Final

import msgspec

from collectors.wire import ethernet
from collectors.wire.address import BROADCAST_MAC, ZERO_MAC
from collectors.wire.errors import Buffer, DecodeError

HEADER_BYTES: Final = 16
HEADER2_BYTES: Final = 20

TO_US: Final = 0
BROADCAST: Final = 1
MULTICAST: Final = 2
TO_OTHERS: Final = 3
FROM_US: Final = 4

ETHERNET: Final = 1  # ARPHRD_ETHER
LLC: Final = 0x0004  # LINUX_SLL_P_802_2: an LLC header follows instead of a protocol

MAX_ADDRESS_BYTES: Final = 8


class Cooked(msgspec.Struct, frozen=True, gc=False):
    """A packet without its real link header. `interface` is the kernel's index, 0 in SLL."""

    direction: int
    hardware: int
    source: bytes
    protocol: int
    payload: bytes
    interface: int = 0
    payload_offset: int = HEADER_BYTES

    def frame(self) -> ethernet.Ethernet | None:
        """The packet as a frame of Ethernet, None when it came over something else.

        The destination was not kept: it is zero unless the packet went to all.
        """
        if self.hardware != ETHERNET or len(self.source) != 6:
            return None
        destination = BROADCAST_MAC if self.direction == BROADCAST else ZERO_MAC
        protocol = len(self.payload) if self.protocol == LLC else self.protocol
        if protocol not in (ethernet.VLAN, ethernet.SERVICE_VLAN):
            return ethernet.Ethernet(
                destination, self.source, protocol, self.payload, (), self.payload_offset
            )
        head = destination + self.source + protocol.to_bytes(2, "big")
        return ethernet.parse(head + self.payload)


def parse(buf: Buffer) -> Cooked:
    """Parse a packet behind an SLL header; raises `truncated`, `bad_type`, `bad_length`."""
    data = buf if type(buf) is bytes else bytes(buf)
    if len(data) < HEADER_BYTES:
        raise DecodeError("truncated", len(data))
    direction, hardware, size, address, protocol = _SLL.unpack_from(data)
    if direction > FROM_US:
        raise DecodeError("bad_type", 0)
    if size > MAX_ADDRESS_BYTES:
        raise DecodeError("bad_length", 4)
    return Cooked(direction, hardware, address[:size], protocol, data[HEADER_BYTES:])


def parse2(buf: Buffer) -> Cooked:
    """Parse a packet behind an SLL2 header; raises `truncated`, `bad_type`, `bad_length`."""
    data = buf if type(buf) is bytes else bytes(buf)
    if len(data) < HEADER2_BYTES:
        raise DecodeError("truncated", len(data))
    protocol, interface, hardware, direction, size, address = _SLL2.unpack_from(data)
    if direction > FROM_US:
        raise DecodeError("bad_type", 10)
    if size > MAX_ADDRESS_BYTES:
        raise DecodeError("bad_length", 11)
    payload = data[HEADER2_BYTES:]
    return Cooked(direction, hardware, address[:size], protocol, payload, interface, HEADER2_BYTES)


def encode(cooked: Cooked) -> bytes:
    """The packet behind an SLL header."""
    head = _SLL.pack(
        cooked.direction, cooked.hardware, len(cooked.source), cooked.source, cooked.protocol
    )
    return head + cooked.payload


def encode2(cooked: Cooked) -> bytes:
    """The packet behind an SLL2 header."""
    head = _SLL2.pack(
        cooked.protocol,
        cooked.interface,
        cooked.hardware,
        cooked.direction,
        len(cooked.source),
        cooked.source,
    )
    return head + cooked.payload


_SLL: Final = struct.Struct("!HHH8sH")
_SLL2: Final = struct.Struct("!H2xIHBB8s")
