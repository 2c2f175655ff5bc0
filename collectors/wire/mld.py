"""Multicast listener discovery, versions 1 and 2 (RFC 2710, RFC 3810)."""

from typing import Final, Literal

import msgspec

from collectors.wire import checksum, ethernet, ipv6
from collectors.wire.address import (
    ALL_MLDV2_ROUTERS,
    ALL_NODES,
    UNSPECIFIED_IPV6,
    is_link_local,
    is_multicast,
    multicast_mac,
    require_ipv6,
)
from collectors.wire.errors import Buffer, DecodeError

QUERY: Final = 130
REPORT_V1: Final = 131
DONE: Final = 132
REPORT_V2: Final = 143

HOP_LIMIT: Final = 1
V1_BYTES: Final = 24
V2_QUERY_BYTES: Final = 28  # a query of exactly 24 octets is version 1 (RFC 3810 §8.1)
MAX_RECORDS: Final = 512  # more than one Ethernet frame can hold
MAX_SOURCES: Final = 512

# What a query must carry, because hosts take these values over from it (RFC 3810 §5.1.8, §5.1.9).
ROBUSTNESS: Final = 2
QUERY_INTERVAL_S: Final = 125
MIN_MAX_RESPONSE_MS: Final = 1000
MAX_MAX_RESPONSE_MS: Final = 3000

MODE_IS_INCLUDE: Final = 1
MODE_IS_EXCLUDE: Final = 2
CHANGE_TO_INCLUDE: Final = 3
CHANGE_TO_EXCLUDE: Final = 4
ALLOW_NEW_SOURCES: Final = 5
BLOCK_OLD_SOURCES: Final = 6


class Query(msgspec.Struct, frozen=True, gc=False):
    """A querier asks; an unspecified `group` is a general query. Version 1 has the first three.

    `interval_s` is the querier's own interval, `robustness` its QRV.
    """

    version: Literal[1, 2]
    max_response_ms: int
    group: bytes = UNSPECIFIED_IPV6
    suppress: bool = False
    robustness: int = 0
    interval_s: int = 0
    sources: tuple[bytes, ...] = ()


class ReportV1(msgspec.Struct, frozen=True, gc=False):
    """A node listens to one group."""

    group: bytes


class Done(msgspec.Struct, frozen=True, gc=False):
    """A node has left one group."""

    group: bytes


class Record(msgspec.Struct, frozen=True, gc=False):
    """One group's state or change (RFC 3810 §5.2.5); `kind` is one of the six constants."""

    kind: int
    group: bytes
    sources: tuple[bytes, ...] = ()

    @property
    def is_left(self) -> bool:
        """Whether the record says that the node listens to the group no more."""
        return self.kind == CHANGE_TO_INCLUDE and not self.sources

    @property
    def is_listening(self) -> bool:
        """Whether the record says that the node listens to the group."""
        if self.kind in (MODE_IS_INCLUDE, CHANGE_TO_INCLUDE, ALLOW_NEW_SOURCES):
            return bool(self.sources)
        return self.kind in (MODE_IS_EXCLUDE, CHANGE_TO_EXCLUDE)


class ReportV2(msgspec.Struct, frozen=True, gc=False):
    """A node's groups; `ignored` counts records of undefined kinds (RFC 3810 §5.2.12)."""

    records: tuple[Record, ...]
    ignored: int = 0

    @property
    def groups(self) -> tuple[bytes, ...]:
        """The groups that the node says it listens to."""
        return tuple(record.group for record in self.records if record.is_listening)

    @property
    def left(self) -> tuple[bytes, ...]:
        """The groups that the node says it has left."""
        return tuple(record.group for record in self.records if record.is_left)

    @property
    def is_current_state(self) -> bool:
        """Whether it answers a query with the whole state, rather than telling a change.

        A node with very many groups may spread its state over several reports (§5.2.15).
        """
        return bool(self.records) and all(
            record.kind in (MODE_IS_INCLUDE, MODE_IS_EXCLUDE) for record in self.records
        )


