"""A NetBIOS name service for one host: node status and its own name (RFC 1002 §4.2)."""

import ipaddress
import socket
import struct

from agent.lab.offers import Nbns
from agent.lab.services.stage import Place, Stage

PORT = 137
NB, NBSTAT, IN = 0x20, 0x21, 1
UNIQUE, GROUP = 0x0400, 0x8400  # active names


async def start(offer: Nbns, place: Place, stage: Stage) -> None:
    """Answer on IPv4, the only family that NetBIOS knows."""
    if place.host.ipv4 is None:
        return
    sock = place.udp(socket.AF_INET, PORT)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)

    def answer() -> None:
        data, peer = sock.recvfrom(2048)
        response = respond(data, offer, place.host.ipv4 or "", place.host.mac)
        if response is not None:
            sock.sendto(response, peer)

    stage.reads(sock, answer)


def respond(data: bytes, offer: Nbns, ipv4: str, mac: str) -> bytes | None:
    """The answer to one datagram; None when it is none of the host's business."""
    # Twelve octets of header, then 0x20, 32 letters, 0, type and class (RFC 1002 §4.2.1, §4.1).
    if len(data) < 50 or data[12] != 32 or data[45] != 0:
        return None
    identity, flags, questions = struct.unpack_from("!HHH", data)
    kind, class_ = struct.unpack_from("!HH", data, 46)
    if flags & 0x8000 or flags & 0x7800 or questions != 1 or class_ != IN:
        return None
    asked = decode_name(data[13:45])
    name = data[12:46]
    if kind == NBSTAT and asked is not None and asked[:1] in (b"*", offer.host[:1].encode()):
        body = _status(offer, mac)
    elif kind == NB and asked == _padded(offer.host) + b"\0":
        body = struct.pack("!H", 0) + ipaddress.IPv4Address(ipv4).packed
    else:
        return None
    header = struct.pack("!HHHHHH", identity, 0x8400 | (flags & 0x0100), 0, 1, 0, 0)
    return header + name + struct.pack("!HHIH", kind, IN, 0, len(body)) + body


def decode_name(letters: bytes) -> bytes | None:
    """The 16 octets behind 32 letters A to P (RFC 1001 §14.1); None for other letters."""
    if len(letters) != 32 or any(not 0x41 <= one <= 0x50 for one in letters):
        return None
    return bytes(
        (letters[at] - 0x41) << 4 | (letters[at + 1] - 0x41) for at in range(0, len(letters), 2)
    )


def _status(offer: Nbns, mac: str) -> bytes:
    names = (
        (_padded(offer.host) + b"\x00", UNIQUE),
        (_padded(offer.group) + b"\x00", GROUP),
        (_padded(offer.host) + b"\x20", UNIQUE),
    )
    body = bytes((len(names),))
    body += b"".join(name + struct.pack("!H", flags) for name, flags in names)
    return body + bytes.fromhex(mac.replace(":", "")) + bytes(40)


def _padded(name: str) -> bytes:
    return name.upper().encode("ascii", "replace")[:15].ljust(15)
