"""DHCP unique identifiers: who a DHCPv6 client or server is (RFC 8415 §11, RFC 6355)."""

from typing import Final, Literal

import msgspec

from collectors.wire.address import require_mac
from collectors.wire.errors import Buffer, DecodeError

LINK_LAYER_TIME: Final = 1
ENTERPRISE: Final = 2
LINK_LAYER: Final = 3
UUID: Final = 4

MAX_DUID_BYTES: Final = 130  # two of type and 128 behind them (RFC 8415 §11.1)
ETHERNET: Final = 1

Kind = Literal["llt", "en", "ll", "uuid", "unknown"]


class Duid(msgspec.Struct, frozen=True, gc=False):
    """An identifier: opaque to others, but its kind tells what it was made of.

    `mac` is that of one interface at the time when it was made, not of the one that sends;
    `enterprise` is the number of who made it up. `identifier` is what follows them.
    """

    type: int
    identifier: bytes
    mac: bytes | None = None
    enterprise: int | None = None

    @property
    def kind(self) -> Kind:
        """`llt`, `en`, `ll`, `uuid`, or `unknown` for other types."""
        return _KINDS.get(self.type, "unknown")


def parse(buf: Buffer) -> Duid:
    """Parse the content of a client or server identifier option.

    Raises `truncated` and `bad_length`; other types are kept as they are.
    """
    data = buf if type(buf) is bytes else bytes(buf)
    if len(data) < 3:
        raise DecodeError("truncated", len(data))
    if len(data) > MAX_DUID_BYTES:
        raise DecodeError("bad_length", MAX_DUID_BYTES)
    kind = data[0] << 8 | data[1]
    if kind in (LINK_LAYER_TIME, LINK_LAYER):
        start = 8 if kind == LINK_LAYER_TIME else 4
        if len(data) <= start:
            raise DecodeError("truncated", len(data))
        is_mac = data[2] << 8 | data[3] == ETHERNET and len(data) == start + 6
        return Duid(kind, data[start:], data[start:] if is_mac else None)
    if kind == ENTERPRISE:
        if len(data) < 7:
            raise DecodeError("truncated", len(data))
        return Duid(kind, data[6:], enterprise=int.from_bytes(data[2:6], "big"))
    if kind == UUID and len(data) != 18:
        raise DecodeError("bad_length", 2)
    return Duid(kind, data[2:])


def build_link_layer(mac: bytes) -> bytes:
    """The identifier made of a MAC alone (DUID-LL, §11.4)."""
    return b"\0\3\0\1" + require_mac(mac)


def build_link_layer_time(mac: bytes, time: int) -> bytes:
    """The identifier made of a MAC and the seconds since 2000 (DUID-LLT, §11.2)."""
    return b"\0\1\0\1" + time.to_bytes(4, "big") + require_mac(mac)


_KINDS: Final[dict[int, Kind]] = {
    LINK_LAYER_TIME: "llt",
    ENTERPRISE: "en",
    LINK_LAYER: "ll",
    UUID: "uuid",
}
