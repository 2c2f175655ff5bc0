"""LLDP announcements (IEEE 802.1AB-2016 §8.5)."""

import asyncio
import contextlib
import socket

from agent.lab.offers import Lldp
from agent.lab.services.stage import Place, Stage

ETHERTYPE = 0x88CC
NEAREST_BRIDGE = bytes.fromhex("0180c200000e")
BRIDGE, ROUTER, TELEPHONE, STATION = 0x04, 0x10, 0x20, 0x80


async def start(offer: Lldp, place: Place, stage: Stage) -> None:
    """Announce at once and every `interval_s`."""
    sock = place.namespace.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
    sock.setblocking(False)
    stage.on_close(sock.close)
    frame = encode(offer, place.host.mac, place.host.kind, place.host.ipv4)

    async def announce() -> None:
        while True:
            with contextlib.suppress(OSError):
                sock.sendto(frame, ("eth0", ETHERTYPE))
            await asyncio.sleep(offer.interval_s)

    stage.spawn(announce())


def encode(offer: Lldp, mac: str, kind: str, ipv4: str | None) -> bytes:
    """The whole frame."""
    packed = bytes.fromhex(mac.replace(":", ""))
    role = {"router": ROUTER, "switch": BRIDGE, "access_point": BRIDGE, "voip": TELEPHONE}
    bits = role.get(kind, STATION).to_bytes(2, "big")
    life_s = int(offer.interval_s * 4)
    parts = [
        _tlv(1, b"\x04" + packed),
        _tlv(2, b"\x05" + offer.port.encode()),
        _tlv(3, life_s.to_bytes(2, "big")),
        _tlv(4, offer.port.encode()),
        _tlv(5, offer.system.encode()),
        _tlv(6, offer.description.encode()),
        _tlv(7, bits + bits),
    ]
    if ipv4 is not None:
        address = b"\x05\x01" + socket.inet_aton(ipv4)
        parts.append(_tlv(8, address + b"\x02" + (1).to_bytes(4, "big") + b"\x00"))
    frame = NEAREST_BRIDGE + packed + ETHERTYPE.to_bytes(2, "big") + b"".join(parts) + _tlv(0, b"")
    return frame.ljust(60, b"\0")


def _tlv(kind: int, value: bytes) -> bytes:
    return (kind << 9 | len(value)).to_bytes(2, "big") + value
