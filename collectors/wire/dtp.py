"""Cisco's dynamic trunking protocol: a switch port that offers to become a trunk.

There is no public specification; the layout is the one that Wireshark's and Yersinia's authors
found: a version octet, then TLVs whose length covers their own four octets of header.
"""

from typing import Final, Literal

import msgspec

from collectors.wire.errors import Buffer, DecodeError

VERSION: Final = 1
DOMAIN: Final = 1
STATUS: Final = 2
KIND: Final = 3
NEIGHBOUR: Final = 4
HEADER_BYTES: Final = 4
MAX_TLVS: Final = 16

Mode = Literal["on", "off", "desirable", "auto", "unknown"]


class Dtp(msgspec.Struct, frozen=True, gc=False):
    """What a port negotiates. `trunking`: it is a trunk now; `mode`: what it wants to be."""

    mode: Mode
    trunking: bool
    domain: bytes = b""
    neighbour: bytes | None = None


def parse(buf: Buffer) -> Dtp:
    """Parse what follows the SNAP header.

    Raises `truncated`, `bad_version`, `bad_length`, `too_many`, `unsupported` (no status).
    """
    data = buf if type(buf) is bytes else bytes(buf)
    if not data:
        raise DecodeError("truncated", 0)
    if data[0] != VERSION:
        raise DecodeError("bad_version", 0)
    found = _tlvs(data)
    status = found.get(STATUS)
    if status is None:
        raise DecodeError("unsupported", 1)
    if len(status) != 1:
        raise DecodeError("bad_length", 1)
    neighbour = found.get(NEIGHBOUR, b"")
    return Dtp(
        _MODES.get(status[0] & 0x07, "unknown"),
        status[0] & 0x80 != 0,
        found.get(DOMAIN, b"").rstrip(b"\0"),
        neighbour if len(neighbour) == 6 else None,
    )


def encode(message: Dtp) -> bytes:
    """What follows the SNAP header."""
    mode = next(number for number, name in _MODES.items() if name == message.mode)
    parts = [
        (DOMAIN, message.domain.ljust(32, b"\0")),
        (STATUS, bytes((message.trunking << 7 | mode,))),
        (KIND, b"\xa5"),
    ]
    if message.neighbour is not None:
        parts.append((NEIGHBOUR, message.neighbour))
    tlvs = (
        kind.to_bytes(2, "big") + (len(value) + HEADER_BYTES).to_bytes(2, "big") + value
        for kind, value in parts
    )
    return bytes((VERSION,)) + b"".join(tlvs)


_MODES: Final[dict[int, Mode]] = {1: "on", 2: "off", 3: "desirable", 4: "auto"}


def _tlvs(data: bytes) -> dict[int, bytes]:
    """The first value of each kind."""
    found: dict[int, bytes] = {}
    offset = 1
    for _ in range(MAX_TLVS):
        if offset == len(data):
            return found
        if offset + HEADER_BYTES > len(data):
            raise DecodeError("truncated", len(data))
        length = data[offset + 2] << 8 | data[offset + 3]
        if length < HEADER_BYTES:
            raise DecodeError("bad_length", offset + 2)
        stop = offset + length
        if stop > len(data):
            raise DecodeError("truncated", len(data))
        found.setdefault(data[offset] << 8 | data[offset + 1], data[offset + HEADER_BYTES : stop])
        offset = stop
    raise DecodeError("too_many", offset)
