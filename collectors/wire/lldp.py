"""Link layer discovery (IEEE 802.1AB-2016 §8), with what phones add (ANSI/TIA-1057 §10.2)."""

from typing import Any, Final

import msgspec

from collectors.wire import ethernet
from collectors.wire.errors import Buffer, DecodeError

GROUP_MAC: Final = bytes.fromhex("0180c200000e")

END: Final = 0
CHASSIS_ID: Final = 1
PORT_ID: Final = 2
TIME_TO_LIVE: Final = 3
PORT_DESCRIPTION: Final = 4
SYSTEM_NAME: Final = 5
SYSTEM_DESCRIPTION: Final = 6
CAPABILITIES: Final = 7
MANAGEMENT_ADDRESS: Final = 8
ORGANISATION: Final = 127

CHASSIS_MAC: Final = 4
PORT_MAC: Final = 3
PORT_INTERFACE_NAME: Final = 5
FAMILY_IPV4: Final = 1  # IANA address family numbers
FAMILY_IPV6: Final = 2

CAPABILITY_NAMES: Final = (
    "other", "repeater", "bridge", "access_point", "router", "telephone", "docsis", "station",
    "c_vlan", "s_vlan", "two_port_relay",
)  # fmt: skip

MAX_TLVS: Final = 128
MAX_MANAGEMENT: Final = 16


class Management(msgspec.Struct, frozen=True, gc=False):
    """An address at which a system is managed: IANA address family, octets (§8.5.9)."""

    family: int
    address: bytes
    interface: int = 0


class Lldp(msgspec.Struct, frozen=True, gc=False):
    """What a neighbour says of itself. Text stays raw octets; None was not sent.

    `chassis_kind` and `port_kind` are the subtypes of §8.5.2 and §8.5.3. `capabilities` and
    `enabled` are bit fields in the order of `CAPABILITY_NAMES`. `malformed` counts TLVs whose
    content breaks the standard; they are left out.
    """

    chassis_kind: int
    chassis: bytes
    port_kind: int
    port: bytes
    ttl_s: int
    port_description: bytes | None = None
    system_name: bytes | None = None
    system_description: bytes | None = None
    capabilities: int | None = None
    enabled: int | None = None
    management: tuple[Management, ...] = ()
    port_vlan: int | None = None
    manufacturer: bytes | None = None
    model: bytes | None = None
    serial: bytes | None = None
    malformed: int = 0

    @property
    def enabled_names(self) -> tuple[str, ...]:
        """The capabilities in use, by name."""
        bits = self.enabled or 0
        return tuple(name for at, name in enumerate(CAPABILITY_NAMES) if bits >> at & 1)

    @property
    def chassis_mac(self) -> bytes | None:
        """The chassis identifier where it is a MAC."""
        is_mac = self.chassis_kind == CHASSIS_MAC and len(self.chassis) == 6
        return self.chassis if is_mac else None

    @property
    def is_farewell(self) -> bool:
        """Whether the sender goes away (§9.1.2.2, a shutdown unit)."""
        return self.ttl_s == 0


def parse(buf: Buffer) -> Lldp:
    """Parse the payload of an LLDP frame; padding behind the end is ignored.

    Raises `truncated`, `bad_type` when the three mandatory TLVs do not come first and in order,
    `bad_length` when one of them is broken inside, and `too_many`.
    """
    data = buf if type(buf) is bytes else bytes(buf)
    found: dict[str, Any] = {}
    management: list[Management] = []
    malformed = 0
    mandatory: list[bytes] = []
    at = count = 0
    while at < len(data):
        if at + 2 > len(data):
            raise DecodeError("truncated", len(data))
        kind, length = data[at] >> 1, (data[at] & 1) << 8 | data[at + 1]
        content = data[at + 2 : at + 2 + length]
        if len(content) < length:
            raise DecodeError("truncated", len(data))
        count += 1
        if count > MAX_TLVS:
            raise DecodeError("too_many", at)
        if len(mandatory) < 3:
            mandatory.append(_mandatory(len(mandatory) + 1, kind, content, at))
        elif kind == END:
            break
        elif kind == MANAGEMENT_ADDRESS:
            address = _management(content)
            if address is None or len(management) == MAX_MANAGEMENT:
                malformed += 1
            else:
                management.append(address)
        elif not _take(found, kind, content):
            malformed += 1
        at += 2 + length
    if len(mandatory) < 3:
        raise DecodeError("truncated", len(data))
    chassis, port, ttl = mandatory
    return Lldp(
        chassis[0],
        chassis[1:],
        port[0],
        port[1:],
        int.from_bytes(ttl[:2], "big"),
        management=tuple(management),
        malformed=malformed,
        **found,
    )


