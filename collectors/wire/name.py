"""Domain names on the wire (RFC 1035 §3.1, §4.1.4), as tuples of labels.

A label is any 1 to 63 octets; multicast DNS puts UTF-8 and dots into them (RFC 6763 §4.1.1), so a
name is kept as labels and becomes text only for display.
"""

from typing import Final

from collectors.wire.errors import DecodeError

Name = tuple[bytes, ...]

ROOT: Final[Name] = ()
MAX_NAME_BYTES: Final = 255  # with length octets and the root (RFC 1035 §2.3.4)
MAX_LABEL_BYTES: Final = 63
MAX_JUMPS: Final = 32


def parse(data: bytes, offset: int, compressed: bool = True) -> tuple[Name, int]:
    """Read the name at an offset; the second value is the offset behind it.

    A compression pointer must lead backwards, at most `MAX_JUMPS` of them are followed, and they
    are `bad_name` where the protocol does not allow any. Raises `truncated` and `bad_name`.
    """
    labels: list[bytes] = []
    size = 1
    jumps = 0
    after = -1
    lowest = offset
    end = len(data)
    while True:
        if offset >= end:
            raise DecodeError("truncated", end)
        length = data[offset]
        if 0 < length <= 63:  # MAX_LABEL_BYTES, which would be looked up for each label
            start = offset + 1
            size += length + 1
            if size > 255:  # MAX_NAME_BYTES
                raise DecodeError("bad_name", offset)
            offset = start + length
            if offset > end:
                raise DecodeError("truncated", end)
            labels.append(data[start:offset])
        elif length == 0:
            return tuple(labels), (after if jumps else offset + 1)
        else:
            if length < 0xC0 or not compressed:
                raise DecodeError("bad_name", offset)
            if offset + 2 > end:
                raise DecodeError("truncated", end)
            target = (length & 0x3F) << 8 | data[offset + 1]
            jumps += 1
            if target >= lowest or jumps > MAX_JUMPS:
                raise DecodeError("bad_name", offset)
            if jumps == 1:
                after = offset + 2
            offset = lowest = target


def skip(data: bytes, offset: int) -> int:
    """The offset behind the name at an offset, without following pointers."""
    end = len(data)
    while True:
        if offset >= end:
            raise DecodeError("truncated", end)
        length = data[offset]
        if length == 0:
            return offset + 1
        if length >= 0xC0:
            if offset + 2 > end:
                raise DecodeError("truncated", end)
            return offset + 2
        if length > MAX_LABEL_BYTES:
            raise DecodeError("bad_name", offset)
        offset += 1 + length


def encode(name: Name) -> bytes:
    """The uncompressed form."""
    parts = []
    for label in name:
        if not 1 <= len(label) <= MAX_LABEL_BYTES:
            raise ValueError(f"a label has 1 to {MAX_LABEL_BYTES} octets, not {len(label)}")
        parts.append(bytes((len(label),)) + label)
    wire = b"".join(parts) + b"\0"
    if len(wire) > MAX_NAME_BYTES:
        raise ValueError(f"a name has at most {MAX_NAME_BYTES} octets, not {len(wire)}")
    return wire


def from_text(text: str) -> Name:
    """A name from dotted text, where a backslash makes the next character part of its label."""
    labels: list[str] = [""]
    escaped = False
    for character in text[:-1] if text.endswith(".") and not text.endswith("\\.") else text:
        if escaped or character not in ".\\":
            labels[-1] += character
            escaped = False
        elif character == "\\":
            escaped = True
        else:
            labels.append("")
    if labels == [""]:
        return ROOT
    name = tuple(label.encode() for label in labels)
    encode(name)
    return name


def to_text(name: Name) -> str:
    """Dotted text without a final dot; dots and backslashes inside labels are escaped.

    Octets that are not UTF-8 become U+FFFD. The text is as hostile as its sender: it has still to
    pass `text.clean_text`.
    """
    return ".".join(
        label.decode("utf-8", "replace").replace("\\", "\\\\").replace(".", "\\.") for label in name
    )


def folded(name: Name) -> Name:
    """The name for comparisons: ASCII letters in lower case (RFC 4343)."""
    return tuple(label.lower() for label in name)