Message = Query | ReportV1 | Done | ReportV2


def parse(
    buf: Buffer, source: bytes, hop_limit: int, router_alert: int | None, fragmented: bool = False
) -> Message:
    """Parse an ICMPv6 message of types 130 to 132 and 143; the caller has verified its checksum.

    The source must be link-local or, as switches that query without an address of their own and
    nodes that have none yet do, unspecified; the hop limit 1; router alert present (RFC 3810 §6.2,
    §7.4). Raises `truncated`, `fragmented`, `bad_hop_limit`, `bad_address`, `bad_option` (no
    router alert), `bad_length`, `bad_type`, `too_many`.
    """
    data = buf if type(buf) is bytes else bytes(buf)
    if len(data) < 8:
        raise DecodeError("truncated", len(data))
    if fragmented:
        raise DecodeError("fragmented", 0)
    if hop_limit != HOP_LIMIT:
        raise DecodeError("bad_hop_limit", 0)
    if not is_link_local(source) and source != UNSPECIFIED_IPV6:
        raise DecodeError("bad_address", 0)
    if router_alert is None:
        raise DecodeError("bad_option", 0)
    kind = data[0]
    if kind == REPORT_V2:
        return _parse_report_v2(data)
    if kind not in (QUERY, REPORT_V1, DONE):
        raise DecodeError("bad_type", 0)
    if len(data) < V1_BYTES:
        raise DecodeError("truncated", len(data))
    group = data[8:24]
    if kind == QUERY:
        return _parse_query(data, group)
    if not is_multicast(group):
        raise DecodeError("bad_address", 8)
    return ReportV1(group) if kind == REPORT_V1 else Done(group)


def encode(message: Message) -> bytes:
    """The ICMPv6 message with a checksum field of zero."""
    if isinstance(message, ReportV2):
        records = b"".join(map(_encode_record, message.records))
        return bytes((REPORT_V2, 0, 0, 0, 0, 0)) + len(message.records).to_bytes(2, "big") + records
    if isinstance(message, Query):
        return _encode_query(message)
    kind = REPORT_V1 if isinstance(message, ReportV1) else DONE
    return bytes((kind, 0, 0, 0, 0, 0, 0, 0)) + require_ipv6(message.group)


def build(source_mac: bytes, source: bytes, destination: bytes, message: Message) -> bytes:
    """The frame of a message: hop limit 1, router alert, to the group's MAC."""
    body = checksum.with_icmpv6(source, destination, encode(message))
    payload = ipv6.router_alert_header(ipv6.ICMPV6) + body
    packet = ipv6.build(source, destination, ipv6.HOP_BY_HOP, payload, HOP_LIMIT)
    return ethernet.build(multicast_mac(destination), source_mac, ethernet.IPV6, packet)


def build_general_query(
    source_mac: bytes, source: bytes, max_response_ms: int = MIN_MAX_RESPONSE_MS
) -> bytes:
    """The frame of an MLDv2 general query that leaves the hosts' version and timers as they are.

    `source` must be link-local: hosts drop anything else. The lowest address on the link becomes
    its querier (§7.6.2), so use one that cannot win.
    """
    if not is_link_local(source):
        raise ValueError("a query comes from a link-local address")
    if not MIN_MAX_RESPONSE_MS <= max_response_ms <= MAX_MAX_RESPONSE_MS:
        raise ValueError(
            f"answers are spread over {MIN_MAX_RESPONSE_MS} to {MAX_MAX_RESPONSE_MS} ms, "
            f"not {max_response_ms}"
        )
    query = Query(2, max_response_ms, UNSPECIFIED_IPV6, False, ROBUSTNESS, QUERY_INTERVAL_S)
    return build(source_mac, source, ALL_NODES, query)


