"""DNS messages as multicast DNS and LLMNR use them (RFC 1035 §4, RFC 6762 §18, RFC 4795 §2.1)."""

import struct
from collections.abc import Iterable
from typing import Final

import msgspec

from collectors.wire import name as names
from collectors.wire.errors import Buffer, DecodeError
from collectors.wire.name import Name

MDNS_PORT: Final = 5353
LLMNR_PORT: Final = 5355

A: Final = 1
NS: Final = 2
CNAME: Final = 5
PTR: Final = 12
TXT: Final = 16
AAAA: Final = 28
SRV: Final = 33
OPT: Final = 41
ANY: Final = 255
IN: Final = 1

HEADER_BYTES: Final = 12
RESPONSE: Final = 0x8000
AUTHORITATIVE: Final = 0x0400
TRUNCATED: Final = 0x0200
RECURSION_DESIRED: Final = 0x0100
TOP_BIT: Final = (
    0x8000  # of the class: unicast response wanted, or cache flush (RFC 6762 §18.12 f.)
)

MAX_RECORDS: Final = 512  # questions included, over all sections
MAX_LABELS: Final = 4096  # read in one message, so that pointers cannot multiply the work
# And so that short messages cannot cost like long ones; reverse names of IPv6 need 2.5 an octet.
FREE_LABELS: Final = 128
LABELS_PER_OCTET: Final = 3
MAX_STRINGS: Final = 256  # per TXT record


class Question(msgspec.Struct, frozen=True, gc=False):
    """What is asked; `unicast` asks for an answer to the asker alone (RFC 6762 §5.4)."""

    name: Name
    type: int
    class_: int = IN
    unicast: bool = False


class Address(msgspec.Struct, frozen=True, gc=False):
    """Data of A (4 octets) and AAAA (16 octets)."""

    address: bytes


class Target(msgspec.Struct, frozen=True, gc=False):
    """Data of PTR, CNAME and NS."""

    name: Name


class Service(msgspec.Struct, frozen=True, gc=False):
    """Data of SRV (RFC 2782)."""

    priority: int
    weight: int
    port: int
    target: Name


class Text(msgspec.Struct, frozen=True, gc=False):
    """Data of TXT."""

    strings: tuple[bytes, ...]

    @property
    def pairs(self) -> tuple[tuple[bytes, bytes | None], ...]:
        """Keys in lower case with their values, None without `=` (RFC 6763 §6.4).

        A key counts once, the first time; strings without a key are left out.
        """
        found: dict[bytes, bytes | None] = {}
        for string in self.strings:
            key, separator, value = string.partition(b"=")
            if key and key.lower() not in found:
                found[key.lower()] = value if separator else None
        return tuple(found.items())


class Opaque(msgspec.Struct, frozen=True, gc=False):
    """Data of the other types; names in it may be compressed and cannot be read from here."""

    data: bytes


Data = Address | Target | Service | Text | Opaque


class Record(msgspec.Struct, frozen=True, gc=False):
    """A resource record; `ttl_s` 0 is a goodbye in multicast DNS (RFC 6762 §10.1)."""

    name: Name
    type: int
    data: Data
    ttl_s: int = 0
    class_: int = IN
    cache_flush: bool = False


class Message(msgspec.Struct, frozen=True, gc=False):
    """A message with all that could be read of it.

    `errors` counts questions and records that could not; `incomplete` says that the end of the
    message was not reached, because a record's extent is unknown or a limit was met.
    """

    id: int = 0
    flags: int = 0
    questions: tuple[Question, ...] = ()
    answers: tuple[Record, ...] = ()
    authorities: tuple[Record, ...] = ()
    additionals: tuple[Record, ...] = ()
    errors: int = 0
    incomplete: bool = False

    @property
    def is_response(self) -> bool:
        """Whether it answers."""
        return self.flags & RESPONSE != 0

    @property
    def opcode(self) -> int:
        """0 for a standard query."""
        return self.flags >> 11 & 0x0F

    @property
    def rcode(self) -> int:
        """0 for success."""
        return self.flags & 0x0F

    @property
    def records(self) -> tuple[Record, ...]:
        """The records of all sections."""
        return self.answers + self.authorities + self.additionals


def parse(buf: Buffer) -> Message:
    """Parse a message, going on after records that are broken inside.

    Raises `truncated` for a short header, and the first error when nothing at all could be read.
    """
    data = buf if type(buf) is bytes else bytes(buf)
    if len(data) < HEADER_BYTES:
        raise DecodeError("truncated", len(data))
    identifier, flags, *counts = _HEADER.unpack_from(data)
    reader = _Reader(data)
    questions = tuple(reader.questions(counts[0]))
    answers, authorities, additionals = (tuple(reader.records(count)) for count in counts[1:])
    first = reader.first_error
    if first is not None and not (questions or answers or authorities or additionals):
        raise first
    return Message(
        identifier,
        flags,
        questions,
        answers,
        authorities,
        additionals,
        reader.errors,
        reader.stopped,
    )


def encode(message: Message) -> bytes:
    """The message without compression; `errors` and `incomplete` are not part of it."""
    sections = (message.questions, message.answers, message.authorities, message.additionals)
    header = _HEADER.pack(message.id, message.flags, *map(len, sections))
    questions = b"".join(map(_encode_question, message.questions))
    return header + questions + b"".join(map(_encode_record, message.records))


def build_query(
    questions: Iterable[Question], id: int = 0, known_answers: Iterable[Record] = ()
) -> bytes:
    """The payload of a query; multicast DNS wants identifier 0 and tells what is known (§7.1)."""
    return encode(Message(id, 0, tuple(questions), tuple(known_answers)))


