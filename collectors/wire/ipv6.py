"""IPv6 headers and a bounded walk over extension headers (RFC 8200 §3, §4)."""

import struct
from typing import Final

import msgspec

from collectors.wire.address import require_ipv6
from collectors.wire.errors import Buffer, DecodeError

HOP_BY_HOP: Final = 0
TCP: Final = 6
UDP: Final = 17
ROUTING: Final = 43
FRAGMENT: Final = 44
ESP: Final = 50
AUTHENTICATION: Final = 51
ICMPV6: Final = 58
NO_NEXT_HEADER: Final = 59
DESTINATION_OPTIONS: Final = 60

HEADER_BYTES: Final = 40
MAX_PAYLOAD_BYTES: Final = 65535
MAX_EXTENSION_HEADERS: Final = 8
MAX_OPTIONS: Final = 64  # over all option headers of one packet
DEFAULT_HOP_LIMIT: Final = 64

ROUTER_ALERT_OPTION: Final = 5
ROUTER_ALERT_MLD: Final = 0
JUMBO_OPTION: Final = 0xC2
UNKNOWN_OPTION: Final = 0x80  # "10": discard, and report even when sent to a group (RFC 8200 §4.2)


class Ipv6(msgspec.Struct, frozen=True, gc=False):
    """A packet; `next_header` and `payload` are the upper layer's, after all extension headers.

    `extensions` lists the extension headers in their order. `router_alert` is the value of that
    option (RFC 2711) or None. `has_fragment_header` is also set for a complete packet that carries
    one (RFC 6946). `fragment_offset` is in octets; where `is_fragment` holds the payload is a part.
    `payload_offset` counts from the start of the packet.
    """

    source: bytes
    destination: bytes
    next_header: int
    hop_limit: int
    payload: bytes
    payload_offset: int = HEADER_BYTES
    extensions: tuple[int, ...] = ()
    router_alert: int | None = None
    has_fragment_header: bool = False
    fragment_offset: int = 0
    more_fragments: bool = False
    traffic_class: int = 0
    flow_label: int = 0

    @property
    def is_fragment(self) -> bool:
        """Whether the payload is a part of a larger one."""
        return self.more_fragments or self.fragment_offset > 0


def parse(buf: Buffer) -> Ipv6:
    """Parse a packet; octets after the payload length are padding.

    Raises `truncated`, `bad_version`, `bad_length`, `bad_type` (a hop-by-hop header that is not
    first), `bad_option`, `too_many`, and `unsupported` for jumbograms (RFC 2675).
    """
    data = buf if type(buf) is bytes else bytes(buf)
    if len(data) < HEADER_BYTES:
        raise DecodeError("truncated", len(data))
    first, length, next_header, hop_limit, source, destination = _LAYOUT.unpack_from(data)
    if first >> 28 != 6:
        raise DecodeError("bad_version", 0)
    end = HEADER_BYTES + length
    if end > len(data):
        raise DecodeError("truncated", len(data))
    traffic_class = first >> 20 & 0xFF
    flow_label = first & 0xFFFFF
    if next_header not in _EXTENSIONS:
        return Ipv6(
            source,
            destination,
            next_header,
            hop_limit,
            data[HEADER_BYTES:end],
            traffic_class=traffic_class,
            flow_label=flow_label,
        )
    walk = _Walk(data[:end])
    walk.run(next_header)
    return Ipv6(
        source,
        destination,
        walk.next_header,
        hop_limit,
        data[walk.offset : end],
        walk.offset,
        tuple(walk.extensions),
        walk.router_alert,
        FRAGMENT in walk.extensions,
        walk.fragment_offset,
        walk.more_fragments,
        traffic_class,
        flow_label,
    )


def build(
    source: bytes,
    destination: bytes,
    next_header: int,
    payload: bytes,
    hop_limit: int = DEFAULT_HOP_LIMIT,
) -> bytes:
    """A packet. For extension headers, put them before the payload and name the first one."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"a payload has at most {MAX_PAYLOAD_BYTES} octets, not {len(payload)}")
    return (
        _LAYOUT.pack(
            0x60000000,
            len(payload),
            next_header,
            hop_limit,
            require_ipv6(source),
            require_ipv6(destination),
        )
        + payload
    )


def router_alert_header(next_header: int, value: int = ROUTER_ALERT_MLD) -> bytes:
    """A hop-by-hop header with the router alert option, padded to eight octets (RFC 2711 §2.1)."""
    return bytes((next_header, 0, ROUTER_ALERT_OPTION, 2)) + value.to_bytes(2, "big") + b"\x01\x00"


def unknown_option_header(next_header: int) -> bytes:
    """A destination options header with one option that nobody knows.

    A node must answer it with a parameter problem of code 2, also when it came to a group
    (RFC 8200 §4.2, RFC 4443 §2.4 e.3).
    """
    return bytes((next_header, 0, UNKNOWN_OPTION, 4, 0, 0, 0, 0))


_LAYOUT: Final = struct.Struct("!IHBB16s16s")
_EXTENSIONS: Final = frozenset((HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION_OPTIONS))


class _Walk:
    """The walk over the extension headers of one packet, which ends where `data` does."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.offset = HEADER_BYTES
        self.next_header = NO_NEXT_HEADER
        self.extensions: list[int] = []
        self.options = 0
        self.router_alert: int | None = None
        self.fragment_offset = 0
        self.more_fragments = False

    def run(self, header: int) -> None:
        """Step over headers until the upper layer, or the unreadable rest of a fragment."""
        while header in _EXTENSIONS:
            if len(self.extensions) == MAX_EXTENSION_HEADERS:
                raise DecodeError("too_many", self.offset)
            if header == HOP_BY_HOP and self.extensions:
                raise DecodeError("bad_type", self.offset)
            if self.offset + 8 > len(self.data):
                raise DecodeError("truncated", len(self.data))
            self.extensions.append(header)
            header = self._step(header)
            if self.fragment_offset:
                break
        self.next_header = header

    def _step(self, header: int) -> int:
        data, start = self.data, self.offset
        if header == FRAGMENT:
            field = data[start + 2] << 8 | data[start + 3]
            self.fragment_offset = field & 0xFFF8
            self.more_fragments = field & 1 == 1
            size = 8
        elif header == AUTHENTICATION:
            size = (data[start + 1] + 2) * 4
        else:
            size = (data[start + 1] + 1) * 8
        if start + size > len(data):
            raise DecodeError("truncated", len(data))
        if header in (HOP_BY_HOP, DESTINATION_OPTIONS):
            self._read_options(start + 2, start + size, header)
        self.offset = start + size
        return data[start]

    def _read_options(self, offset: int, end: int, header: int) -> None:
        data = self.data
        while offset < end:
            self.options += 1
            if self.options > MAX_OPTIONS:
                raise DecodeError("too_many", offset)
            kind = data[offset]
            if kind == 0:
                offset += 1
                continue
            if offset + 2 > end or offset + 2 + data[offset + 1] > end:
                raise DecodeError("bad_option", offset)
            if header == HOP_BY_HOP:
                self._read_hop_option(offset, kind, data[offset + 1])
            offset += 2 + data[offset + 1]

    def _read_hop_option(self, offset: int, kind: int, length: int) -> None:
        if kind == JUMBO_OPTION:
            raise DecodeError("unsupported", offset)
        if kind == ROUTER_ALERT_OPTION:
            if length != 2:
                raise DecodeError("bad_option", offset)
            self.router_alert = self.data[offset + 2] << 8 | self.data[offset + 3]
