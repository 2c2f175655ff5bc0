"""Attributes and answers of rtnetlink, without sockets (netlink(7), rtnetlink(7))."""

import socket
import struct

import msgspec

Attributes = dict[int, bytes]

NLA_F_NESTED = 0x8000
NLA_TYPE_MASK = 0x3FFF


class LinkState(msgspec.Struct, frozen=True):
    """An interface as the kernel describes it."""

    index: int
    name: str
    mac: str
    up: bool


class LinkAddress(msgspec.Struct, frozen=True):
    """An address as the kernel describes it; flag names are those of ip-address(8)."""

    index: int
    address: str
    prefix_length: int
    scope: str
    flags: frozenset[str]


def attribute(kind: int, payload: bytes) -> bytes:
    """One attribute, padded to four octets."""
    length = 4 + len(payload)
    return struct.pack("=HH", length, kind) + payload + b"\0" * (-length % 4)


def nested(kind: int, *attributes: bytes) -> bytes:
    """An attribute that holds others."""
    return attribute(kind | NLA_F_NESTED, b"".join(attributes))


def parse_attributes(data: bytes) -> Attributes:
    """Attributes by type; stops at the first malformed one."""
    found: Attributes = {}
    offset = 0
    while offset + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, offset)
        if length < 4 or offset + length > len(data):
            break
        found[kind & NLA_TYPE_MASK] = data[offset + 4 : offset + length]
        offset += (length + 3) & ~3
    return found


def flag_names(flags: int, family: int) -> frozenset[str]:
    """Names of IFA_F_* bits; bit 0 is `temporary` in IPv6 and `secondary` in IPv4."""
    first = "temporary" if family == socket.AF_INET6 else "secondary"
    return frozenset(name for bit, name in ((0x01, first), *_FLAGS) if flags & bit)


_FLAGS = (
    (0x02, "nodad"),
    (0x04, "optimistic"),
    (0x08, "dadfailed"),
    (0x10, "home"),
    (0x20, "deprecated"),
    (0x40, "tentative"),
    (0x80, "permanent"),
    (0x100, "mngtmpaddr"),
    (0x200, "noprefixroute"),
    (0x400, "autojoin"),
    (0x800, "stable-privacy"),
)
