"""Tunnels of IPv6 in IPv4, as far as one packet shows them (RFC 7123 §3).

Protocol 41 (RFC 4213 §3), with the relays of 6to4 (RFC 3056, RFC 7526) and the addresses of ISATAP
(RFC 5214 §6.1); GRE (RFC 2784); Teredo (RFC 4380 §5.1); and the names that are looked up to find
a way into one.
"""

from typing import Final, Literal

import msgspec

from collectors.wire.errors import Buffer

IPV6_IN_IPV4: Final = 41
GRE: Final = 47
PROTOCOLS: Final = frozenset((IPV6_IN_IPV4, GRE))
TEREDO_PORT: Final = 3544
DNS_PORT: Final = 53
ISATAP: Final = b"isatap"
TEREDO_NAME: Final = (b"teredo", b"ipv6")

# What is read of a packet: it may be cut behind the headers of both protocols.
READ_BYTES: Final = 128

Kind = Literal["6in4", "6to4", "teredo", "isatap", "gre"]


class Tunnelled(msgspec.Struct, frozen=True, gc=False):
    """A packet that carries another through a tunnel, or with `sought` looks for one by name."""

    kind: Kind
    sought: bool = False


def parse(protocol: int, destination: bytes, buf: Buffer) -> Tunnelled:
    """Tell the kind of tunnel from the payload of an IPv4 packet of one of `PROTOCOLS`."""
    if protocol == GRE:
        return _GRE
    if destination[:3] == _RELAYS:
        return _6TO4
    inner = bytes(buf[:24])
    if len(inner) < 24 or inner[0] >> 4 != 6:
        return _6IN4
    if inner[8:10] == _6TO4_PREFIX:
        return _6TO4
    return _ISATAP if inner[16:20] in _ISATAP_IDENTIFIERS else _6IN4


def parse_teredo(buf: Buffer) -> Tunnelled | None:
    """Read the payload of a datagram from or to port 3544; None for what is not Teredo.

    It begins with an authentication or origin indication, or with an IPv6 header.
    """
    data = bytes(buf[:4])
    if data[:2] in _INDICATIONS and len(buf) >= 8:
        return _TEREDO
    return _TEREDO if data and data[0] >> 4 == 6 and len(buf) >= 40 else None


def parse_question(buf: Buffer) -> Tunnelled | None:
    """Read the payload of a datagram from or to port 53: who looks for a tunnel; None for others.

    Only the first question counts. It is a name `isatap` in any domain (RFC 5214 §8.3.2) or the
    server that Windows takes for Teredo.
    """
    data = bytes(buf[:32])
    if len(data) < 24 or data[2] & 0xF8 or not data[4] | data[5]:
        return None  # an answer, another operation, or no question
    return sought(_labels(data))


def sought(name: tuple[bytes, ...]) -> Tunnelled | None:
    """What kind of tunnel a name leads to, if any."""
    first = tuple(label.lower() for label in name[:2])
    if first[:1] == (ISATAP,):
        return _ISATAP_SOUGHT
    return _TEREDO_SOUGHT if first == TEREDO_NAME else None


_6IN4: Final = Tunnelled("6in4")
_6TO4: Final = Tunnelled("6to4")
_ISATAP: Final = Tunnelled("isatap")
_GRE: Final = Tunnelled("gre")
_TEREDO: Final = Tunnelled("teredo")
_ISATAP_SOUGHT: Final = Tunnelled("isatap", True)
_TEREDO_SOUGHT: Final = Tunnelled("teredo", True)
_RELAYS: Final = bytes((192, 88, 99))
_6TO4_PREFIX: Final = b"\x20\x02"
_ISATAP_IDENTIFIERS: Final = (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe")
_INDICATIONS: Final = (b"\0\0", b"\0\1")


def _labels(data: bytes) -> tuple[bytes, ...]:
    """The first labels of the first question, as far as they are whole."""
    found: list[bytes] = []
    at = 12
    while len(found) < 2 and at < len(data) and 0 < data[at] < 64 and at + data[at] < len(data):
        found.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return tuple(found)
