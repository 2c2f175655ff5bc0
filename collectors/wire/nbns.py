"""NetBIOS name service over UDP 137 (RFC 1001 §14, RFC 1002 §4.2)."""

import struct
from typing import Final

import msgspec

from collectors.wire import name as names
from collectors.wire.errors import Buffer, DecodeError

PORT: Final = 137
NAME_BYTES: Final = 15
NODE_STATUS_REQUEST_BYTES: Final = 50
WILDCARD: Final = b"*"

NB: Final = 0x0020
NBSTAT: Final = 0x0021
IN: Final = 1

OPCODE_QUERY: Final = 0
OPCODE_REGISTRATION: Final = 5
OPCODE_RELEASE: Final = 6
OPCODE_WACK: Final = 7
OPCODE_REFRESH: Final = 8
OPCODE_REFRESH_ALTERNATIVE: Final = 9  # RFC 1002 names both
OPCODE_MULTIHOMED: Final = 15

WORKSTATION: Final = 0x00  # suffix: with the group flag the domain or workgroup
FILE_SERVER: Final = 0x20
DOMAIN_CONTROLLERS: Final = 0x1C

MAX_ADDRESSES: Final = 64  # per name


class NodeStatusRequest(msgspec.Struct, frozen=True, gc=False):
    """Somebody asks a node for all its names."""

    transaction_id: int
    name: bytes = WILDCARD
    suffix: int = 0


class NodeName(msgspec.Struct, frozen=True, gc=False):
    """One name of a node: at most 15 octets without padding, the 16th as suffix, flags."""

    name: bytes
    suffix: int
    flags: int

    @property
    def is_group(self) -> bool:
        """Whether many nodes may hold the name."""
        return self.flags & 0x8000 != 0

    @property
    def is_in_conflict(self) -> bool:
        """Whether another node claims the name too."""
        return self.flags & 0x0800 != 0

    @property
    def is_active(self) -> bool:
        """Whether the name is in use."""
        return self.flags & 0x0400 != 0


class NodeStatus(msgspec.Struct, frozen=True, gc=False):
    """A node's names; `unit_id` is a MAC, b"" when not sent and often zero (Samba)."""

    transaction_id: int
    names: tuple[NodeName, ...]
    unit_id: bytes = b""

    @property
    def computer(self) -> bytes | None:
        """The node's own name."""
        return self._first(WORKSTATION, group=False)

    @property
    def domain(self) -> bytes | None:
        """Its domain or workgroup."""
        return self._first(WORKSTATION, group=True)

    def _first(self, suffix: int, group: bool) -> bytes | None:
        for name in self.names:
            if name.suffix == suffix and name.is_group is group:
                return name.name
        return None


class NameQuery(msgspec.Struct, frozen=True, gc=False):
    """Somebody asks who holds a name."""

    transaction_id: int
    name: bytes
    suffix: int
    broadcast: bool = False


class NameRecord(msgspec.Struct, frozen=True, gc=False):
    """A claim, release or answer: a name with the IPv4 addresses of those who hold it.

    `opcode` is one of the constants; with `response` set and `rcode` above 0 it is a refusal.
    """

    transaction_id: int
    opcode: int
    response: bool
    rcode: int
    name: bytes
    suffix: int
    group: bool = False
    addresses: tuple[bytes, ...] = ()
    ttl_s: int = 0


Message = NodeStatusRequest | NodeStatus | NameQuery | NameRecord


def parse(buf: Buffer) -> Message:
    """Parse a datagram's payload.

    Raises `truncated`, `bad_length`, `bad_name`, `bad_type`, `unsupported` (neither a question nor
    a record, or an operation without a name).
    """
    data = buf if type(buf) is bytes else bytes(buf)
    if len(data) < _HEADER.size:
        raise DecodeError("truncated", len(data))
    transaction_id, flags, questions, answers, _, additionals = _HEADER.unpack_from(data)
    response = flags & 0x8000 != 0
    offset = _HEADER.size
    if response:
        if not answers:
            raise DecodeError("unsupported", 6)
        for _ in range(min(questions, 1)):
            _, _, offset = _parse_question(data, offset)
        return _parse_record(data, offset, transaction_id, flags)
    if questions != 1:
        raise DecodeError("unsupported", 4)
    (name, suffix), kind, offset = _parse_question(data, offset)
    if flags >> 11 & 0x0F != OPCODE_QUERY:
        if additionals != 1:
            raise DecodeError("unsupported", 10)
        return _parse_record(data, offset, transaction_id, flags)
    if kind == NBSTAT:
        return NodeStatusRequest(transaction_id, name, suffix)
    if kind != NB:
        raise DecodeError("bad_type", offset - 4)
    return NameQuery(transaction_id, name, suffix, flags & 0x0010 != 0)


def encode(message: Message) -> bytes:
    """The payload of a datagram."""
    if isinstance(message, NodeStatus):
        return _encode_node_status(message)
    if isinstance(message, NameRecord):
        return _encode_name_record(message)
    broadcast = isinstance(message, NameQuery) and message.broadcast
    flags = 0x0110 if broadcast else 0x0100 if isinstance(message, NameQuery) else 0
    kind = NB if isinstance(message, NameQuery) else NBSTAT
    header = _HEADER.pack(message.transaction_id, flags, 1, 0, 0, 0)
    return header + encode_name(message.name, message.suffix) + struct.pack("!HH", kind, IN)


def build_node_status_request(transaction_id: int) -> bytes:
    """The 50 octets that ask a node for its names."""
    return encode(NodeStatusRequest(transaction_id))


