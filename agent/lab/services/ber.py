"""The few BER types of SNMP messages (ITU-T X.690, RFC 3416 §3)."""

INTEGER, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
TIME_TICKS = 0x43


class BerError(ValueError):
    """Not BER, or not the expected type."""


def encode(tag: int, content: bytes) -> bytes:
    """One value with its tag and length."""
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(value: int, tag: int = INTEGER) -> bytes:
    """A whole number, by default of type INTEGER."""
    size = max(1, (value.bit_length() + 8) // 8)
    return encode(tag, value.to_bytes(size, "big", signed=True))


def oid(parts: tuple[int, ...]) -> bytes:
    """An object identifier of at least two parts."""
    out = bytearray((parts[0] * 40 + parts[1],))
    for part in parts[2:]:
        groups = [part & 0x7F]
        while part := part >> 7:
            groups.append(0x80 | (part & 0x7F))
        out += bytes(reversed(groups))
    return encode(OID, bytes(out))


def read(data: bytes, offset: int = 0) -> tuple[int, bytes, int]:
    """Tag, content and the offset behind the value at `offset`; raises BerError."""
    if offset + 2 > len(data):
        raise BerError("truncated")
    tag, length = data[offset], data[offset + 1]
    start = offset + 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 3 or start + count > len(data):
            raise BerError("bad length")
        length = int.from_bytes(data[start : start + count], "big")
        start += count
    if start + length > len(data):
        raise BerError("truncated")
    return tag, data[start : start + length], start + length


def expect(data: bytes, offset: int, tag: int) -> tuple[bytes, int]:
    """Content and end of a value that must have this tag; raises BerError."""
    found, content, end = read(data, offset)
    if found != tag:
        raise BerError(f"tag {found:#x} where {tag:#x} belongs")
    return content, end


def read_integer(data: bytes, offset: int) -> tuple[int, int]:
    """An INTEGER and the offset behind it; raises BerError."""
    content, end = expect(data, offset, INTEGER)
    if not 1 <= len(content) <= 8:
        raise BerError("bad integer")
    return int.from_bytes(content, "big", signed=True), end


def read_oid(data: bytes, offset: int) -> tuple[tuple[int, ...], int]:
    """An object identifier and the offset behind it; raises BerError."""
    content, end = expect(data, offset, OID)
    if not content or content[-1] & 0x80:
        raise BerError("bad object identifier")
    parts = [min(content[0] // 40, 2)]
    parts.append(content[0] - 40 * parts[0])
    value = 0
    for octet in content[1:]:
        value = value << 7 | (octet & 0x7F)
        if not octet & 0x80:
            parts.append(value)
            value = 0
    return tuple(parts), end
