"""Discovery of an SNMPv3 engine: one message without a user, and the report that answers it.

RFC 3412 §6 (the message), RFC 3414 §2.4 and §4 (the user-based model and its discovery), RFC 3411
§5 (SnmpEngineID). Only definite lengths are read, as RFC 3417 §8 has it.
"""

import struct
from typing import Final

import msgspec

from collectors.wire.errors import Buffer, DecodeError

PORT: Final = 161
MAX_MESSAGE_BYTES: Final = 2048
MAX_SIZE: Final = 65507  # that we would take
LEAST_ENGINE_ID: Final = 5
MOST_ENGINE_ID: Final = 32

INTEGER: Final = 0x02
OCTETS: Final = 0x04
SEQUENCE: Final = 0x30
GET: Final = 0xA0
REPORT: Final = 0xA8
REPORTABLE: Final = b"\x04"
VERSION_3: Final = 3
USER_BASED: Final = 3
_MOST_LENGTH_OCTETS: Final = 3
_MOST_INTEGER_OCTETS: Final = 5


class Engine(msgspec.Struct, frozen=True, gc=False):
    """What a report says of the engine that sent it; `message_id` is that of the question."""

    message_id: int
    engine_id: bytes
    boots: int = 0
    time_s: int = 0

    @property
    def enterprise(self) -> int | None:
        """The private enterprise number in it (RFC 3411 §5), None for 0, which is reserved."""
        return (struct.unpack_from("!I", self.engine_id)[0] & 0x7FFFFFFF) or None


def build_discovery(message_id: int) -> bytes:
    """The 64 octets or less of a GET with nothing in it, to an engine without a name."""
    security = _value(SEQUENCE, _octets(b"") + _integer(0) + _integer(0) + _octets(b"") * 3)
    request = _value(GET, _integer(message_id) + _integer(0) + _integer(0) + _value(SEQUENCE, b""))
    return _message(message_id, REPORTABLE, security, _octets(b"") + _octets(b"") + request)


def encode_report(engine: Engine) -> bytes:
    """The report of an engine that was asked without its identifier (RFC 3414 §3.2, step 3)."""
    security = _value(
        SEQUENCE,
        _octets(engine.engine_id)
        + _integer(engine.boots)
        + _integer(engine.time_s)
        + _octets(b"") * 3,
    )
    counted = _value(SEQUENCE, _UNKNOWN_ENGINES + b"\x41\x01\x01")
    report = _value(
        REPORT,
        _integer(engine.message_id) + _integer(0) + _integer(0) + _value(SEQUENCE, counted),
    )
    scoped = _octets(engine.engine_id) + _octets(b"") + report
    return _message(engine.message_id, b"\0", security, scoped)


def parse_discovery(buf: Buffer) -> int:
    """The message id of a discovery; raises DecodeError for anything else."""
    head = _head(buf)
    if head.engine_id or not head.flags & REPORTABLE[0]:
        raise DecodeError("unsupported", 0)
    return head.message_id


def parse_report(buf: Buffer) -> Engine:
    """Parse the answer to a discovery.

    Raises `bad_length` (over 2 KiB, or a length that contradicts another), `truncated`,
    `bad_type` (a tag that does not belong there), `bad_version`, `unsupported` (another security
    model, an encrypted or another message) and `bad_address` (no engine identifier).
    """
    head = _head(buf)
    reader = head.reader.inside(SEQUENCE)
    reader.content(OCTETS)
    reader.content(OCTETS)
    if reader.tag() != REPORT:
        raise DecodeError("unsupported", reader.at)
    size = len(head.engine_id)
    if not LEAST_ENGINE_ID <= size <= MOST_ENGINE_ID or head.engine_id in (
        bytes(size),
        b"\xff" * size,
    ):
        raise DecodeError("bad_address", 0)
    return Engine(head.message_id, head.engine_id, head.boots, head.time_s)


# usmStatsUnknownEngineIDs.0 (RFC 3414 §5)
_UNKNOWN_ENGINES: Final = bytes.fromhex("060a2b060106030f01010400")


class _Head(msgspec.Struct, frozen=True):
    """A message up to its scoped PDU, at which `reader` stands."""

    message_id: int
    flags: int
    engine_id: bytes
    boots: int
    time_s: int
    reader: "_Reader"


class _Reader:
    """A position in one BER value's content."""

    def __init__(self, data: bytes, at: int, end: int) -> None:
        self.data = data
        self.at = at
        self.end = end

    def tag(self) -> int:
        if self.at >= self.end:
            raise DecodeError("truncated", self.at)
        return self.data[self.at]

    def content(self, tag: int) -> bytes:
        start, end = self._span(tag)
        self.at = end
        return self.data[start:end]

    def inside(self, tag: int) -> "_Reader":
        start, end = self._span(tag)
        self.at = end
        return _Reader(self.data, start, end)

    def integer(self) -> int:
        began = self.at
        content = self.content(INTEGER)
        if not 1 <= len(content) <= _MOST_INTEGER_OCTETS:
            raise DecodeError("bad_length", began)
        return int.from_bytes(content, "big", signed=True)

    def _span(self, tag: int) -> tuple[int, int]:
        if self.tag() != tag:
            raise DecodeError("bad_type", self.at)
        if self.at + 2 > self.end:
            raise DecodeError("truncated", self.end)
        length = self.data[self.at + 1]
        start = self.at + 2
        if length & 0x80:
            count = length & 0x7F
            if not 1 <= count <= _MOST_LENGTH_OCTETS:
                raise DecodeError("bad_length", self.at + 1)
            if start + count > self.end:
                raise DecodeError("truncated", self.end)
            length = int.from_bytes(self.data[start : start + count], "big")
            start += count
        if start + length > self.end:
            raise DecodeError("truncated", self.end)
        return start, start + length


def _head(buf: Buffer) -> _Head:
    data = bytes(buf)
    if len(data) > MAX_MESSAGE_BYTES:
        raise DecodeError("bad_length", MAX_MESSAGE_BYTES)
    message = _Reader(data, 0, len(data)).inside(SEQUENCE)
    if message.integer() != VERSION_3:
        raise DecodeError("bad_version", 0)
    header = message.inside(SEQUENCE)
    message_id = header.integer()
    header.integer()
    flags = header.content(OCTETS)
    if len(flags) != 1:
        raise DecodeError("bad_length", header.at)
    if header.integer() != USER_BASED or flags[0] & 3:
        raise DecodeError("unsupported", header.at)
    wrapped = message.content(OCTETS)
    security = _Reader(wrapped, 0, len(wrapped)).inside(SEQUENCE)
    engine_id = security.content(OCTETS)
    boots, time_s = security.integer(), security.integer()
    return _Head(message_id, flags[0], engine_id, boots, time_s, message)


def _message(message_id: int, flags: bytes, security: bytes, scoped: bytes) -> bytes:
    header = _value(
        SEQUENCE,
        _integer(message_id) + _integer(MAX_SIZE) + _octets(flags) + _integer(USER_BASED),
    )
    return _value(
        SEQUENCE, _integer(VERSION_3) + header + _octets(security) + _value(SEQUENCE, scoped)
    )


def _value(tag: int, content: bytes) -> bytes:
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def _octets(content: bytes) -> bytes:
    return _value(OCTETS, content)


def _integer(number: int) -> bytes:
    return _value(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))
