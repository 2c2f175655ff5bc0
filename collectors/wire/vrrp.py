"""Virtual router redundancy: version 2 (RFC 3768 §5) and version 3 (RFC 9568 §5)."""

from typing import Final

import msgspec

from collectors.wire import checksum
from collectors.wire.errors import Buffer, DecodeError

PROTOCOL: Final = 112
HOP_LIMIT: Final = 255
ADVERTISEMENT: Final = 1
GROUP_IPV4: Final = bytes((224, 0, 0, 18))
GROUP_IPV6: Final = bytes.fromhex("ff020000000000000000000000000012")
OWNER_PRIORITY: Final = 255
RESIGNS: Final = 0  # the priority with which a router gives the role up

HEADER_BYTES: Final = 8
AUTHENTICATION_BYTES: Final = 8
MAX_ADDRESSES: Final = 64


class Vrrp(msgspec.Struct, frozen=True, gc=False):
    """An advertisement of the active router; `interval_cs` is in hundredths of a second."""

    version: int
    router_id: int
    priority: int
    interval_cs: int
    addresses: tuple[bytes, ...]
    authentication: int = 0


def parse(buf: Buffer, source: bytes, destination: bytes, hop_limit: int) -> Vrrp:
    """Parse the payload of IP protocol 112; the addresses are those of the packet.

    Raises `truncated`, `bad_hop_limit` (not 255: it was forwarded), `bad_version`, `bad_type`,
    `bad_length` (CARP, which shares the protocol number, fails here), `bad_checksum`, `too_many`.
    """
    data = buf if type(buf) is bytes else bytes(buf)
    if hop_limit != HOP_LIMIT:
        raise DecodeError("bad_hop_limit", 0)
    if len(data) < HEADER_BYTES:
        raise DecodeError("truncated", len(data))
    version, kind = data[0] >> 4, data[0] & 0x0F
    width = len(source)
    if version not in (2, 3) or (version == 2 and width != 4):
        raise DecodeError("bad_version", 0)
    if kind != ADVERTISEMENT:
        raise DecodeError("bad_type", 0)
    count = data[3]
    if not 1 <= count <= MAX_ADDRESSES:
        raise DecodeError("too_many" if count else "bad_length", 3)
    end = HEADER_BYTES + count * width
    tail = AUTHENTICATION_BYTES if version == 2 else 0
    if len(data) != end + tail:
        raise DecodeError("bad_length", 3)
    if not _is_valid(data, version, source, destination):
        raise DecodeError("bad_checksum", 6)
    addresses = tuple(data[at : at + width] for at in range(HEADER_BYTES, end, width))
    if version == 2:
        return Vrrp(2, data[1], data[2], data[5] * 100, addresses, data[4])
    return Vrrp(3, data[1], data[2], (data[4] & 0x0F) << 8 | data[5], addresses)


def encode(vrrp: Vrrp, source: bytes, destination: bytes) -> bytes:
    """The payload of a packet between two addresses, its checksum filled."""
    head = bytes((vrrp.version << 4 | ADVERTISEMENT, vrrp.router_id, vrrp.priority))
    head += bytes((len(vrrp.addresses),))
    if vrrp.version == 2:
        head += bytes((vrrp.authentication, vrrp.interval_cs // 100))
        tail, pseudo = bytes(AUTHENTICATION_BYTES), b""
    else:
        head += vrrp.interval_cs.to_bytes(2, "big")
        tail = b""
        pseudo = _pseudo_header(
            source, destination, HEADER_BYTES + len(vrrp.addresses) * len(source)
        )
    body = b"".join(vrrp.addresses) + tail
    check = checksum.internet(pseudo + head + b"\0\0" + body)
    return head + check.to_bytes(2, "big") + body


def _is_valid(data: bytes, version: int, source: bytes, destination: bytes) -> bool:
    """Version 3 covers the pseudo-header; over IPv4 some senders leave it out (RFC 5798 §5.2.8)."""
    if version == 2:
        return checksum.is_valid(data)
    if checksum.is_valid(_pseudo_header(source, destination, len(data)) + data):
        return True
    return len(source) == 4 and checksum.is_valid(data)


def _pseudo_header(source: bytes, destination: bytes, length: int) -> bytes:
    if len(source) == 16:
        return checksum.ipv6_pseudo_header(source, destination, PROTOCOL, length)
    return checksum.ipv4_pseudo_header(source, destination, PROTOCOL, length)
