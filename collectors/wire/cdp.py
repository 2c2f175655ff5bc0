"""Cisco discovery protocol, versions 1 and 2, from its maker's public description of the format.

Source: Cisco, "Catalyst Token Ring Switching Implementation Guide", appendix "Frame formats".
"""

from typing import Any, Final

import msgspec

from collectors.wire import checksum, ethernet, llc
from collectors.wire.errors import Buffer, DecodeError

GROUP_MAC: Final = bytes.fromhex("01000ccccccc")

DEVICE_ID: Final = 1
ADDRESSES: Final = 2
PORT_ID: Final = 3
CAPABILITIES: Final = 4
VERSION: Final = 5
PLATFORM: Final = 6
NATIVE_VLAN: Final = 10
SYSTEM_NAME: Final = 20
MANAGEMENT_ADDRESSES: Final = 22

CAPABILITY_NAMES: Final = (
    "router", "transparent_bridge", "source_route_bridge", "switch", "host", "igmp", "repeater",
    "telephone", "remotely_managed",
)  # fmt: skip

HEADER_BYTES: Final = 4
MAX_TLVS: Final = 128
MAX_ADDRESSES: Final = 16


class Cdp(msgspec.Struct, frozen=True, gc=False):
    """What a neighbour says of itself. Text stays raw octets; None was not sent.

    `capabilities` is a bit field in the order of `CAPABILITY_NAMES`. Addresses have 4 or 16
    octets. `malformed` counts TLVs that are broken inside or came twice; they are left out.
    """

    version: int
    ttl_s: int
    device: bytes | None = None
    port: bytes | None = None
    capabilities: int | None = None
    software: bytes | None = None
    platform: bytes | None = None
    native_vlan: int | None = None
    system_name: bytes | None = None
    addresses: tuple[bytes, ...] = ()
    management: tuple[bytes, ...] = ()
    malformed: int = 0

    @property
    def capability_names(self) -> tuple[str, ...]:
        """The capabilities by name."""
        bits = self.capabilities or 0
        return tuple(name for at, name in enumerate(CAPABILITY_NAMES) if bits >> at & 1)


def parse(buf: Buffer) -> Cdp:
    """Parse what follows the SNAP header.

    The checksum is not verified: for odd lengths senders disagree on how it is made. Raises
    `truncated`, `bad_version`, `bad_length` and `too_many`.
    """
    data = buf if type(buf) is bytes else bytes(buf)
    if len(data) < HEADER_BYTES:
        raise DecodeError("truncated", len(data))
    if data[0] not in (1, 2):
        raise DecodeError("bad_version", 0)
    found: dict[str, Any] = {}
    malformed = count = 0
    at = HEADER_BYTES
    while at < len(data):
        if at + 4 > len(data):
            raise DecodeError("truncated", len(data))
        kind, length = data[at] << 8 | data[at + 1], data[at + 2] << 8 | data[at + 3]
        if length < 4:
            raise DecodeError("bad_length", at + 2)
        if at + length > len(data):
            raise DecodeError("truncated", len(data))
        count += 1
        if count > MAX_TLVS:
            raise DecodeError("too_many", at)
        field = _FIELDS.get(kind)
        if field is not None:
            value = _value(kind, data[at + 4 : at + length])
            if value is None or field in found:
                malformed += 1
            else:
                found[field] = value
        at += length
    return Cdp(data[0], data[1], malformed=malformed, **found)


def encode(message: Cdp) -> bytes:
    """What follows the SNAP header, its checksum filled."""
    parts: list[bytes] = []
    for kind, field in _FIELDS.items():
        value = getattr(message, field)
        if value is None or value == ():
            continue
        if kind in _ADDRESS_LISTS:
            content = len(value).to_bytes(4, "big") + b"".join(map(_encode_address, value))
        elif kind in _NUMBERS:
            content = value.to_bytes(_NUMBERS[kind], "big")
        else:
            content = value
        parts.append(kind.to_bytes(2, "big") + (len(content) + 4).to_bytes(2, "big") + content)
    head, body = bytes((message.version, message.ttl_s)), b"".join(parts)
    return head + checksum.internet(head + b"\0\0" + body).to_bytes(2, "big") + body


def build_frame(source_mac: bytes, message: Cdp) -> bytes:
    """The Ethernet frame to the neighbours."""
    payload = llc.build_snap(encode(message), llc.CISCO, llc.CISCO_CDP)
    return ethernet.build(GROUP_MAC, source_mac, len(payload), payload)


_FIELDS: Final = {
    DEVICE_ID: "device",
    ADDRESSES: "addresses",
    PORT_ID: "port",
    CAPABILITIES: "capabilities",
    VERSION: "software",
    PLATFORM: "platform",
    NATIVE_VLAN: "native_vlan",
    SYSTEM_NAME: "system_name",
    MANAGEMENT_ADDRESSES: "management",
}
_NUMBERS: Final = {CAPABILITIES: 4, NATIVE_VLAN: 2}
_ADDRESS_LISTS: Final = frozenset((ADDRESSES, MANAGEMENT_ADDRESSES))
_IPV4: Final = b"\1\1\xcc\0\4"  # NLPID 0xcc, four octets
_IPV6: Final = b"\2\x08\xaa\xaa\x03\0\0\0\x86\xdd\0\x10"  # SNAP of 0x86dd, sixteen octets


def _value(kind: int, content: bytes) -> bytes | int | tuple[bytes, ...] | None:
    if kind in _ADDRESS_LISTS:
        return _parse_addresses(content)
    if kind in _NUMBERS:
        return int.from_bytes(content, "big") if len(content) == _NUMBERS[kind] else None
    return content


def _parse_addresses(content: bytes) -> tuple[bytes, ...] | None:
    """The IPv4 and IPv6 addresses of a list; those of other protocols are passed over."""
    if len(content) < 4:
        return None
    count = int.from_bytes(content[:4], "big")
    if count > MAX_ADDRESSES:
        return None
    found: list[bytes] = []
    at = 4
    for _ in range(count):
        if at + 2 > len(content):
            return None
        start = at + 2 + content[at + 1] + 2
        if start > len(content):
            return None
        protocol = content[at:start]
        end = start + int.from_bytes(protocol[-2:], "big")
        if end > len(content):
            return None
        if protocol in (_IPV4, _IPV6):
            found.append(content[start:end])
        at = end
    return tuple(found)


def _encode_address(address: bytes) -> bytes:
    if len(address) not in (4, 16):
        raise ValueError(f"an address has 4 or 16 octets, not {len(address)}")
    return (_IPV4 if len(address) == 4 else _IPV6) + address
