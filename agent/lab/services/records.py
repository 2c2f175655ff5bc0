"""DNS records as a responder writes them; queries are read with dnspython.

The lab does not use the agent's own codecs, so that a mistake in those is not repeated here.
"""

import ipaddress
import struct
from collections.abc import Sequence

import msgspec

A, PTR, TXT, AAAA, SRV, ANY = 1, 12, 16, 28, 33, 255
IN = 1
UNIQUE = 0x8001  # class IN with the cache-flush bit (RFC 6762 §10.2)
UNICAST_WANTED = 0x8000
RESPONSE = 0x8400  # QR and AA


class Question(msgspec.Struct, frozen=True):
    """What was asked: name in lower case with a final dot, type, class with its top bit."""

    name: str
    type: int
    class_: int
    wire: bytes


class Query(msgspec.Struct, frozen=True):
    """A query; `questions` is what it asks."""

    id: int
    questions: tuple[Question, ...]


class Record(msgspec.Struct, frozen=True):
    """A resource record with its data already in wire form."""

    name: str
    type: int
    data: bytes
    class_: int = UNIQUE
    ttl_s: int = 120


def read_query(data: bytes) -> Query | None:
    """The query in `data`; None for responses, other operations and anything malformed."""
    import dns.exception
    import dns.message
    import dns.opcode

    try:
        message = dns.message.from_wire(data, ignore_trailing=True)
    except (dns.exception.DNSException, ValueError):
        return None
    if message.flags & 0x8000 or message.opcode() != dns.opcode.QUERY:
        return None
    return Query(
        message.id,
        tuple(
            Question(
                name=question.name.to_text().lower(),
                type=int(question.rdtype),
                class_=int(question.rdclass),
                wire=question.name.to_wire() or b"\0",
            )
            for question in message.question
        ),
    )


def write(
    identity: int,
    answers: Sequence[Record],
    more: Sequence[Record] = (),
    question: Question | None = None,
) -> bytes:
    """A response, without name compression."""
    head = struct.pack(
        "!HHHHHH", identity, RESPONSE, 1 if question else 0, len(answers), 0, len(more)
    )
    asked = question.wire + struct.pack("!HH", question.type, IN) if question else b""
    return head + asked + b"".join(_wire(record) for record in (*answers, *more))


def name_wire(name: str) -> bytes:
    """A name in wire form; a backslash keeps the dot after it inside the label."""
    labels = name.replace("\\.", "\0").rstrip(".").split(".")
    encoded = [label.replace("\0", ".").encode() for label in labels if label]
    return b"".join(bytes((len(label),)) + label for label in encoded) + b"\0"


def address_record(name: str, address: str, class_: int = UNIQUE, ttl_s: int = 120) -> Record:
    """A or AAAA."""
    parsed = ipaddress.ip_address(address)
    return Record(name, A if parsed.version == 4 else AAAA, parsed.packed, class_, ttl_s)


def text_record(name: str, text: str) -> Record:
    """TXT with one string per word that is separated by a semicolon (RFC 6763 §6)."""
    strings = [part.encode() for part in text.split(";") if part] or [b""]
    return Record(name, TXT, b"".join(bytes((len(one),)) + one for one in strings), ttl_s=4500)


def _wire(record: Record) -> bytes:
    return (
        name_wire(record.name)
        + struct.pack("!HHIH", record.type, record.class_, record.ttl_s, len(record.data))
        + record.data
    )