def build_report(source_mac: bytes, source: bytes, records: tuple[Record, ...]) -> bytes:
    """The frame of an MLDv2 report."""
    return build(source_mac, source, ALL_MLDV2_ROUTERS, ReportV2(records))


_RECORD_BYTES: Final = 20


def _parse_query(data: bytes, group: bytes) -> Query:
    if group != UNSPECIFIED_IPV6 and not is_multicast(group):
        raise DecodeError("bad_address", 8)
    max_response = data[4] << 8 | data[5]
    if len(data) == V1_BYTES:
        return Query(1, max_response, group)
    if len(data) < V2_QUERY_BYTES:
        raise DecodeError("bad_length", len(data))
    return Query(
        2,
        _decode_float(max_response, 12),
        group,
        data[24] & 0x08 != 0,
        data[24] & 0x07,
        _decode_float(data[25], 4),
        _parse_sources(data, V2_QUERY_BYTES, data[26] << 8 | data[27]),
    )


def _parse_report_v2(data: bytes) -> ReportV2:
    count = data[6] << 8 | data[7]
    if count > MAX_RECORDS:
        raise DecodeError("too_many", 6)
    offset = 8
    end = len(data)
    records: list[Record] = []
    for _ in range(count):
        if offset + _RECORD_BYTES > end:
            raise DecodeError("truncated", end)
        kind = data[offset]
        group = data[offset + 4 : offset + 20]
        sources = _parse_sources(
            data, offset + _RECORD_BYTES, data[offset + 2] << 8 | data[offset + 3]
        )
        if group[0] != 0xFF:
            raise DecodeError("bad_address", offset + 4)
        if MODE_IS_INCLUDE <= kind <= BLOCK_OLD_SOURCES:
            records.append(Record(kind, group, sources))
        offset += _RECORD_BYTES + 16 * len(sources) + 4 * data[offset + 1]
        if offset > end:
            raise DecodeError("truncated", end)
    return ReportV2(tuple(records), count - len(records))


def _parse_sources(data: bytes, offset: int, count: int) -> tuple[bytes, ...]:
    if not count:
        return ()
    if count > MAX_SOURCES:
        raise DecodeError("too_many", offset)
    end = offset + 16 * count
    if end > len(data):
        raise DecodeError("truncated", len(data))
    return tuple(data[at : at + 16] for at in range(offset, end, 16))


def _decode_float(code: int, mantissa_bits: int) -> int:
    """Maximum response code (12 bits of mantissa, §5.1.3) and QQIC (4 bits, §5.1.9)."""
    if code < 8 << mantissa_bits:
        return code
    mantissa = code & (1 << mantissa_bits) - 1 | 1 << mantissa_bits
    return mantissa << (code >> mantissa_bits & 7) + 3


def _encode_float(value: int, mantissa_bits: int) -> int:
    if value < 8 << mantissa_bits:
        return value
    exponent = value.bit_length() - mantissa_bits - 4
    if exponent > 7:
        raise ValueError(f"{value} is too large to encode")
    mantissa = value >> exponent + 3 & (1 << mantissa_bits) - 1
    return 8 << mantissa_bits | exponent << mantissa_bits | mantissa


def _encode_query(query: Query) -> bytes:
    version_1 = query.version == 1
    code = query.max_response_ms if version_1 else _encode_float(query.max_response_ms, 12)
    head = bytes((QUERY, 0, 0, 0)) + code.to_bytes(2, "big") + b"\0\0" + require_ipv6(query.group)
    if version_1:
        return head
    flags = query.suppress << 3 | query.robustness & 0x07
    count = len(query.sources).to_bytes(2, "big")
    tail = bytes((flags, _encode_float(query.interval_s, 4))) + count
    return head + tail + b"".join(map(require_ipv6, query.sources))


def _encode_record(record: Record) -> bytes:
    head = bytes((record.kind, 0)) + len(record.sources).to_bytes(2, "big")
    return head + require_ipv6(record.group) + b"".join(map(require_ipv6, record.sources))