def build_response(
    answers: Iterable[Record],
    additionals: Iterable[Record] = (),
    id: int = 0,
    questions: Iterable[Question] = (),
    flags: int = RESPONSE | AUTHORITATIVE,
) -> bytes:
    """The payload of a response; in multicast DNS without identifier and questions (§6)."""
    return encode(Message(id, flags, tuple(questions), tuple(answers), (), tuple(additionals)))


_HEADER: Final = struct.Struct("!6H")
_QUESTION: Final = struct.Struct("!HH")
_RECORD: Final = struct.Struct("!HHIH")
_SERVICE: Final = struct.Struct("!HHH")
_TARGET_TYPES: Final = frozenset((NS, CNAME, PTR))


class _Reader:
    """A position in a message; after `stopped` nothing more is read."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.offset = HEADER_BYTES
        self.count = 0
        self.labels = 0
        self.most_labels = min(MAX_LABELS, FREE_LABELS + LABELS_PER_OCTET * len(data))
        self.errors = 0
        self.stopped = False
        self.first_error: DecodeError | None = None

    def questions(self, count: int) -> list[Question]:
        found: list[Question] = []
        for _ in range(count):
            name, fixed = self._head(_QUESTION.size)
            if self.stopped:
                break
            kind, class_ = _QUESTION.unpack_from(self.data, fixed)
            self.offset = fixed + _QUESTION.size
            if name is not None:
                found.append(Question(name, kind, class_ & ~TOP_BIT, class_ & TOP_BIT != 0))
        return found

    def records(self, count: int) -> list[Record]:
        found: list[Record] = []
        for _ in range(count):
            name, fixed = self._head(_RECORD.size)
            if self.stopped:
                break
            kind, class_, ttl_s, length = _RECORD.unpack_from(self.data, fixed)
            start = fixed + _RECORD.size
            end = start + length
            if end > len(self.data):
                self._stop(DecodeError("truncated", len(self.data)))
                break
            self.offset = end
            if name is None:
                continue
            try:
                content = self._content(kind, start, end)
            except DecodeError as error:
                self._note(error)
                continue
            flush = kind != OPT and class_ & TOP_BIT != 0
            found.append(
                Record(name, kind, content, ttl_s, class_ & ~TOP_BIT if flush else class_, flush)
            )
        return found

    def _head(self, size: int) -> tuple[Name | None, int]:
        """The owner's name, None where it is broken, and the offset of `size` octets behind it."""
        if self.stopped:
            return None, 0
        self.count += 1
        if self.count > MAX_RECORDS:
            self._stop(DecodeError("too_many", self.offset))
            return None, 0
        name: Name | None = None
        try:
            try:
                name, after = self._name(self.offset)
            except DecodeError as error:
                after = names.skip(self.data, self.offset)
                self._note(error)
        except DecodeError as error:
            self._stop(error)
            return None, 0
        if after + size > len(self.data):
            self._stop(DecodeError("truncated", len(self.data)))
        return name, after

    def _name(self, offset: int) -> tuple[Name, int]:
        if self.labels > self.most_labels:
            raise DecodeError("too_many", offset)
        name, after = names.parse(self.data, offset)
        self.labels += len(name) + 1
        return name, after

    def _content(self, kind: int, start: int, end: int) -> Data:
        data = self.data
        if kind in (A, AAAA):
            if end - start != (4 if kind == A else 16):
                raise DecodeError("bad_length", start)
            return Address(data[start:end])
        if kind in _TARGET_TYPES:
            return Target(self._name_to(start, end))
        if kind == SRV:
            if start + _SERVICE.size > end:
                raise DecodeError("bad_length", start)
            priority, weight, port = _SERVICE.unpack_from(data, start)
            return Service(priority, weight, port, self._name_to(start + _SERVICE.size, end))
        if kind == TXT:
            return Text(self._strings(start, end))
        return Opaque(data[start:end])

    def _name_to(self, start: int, end: int) -> Name:
        name, after = self._name(start)
        if after != end:
            raise DecodeError("bad_length", start)
        return name

    def _strings(self, offset: int, end: int) -> tuple[bytes, ...]:
        found: list[bytes] = []
        while offset < end:
            after = offset + 1 + self.data[offset]
            if after > end:
                raise DecodeError("bad_length", offset)
            if len(found) == MAX_STRINGS:
                raise DecodeError("too_many", offset)
            found.append(self.data[offset + 1 : after])
            offset = after
        return tuple(found)

    def _note(self, error: DecodeError) -> None:
        self.errors += 1
        if self.first_error is None:
            self.first_error = error

    def _stop(self, error: DecodeError) -> None:
        self._note(error)
        self.stopped = True


def _encode_question(question: Question) -> bytes:
    class_ = question.class_ | TOP_BIT if question.unicast else question.class_
    return names.encode(question.name) + _QUESTION.pack(question.type, class_)


def _encode_record(record: Record) -> bytes:
    class_ = record.class_ | TOP_BIT if record.cache_flush else record.class_
    content = _encode_data(record.data)
    fixed = _RECORD.pack(record.type, class_, record.ttl_s, len(content))
    return names.encode(record.name) + fixed + content


def _encode_data(data: Data) -> bytes:
    if isinstance(data, Address):
        return data.address
    if isinstance(data, Target):
        return names.encode(data.name)
    if isinstance(data, Service):
        head = _SERVICE.pack(data.priority, data.weight, data.port)
        return head + names.encode(data.target)
    if isinstance(data, Text):
        return b"".join(len(string).to_bytes(1, "big") + string for string in data.strings)
    return data.data
