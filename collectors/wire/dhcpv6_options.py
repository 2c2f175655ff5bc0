"""What single options of DHCPv6 hold (RFC 8415 §21; RFC 3646, 4704).

Each decoder returns None for content that its RFC forbids.
"""

import struct
from typing import Final

import msgspec

from collectors.wire import name as names
from collectors.wire.dhcpv6_duid import MAX_DUID_BYTES
from collectors.wire.errors import DecodeError

MAX_OPTIONS: Final = 128  # in one message, those inside others included
MAX_ADDRESSES: Final = 16  # resolvers, or addresses of one association
MAX_CLASSES: Final = 16  # strings in a vendor class

_PARTIAL_NAME: Final = b"\0"


class VendorClass(msgspec.Struct, frozen=True, gc=False):
    """Who made the client's system (§21.16): an enterprise number and strings."""

    enterprise: int
    classes: tuple[bytes, ...] = ()


def duid(content: bytes) -> bytes | None:
    """A DUID of a length that it may have (§11.1)."""
    return content if 3 <= len(content) <= MAX_DUID_BYTES else None


def codes(content: bytes) -> tuple[int, ...] | None:
    """Numbers of options, as a client asks for them (§21.7)."""
    if len(content) % 2 or len(content) > 2 * MAX_OPTIONS:
        return None
    return tuple(content[at] << 8 | content[at + 1] for at in range(0, len(content), 2))


def octet(content: bytes) -> int | None:
    """One octet."""
    return content[0] if len(content) == 1 else None


def status(content: bytes) -> int | None:
    """The text behind the code is for people and may say anything (§21.13)."""
    return int.from_bytes(content[:2], "big") if len(content) >= 2 else None


def hundredths(content: bytes) -> int | None:
    """Time since the exchange began, in centiseconds (§21.9)."""
    return int.from_bytes(content, "big") if len(content) == 2 else None


def nothing(content: bytes) -> bool | None:
    """True: an option that says everything by being there (§21.14)."""
    return True if not content else None


def vendor_class(content: bytes) -> VendorClass | None:
    """An enterprise number and strings (§21.16)."""
    if len(content) < 4:
        return None
    found: list[bytes] = []
    at = 4
    while at < len(content):
        stop = at + 2 + int.from_bytes(content[at : at + 2], "big")
        if at + 2 > len(content) or stop > len(content) or len(found) == MAX_CLASSES:
            return None
        found.append(content[at + 2 : stop])
        at = stop
    return VendorClass(int.from_bytes(content[:4], "big"), tuple(found))


def addresses(content: bytes) -> tuple[bytes, ...] | None:
    """Up to MAX_ADDRESSES IPv6 addresses (RFC 3646 §3)."""
    size = len(content)
    if not size or size % 16 or size > 16 * MAX_ADDRESSES:
        return None
    return tuple(content[at : at + 16] for at in range(0, size, 16))


def fqdn(content: bytes) -> bytes | None:
    """Flags and a name (RFC 4704 §4); a partial name has no root at its end."""
    if len(content) < 2:
        return None
    for wire in (content, content + _PARTIAL_NAME):
        try:
            labels, after = names.parse(wire, 1, compressed=False)
        except DecodeError:
            continue
        if after == len(wire) and labels:
            return b".".join(labels)
    return None


def encode_number(value: int | None, size: int) -> bytes | None:
    """`size` octets, None for what is not told."""
    return None if value is None else value.to_bytes(size, "big")


def encode_codes(codes: tuple[int, ...] | None) -> bytes | None:
    """Numbers of options."""
    return None if codes is None else b"".join(code.to_bytes(2, "big") for code in codes)


def encode_name(name: bytes) -> bytes:
    """A complete name where there is a dot, else the partial one that clients send."""
    labels = tuple(name.split(b"."))
    wire = names.encode(labels)
    return wire if len(labels) > 1 else wire[:-1]


def encode_vendor_class(vendor: VendorClass) -> bytes:
    """The content of a vendor class."""
    classes = b"".join(struct.pack("!H", len(each)) + each for each in vendor.classes)
    return vendor.enterprise.to_bytes(4, "big") + classes