def build_name_query(transaction_id: int, name: bytes, suffix: int = WORKSTATION) -> bytes:
    """The payload of a broadcast query for a name."""
    return encode(NameQuery(transaction_id, name.upper(), suffix, broadcast=True))


def encode_name(name: bytes, suffix: int) -> bytes:
    """First- and second-level encoding without a scope (RFC 1001 §14.1); `*` is padded with NUL."""
    if len(name) > NAME_BYTES:
        raise ValueError(f"a NetBIOS name has at most {NAME_BYTES} octets, not {len(name)}")
    pad = b"\0" if name == WILDCARD else b" "
    half_octets = []
    for octet in name.ljust(NAME_BYTES, pad) + bytes((suffix,)):
        half_octets += [0x41 + (octet >> 4), 0x41 + (octet & 0x0F)]
    return b"\x20" + bytes(half_octets) + b"\0"


def decode_name(label: bytes, offset: int = 0) -> tuple[bytes, int]:
    """Name and suffix from a first-level encoded label; raises `bad_name` at `offset`."""
    if len(label) != 32 or not 0x41 <= min(label) <= max(label) <= 0x50:
        raise DecodeError("bad_name", offset)
    octets = bytes(
        (label[at] - 0x41) << 4 | (label[at + 1] - 0x41) for at in range(0, len(label), 2)
    )
    return _stripped(octets[:NAME_BYTES]), octets[NAME_BYTES]


_HEADER: Final = struct.Struct("!6H")
_RECORD: Final = struct.Struct("!HHIH")
_NODE_NAME_BYTES: Final = 18
_STATISTICS_BYTES: Final = 46


def _stripped(name: bytes) -> bytes:
    return name.rstrip(b" \0")


def _parse_name(data: bytes, offset: int) -> tuple[tuple[bytes, int], int]:
    labels, after = names.parse(data, offset)
    if not labels:
        raise DecodeError("bad_name", offset)
    return decode_name(labels[0], offset), after


def _parse_question(data: bytes, offset: int) -> tuple[tuple[bytes, int], int, int]:
    name, offset = _parse_name(data, offset)
    if offset + 4 > len(data):
        raise DecodeError("truncated", len(data))
    return name, data[offset] << 8 | data[offset + 1], offset + 4


def _parse_record(data: bytes, offset: int, transaction_id: int, flags: int) -> Message:
    (name, suffix), offset = _parse_name(data, offset)
    start = offset + _RECORD.size
    if start > len(data):
        raise DecodeError("truncated", len(data))
    kind, _, ttl_s, length = _RECORD.unpack_from(data, offset)
    if start + length > len(data):
        raise DecodeError("truncated", len(data))
    content = data[start : start + length]
    if kind == NBSTAT:
        return _parse_node_status(content, start, transaction_id)
    rcode = flags & 0x0F
    if kind != NB and rcode == 0:
        raise DecodeError("bad_type", offset)
    addresses: tuple[bytes, ...] = ()
    opcode = flags >> 11 & 0x0F
    if kind == NB and opcode != OPCODE_WACK:
        if length % 6 or length > 6 * MAX_ADDRESSES:
            raise DecodeError("bad_length", offset + 8)
        addresses = tuple(content[at + 2 : at + 6] for at in range(0, length, 6))
    return NameRecord(
        transaction_id,
        opcode,
        flags & 0x8000 != 0,
        rcode,
        name,
        suffix,
        bool(addresses) and content[0] & 0x80 != 0,
        addresses,
        ttl_s,
    )


def _parse_node_status(content: bytes, offset: int, transaction_id: int) -> NodeStatus:
    if not content:
        raise DecodeError("bad_length", offset)
    end = 1 + content[0] * _NODE_NAME_BYTES
    if end > len(content):
        raise DecodeError("bad_length", offset)
    found = tuple(
        NodeName(
            _stripped(content[at : at + NAME_BYTES]),
            content[at + 15],
            content[at + 16] << 8 | content[at + 17],
        )
        for at in range(1, end, _NODE_NAME_BYTES)
    )
    unit_id = content[end : end + 6]
    return NodeStatus(transaction_id, found, unit_id if len(unit_id) == 6 else b"")


def _encode_node_status(status: NodeStatus) -> bytes:
    entries = b"".join(
        entry.name.ljust(NAME_BYTES) + struct.pack("!BH", entry.suffix, entry.flags)
        for entry in status.names
    )
    content = bytes((len(status.names),)) + entries
    if status.unit_id:
        content += status.unit_id.ljust(_STATISTICS_BYTES, b"\0")
    header = _HEADER.pack(status.transaction_id, 0x8400, 0, 1, 0, 0)
    fixed = _RECORD.pack(NBSTAT, IN, 0, len(content))
    return header + encode_name(WILDCARD, 0) + fixed + content


def _encode_name_record(record: NameRecord) -> bytes:
    name = encode_name(record.name, record.suffix)
    group = 0x8000 if record.group else 0
    content = b"".join(struct.pack("!H", group) + address for address in record.addresses)
    fixed = _RECORD.pack(NB, IN, record.ttl_s, len(content))
    flags = record.opcode << 11 | record.rcode
    if record.response:
        return (
            _HEADER.pack(record.transaction_id, flags | 0x8400, 0, 1, 0, 0) + name + fixed + content
        )
    header = _HEADER.pack(record.transaction_id, flags | 0x0110, 1, 0, 0, 1)
    question = name + struct.pack("!HH", NB, IN)
    return header + question + b"\xc0\x0c" + fixed + content