def encode(message: Lldp) -> bytes:
    """The payload of an LLDP frame."""
    parts = [
        _tlv(CHASSIS_ID, bytes((message.chassis_kind,)) + message.chassis),
        _tlv(PORT_ID, bytes((message.port_kind,)) + message.port),
        _tlv(TIME_TO_LIVE, message.ttl_s.to_bytes(2, "big")),
    ]
    for kind, field in _TEXTS.items():
        text = getattr(message, field)
        if text is not None:
            parts.append(_tlv(kind, text))
    if message.capabilities is not None:
        bits = (message.capabilities, message.enabled or 0)
        parts.append(_tlv(CAPABILITIES, b"".join(each.to_bytes(2, "big") for each in bits)))
    for each in message.management:
        address = bytes((len(each.address) + 1, each.family)) + each.address
        interface = b"\2" + each.interface.to_bytes(4, "big") + b"\0"
        parts.append(_tlv(MANAGEMENT_ADDRESS, address + interface))
    if message.port_vlan is not None:
        parts.append(_tlv(ORGANISATION, _PORT_VLAN + message.port_vlan.to_bytes(2, "big")))
    for prefix, field in _INVENTORY.items():
        text = getattr(message, field)
        if text is not None:
            parts.append(_tlv(ORGANISATION, prefix + text))
    return b"".join((*parts, b"\0\0"))


def build_frame(source_mac: bytes, message: Lldp) -> bytes:
    """The Ethernet frame to the nearest bridges."""
    return ethernet.build(GROUP_MAC, source_mac, ethernet.LLDP, encode(message))


_TEXTS: Final = {
    PORT_DESCRIPTION: "port_description",
    SYSTEM_NAME: "system_name",
    SYSTEM_DESCRIPTION: "system_description",
}
_PORT_VLAN: Final = bytes.fromhex("0080c201")  # IEEE 802.1Q annex D
_INVENTORY: Final = {
    bytes.fromhex("0012bb08"): "serial",
    bytes.fromhex("0012bb09"): "manufacturer",
    bytes.fromhex("0012bb0a"): "model",
}
MAX_IDENTIFIER_BYTES: Final = 256  # subtype included


def _mandatory(wanted: int, kind: int, content: bytes, at: int) -> bytes:
    if kind != wanted:
        raise DecodeError("bad_type", at)
    shortest = 2  # a subtype and an octet, or the two of the time to live
    if not shortest <= len(content) <= MAX_IDENTIFIER_BYTES:
        raise DecodeError("bad_length", at)
    return content


def _take(found: dict[str, Any], kind: int, content: bytes) -> bool:
    """Keep one optional TLV; whether it was well formed. Each may appear once (§8.5.1.1)."""
    values: dict[str, int | bytes] = {}
    if kind in _TEXTS:
        values[_TEXTS[kind]] = content
    elif kind == CAPABILITIES:
        if len(content) != 4:
            return False
        values["capabilities"] = int.from_bytes(content[:2], "big")
        values["enabled"] = int.from_bytes(content[2:], "big")
    elif kind == ORGANISATION:
        if len(content) < 4:
            return False
        if content[:4] == _PORT_VLAN:
            if len(content) != 6:
                return False
            values["port_vlan"] = int.from_bytes(content[4:], "big")
        elif content[:4] in _INVENTORY:
            values[_INVENTORY[content[:4]]] = content[4:]
    elif kind in (CHASSIS_ID, PORT_ID, TIME_TO_LIVE):
        return False
    if not values.keys().isdisjoint(found):
        return False
    found.update(values)
    return True


def _management(content: bytes) -> Management | None:
    """Length, family, address, numbering, interface, length of an object identifier (§8.5.9)."""
    if len(content) < 9 or not 2 <= content[0] <= 32 or len(content) < content[0] + 7:
        return None
    end = 1 + content[0]
    family, address = content[1], content[2:end]
    if len(address) != {FAMILY_IPV4: 4, FAMILY_IPV6: 16}.get(family, len(address)):
        return None
    return Management(family, address, int.from_bytes(content[end + 1 : end + 5], "big"))


def _tlv(kind: int, content: bytes) -> bytes:
    if len(content) > 511:
        raise ValueError(f"a TLV holds at most 511 octets, not {len(content)}")
    return (kind << 9 | len(content)).to_bytes(2, "big") + content
