"""Bridge protocol data units of spanning trees (IEEE 802.1D-2004 §9.3, IEEE 802.1Q §14)."""

import struct
from typing import Final, Literal

import msgspec

from collectors.wire import ethernet, llc
from collectors.wire.address import require_mac
from collectors.wire.errors import Buffer, DecodeError

GROUP_MAC: Final = bytes.fromhex("0180c2000000")

CONFIGURATION: Final = 0x00
RAPID: Final = 0x02
TOPOLOGY_CHANGE: Final = 0x80

HEADER_BYTES: Final = 4
CONFIGURATION_BYTES: Final = 35
RAPID_BYTES: Final = 36

Kind = Literal["configuration", "rapid", "topology_change"]


class BridgeId(msgspec.Struct, frozen=True, gc=False):
    """Who a bridge is: priority in steps of 4096, VLAN or instance, MAC (§9.2.5)."""

    priority: int
    instance: int
    mac: bytes


class Bpdu(msgspec.Struct, frozen=True, gc=False):
    """A data unit; times are in seconds. A topology change notification says nothing more.

    `version` is 0 for STP, 2 for RSTP, 3 for MSTP, of which only the common part is read.
    `changed` is the topology change flag.
    """

    kind: Kind
    version: int = 0
    root: BridgeId | None = None
    bridge: BridgeId | None = None
    cost: int = 0
    port: int = 0
    changed: bool = False
    age_s: float = 0.0
    max_age_s: float = 20.0
    hello_s: float = 2.0
    delay_s: float = 15.0


def parse(buf: Buffer) -> Bpdu:
    """Parse what follows the LLC header.

    Raises `truncated`, `bad_type`, and `unsupported` for another protocol than spanning tree.
    """
    data = buf if type(buf) is bytes else bytes(buf)
    if len(data) < HEADER_BYTES:
        raise DecodeError("truncated", len(data))
    if data[:2] != b"\0\0":
        raise DecodeError("unsupported", 0)
    version, code = data[2], data[3]
    if code == TOPOLOGY_CHANGE:
        return Bpdu("topology_change", version)
    if code not in (CONFIGURATION, RAPID):
        raise DecodeError("bad_type", 3)
    if len(data) < (CONFIGURATION_BYTES if code == CONFIGURATION else RAPID_BYTES):
        raise DecodeError("truncated", len(data))
    flags, root, root_mac, cost, bridge, bridge_mac, port, *times = _BODY.unpack_from(data, 4)
    return Bpdu(
        "configuration" if code == CONFIGURATION else "rapid",
        version,
        BridgeId(root & 0xF000, root & 0x0FFF, root_mac),
        BridgeId(bridge & 0xF000, bridge & 0x0FFF, bridge_mac),
        cost,
        port,
        flags & 0x01 != 0,
        *(time / 256 for time in times),
    )


def encode(bpdu: Bpdu) -> bytes:
    """What follows the LLC header."""
    if bpdu.kind == "topology_change" or bpdu.root is None or bpdu.bridge is None:
        return bytes((0, 0, bpdu.version, TOPOLOGY_CHANGE))
    code = CONFIGURATION if bpdu.kind == "configuration" else RAPID
    root, bridge = bpdu.root, bpdu.bridge
    times = (bpdu.age_s, bpdu.max_age_s, bpdu.hello_s, bpdu.delay_s)
    body = _BODY.pack(
        0x01 if bpdu.changed else 0,
        root.priority | root.instance,
        require_mac(root.mac),
        bpdu.cost,
        bridge.priority | bridge.instance,
        require_mac(bridge.mac),
        bpdu.port,
        *(round(time * 256) for time in times),
    )
    tail = b"\0" if bpdu.kind == "rapid" else b""  # version 1 length
    return bytes((0, 0, bpdu.version, code)) + body + tail


def build_frame(source_mac: bytes, bpdu: Bpdu) -> bytes:
    """The Ethernet frame to the group of bridges."""
    payload = llc.build(encode(bpdu), llc.SPANNING_TREE)
    return ethernet.build(GROUP_MAC, source_mac, len(payload), payload)


_BODY: Final = struct.Struct("!BH6sIH6sHHHHH")
