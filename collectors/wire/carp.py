"""CARP, the redundancy protocol of OpenBSD, FreeBSD and pfSense (netinet/ip_carp.h).

It shares VRRP's protocol number, version and type; its length tells it apart.
"""

import struct
from typing import Final

import msgspec

from collectors.wire import checksum
from collectors.wire.errors import Buffer, DecodeError

HEADER_BYTES: Final = 36
HOP_LIMIT: Final = 255
AUTHENTICATION_WORDS: Final = 7  # counter and digest, in units of four octets


class Carp(msgspec.Struct, frozen=True, gc=False):
    """An advertisement of the master of a group. Its addresses are only in the digest."""

    group: int
    skew: int
    base_s: int
    demotion: int = 0
    counter: int = 0
    digest: bytes = bytes(20)

    @property
    def interval_s(self) -> float:
        """The time between advertisements; the router with the shortest one is the master."""
        return self.base_s + self.skew / 256


def is_carp(data: bytes) -> bool:
    """Whether a payload of IP protocol 112 is CARP and no VRRP."""
    return len(data) == HEADER_BYTES and data[0] == _TYPE and data[3] == AUTHENTICATION_WORDS


def parse(buf: Buffer, hop_limit: int) -> Carp:
    """Parse the payload of IP protocol 112.

    Raises `bad_hop_limit` (not 255: it was forwarded), `truncated`, `bad_length`, `bad_type`,
    `bad_checksum`.
    """
    data = buf if type(buf) is bytes else bytes(buf)
    if hop_limit != HOP_LIMIT:
        raise DecodeError("bad_hop_limit", 0)
    if len(data) < HEADER_BYTES:
        raise DecodeError("truncated", len(data))
    if len(data) > HEADER_BYTES:
        raise DecodeError("bad_length", HEADER_BYTES)
    kind, group, skew, words, demotion, base_s, _, counter, digest = _LAYOUT.unpack(data)
    if kind != _TYPE:
        raise DecodeError("bad_type", 0)
    if words != AUTHENTICATION_WORDS:
        raise DecodeError("bad_length", 3)
    if not checksum.is_valid(data):
        raise DecodeError("bad_checksum", 6)
    return Carp(group, skew, base_s, demotion, counter, digest)


def encode(message: Carp) -> bytes:
    """The payload of a packet, its checksum filled."""
    head = bytes((_TYPE, message.group, message.skew, AUTHENTICATION_WORDS))
    head += bytes((message.demotion, message.base_s))
    tail = message.counter.to_bytes(8, "big") + message.digest
    check = checksum.internet(head + b"\0\0" + tail)
    return head + check.to_bytes(2, "big") + tail


_TYPE: Final = 0x21  # version 2, advertisement
_LAYOUT: Final = struct.Struct("!BBBBBBHQ20s")
