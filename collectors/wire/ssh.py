"""SSH as far as a server's key: identification, binary packets, key exchange (RFC 4253, RFC 5656).

Nothing here is encrypted yet, so packets have no MAC and are padded to eight octets (§6).
"""

import struct
from typing import Final

import msgspec

from collectors.wire.errors import Buffer, DecodeError

MAX_IDENTIFICATION_BYTES: Final = 255  # with CR LF (RFC 4253 §4.2)
MAX_PACKET_BYTES: Final = 35000  # §6.1
MAX_NAMES: Final = 128  # of one list
MAX_LISTS_BYTES: Final = 16384
MAX_KEY_BYTES: Final = 4096

DISCONNECT: Final = 1
IGNORE: Final = 2
UNIMPLEMENTED: Final = 3
DEBUG: Final = 4
KEXINIT: Final = 20
NEWKEYS: Final = 21
KEX_INIT: Final = 30  # KEXDH_INIT, and KEX_ECDH_INIT with the same number (RFC 5656 §7.1)
KEX_REPLY: Final = 31

BY_APPLICATION: Final = 11
BLOCK_BYTES: Final = 8
LEAST_PADDING: Final = 4
COOKIE_BYTES: Final = 16
LISTS: Final = 10


class Identification(msgspec.Struct, frozen=True, gc=False):
    """The line with which each side begins; `line` is without CR LF, as it is hashed."""

    line: bytes
    protocol: bytes
    software: bytes


class KexInit(msgspec.Struct, frozen=True, gc=False):
    """What a side can do (§7.1), most wanted first; only what is used here has a name.

    `lists` are all ten in their order.
    """

    cookie: bytes
    lists: tuple[tuple[bytes, ...], ...]
    follows: bool = False  # a guessed key exchange packet comes next

    @property
    def exchanges(self) -> tuple[bytes, ...]:
        """Key exchange methods."""
        return self.lists[0]

    @property
    def keys(self) -> tuple[bytes, ...]:
        """Algorithms of the server's key."""
        return self.lists[1]


class KexReply(msgspec.Struct, frozen=True, gc=False):
    """The server's key, its half of the exchange, and its signature over the hash of it all.

    `public` is the string of RFC 5656 §4, or the magnitude of the integer of RFC 4253 §8.
    """

    key: bytes
    public: bytes
    signature: bytes


def parse_identification(line: Buffer) -> Identification:
    """Parse a line without its end (§4.2).

    Raises `bad_length` (over 253 octets), `bad_type` (no identification), `bad_version` (neither
    2.0 nor 1.99) and `bad_name` (control characters).
    """
    data = bytes(line)
    if len(data) > MAX_IDENTIFICATION_BYTES - 2:
        raise DecodeError("bad_length", MAX_IDENTIFICATION_BYTES - 2)
    if not data.startswith(b"SSH-"):
        raise DecodeError("bad_type", 0)
    protocol, dash, software = data[4:].partition(b"-")
    if protocol not in (b"2.0", b"1.99"):
        raise DecodeError("bad_version", 4)
    if not dash:
        raise DecodeError("truncated", len(data))
    for at, octet in enumerate(data):
        if octet < 0x20 or octet == 0x7F:
            raise DecodeError("bad_name", at)
    return Identification(data, protocol, software.partition(b" ")[0])


def parse_packet(buf: Buffer) -> tuple[bytes, int] | None:
    """The payload of the first packet and the octets it took; None while it is not all there.

    Raises `bad_length` for lengths that §6 forbids.
    """
    data = memoryview(buf)
    if len(data) < 4:
        return None
    length = int.from_bytes(data[:4], "big")
    if length > MAX_PACKET_BYTES - 4 or length < 12 or (length + 4) % BLOCK_BYTES:
        raise DecodeError("bad_length", 0)
    if len(data) < 5:
        return None
    padding = data[4]
    if padding < LEAST_PADDING or padding + 2 > length:
        raise DecodeError("bad_length", 4)
    if len(data) < 4 + length:
        return None
    return bytes(data[5 : 4 + length - padding]), 4 + length


def packet(payload: bytes) -> bytes:
    """A packet with the least padding, of zeros: there is nothing to hide yet."""
    padding = BLOCK_BYTES - (len(payload) + 5) % BLOCK_BYTES
    if padding < LEAST_PADDING:
        padding += BLOCK_BYTES
    return struct.pack("!IB", len(payload) + padding + 1, padding) + payload + bytes(padding)


def parse_kexinit(payload: Buffer) -> KexInit:
    """Parse SSH_MSG_KEXINIT (§7.1).

    Raises `bad_type`, `truncated`, `bad_length` (trailing octets, or over 16 KiB), `bad_name` (an
    empty name or one outside printable ASCII) and `too_many` (names in one list).
    """
    data = bytes(payload)
    _expect(data, KEXINIT)
    if len(data) > MAX_LISTS_BYTES:
        raise DecodeError("bad_length", MAX_LISTS_BYTES)
    at = 1 + COOKIE_BYTES
    if len(data) < at:
        raise DecodeError("truncated", len(data))
    lists = []
    for _ in range(LISTS):
        start = at
        text, at = read_string(data, at)
        lists.append(_names(text, start + 4))
    if len(data) < at + 5:
        raise DecodeError("truncated", len(data))
    if len(data) > at + 5:
        raise DecodeError("bad_length", at + 5)
    return KexInit(data[1 : 1 + COOKIE_BYTES], tuple(lists), data[at] != 0)


def encode_kexinit(message: KexInit) -> bytes:
    """The payload of SSH_MSG_KEXINIT."""
    lists = b"".join(string(b",".join(names)) for names in message.lists)
    return bytes((KEXINIT,)) + message.cookie + lists + bytes((message.follows,)) + bytes(4)


def parse_kex_reply(payload: Buffer, integer: bool = False) -> KexReply:
    """Parse SSH_MSG_KEX_ECDH_REPLY, or with `integer` SSH_MSG_KEXDH_REPLY.

    Raises `bad_type`, `truncated`, `bad_length` (trailing octets, an oversized part) and
    `unsupported` (a negative or zero public value).
    """
    data = bytes(payload)
    _expect(data, KEX_REPLY)
    key, at = read_string(data, 1)
    start = at
    public, at = read_string(data, at)
    signature, at = read_string(data, at)
    if at != len(data):
        raise DecodeError("bad_length", at)
    if max(len(key), len(public), len(signature)) > MAX_KEY_BYTES:
        raise DecodeError("bad_length", 1)
    if integer:
        public = _magnitude(public, start + 4)
    return KexReply(key, public, signature)


def encode_kex_reply(reply: KexReply, integer: bool = False) -> bytes:
    """The payload of the server's reply."""
    public = mpint(int.from_bytes(reply.public, "big")) if integer else string(reply.public)
    return bytes((KEX_REPLY,)) + string(reply.key) + public + string(reply.signature)


def parse_kex_init(payload: Buffer) -> bytes:
    """The client's public value in SSH_MSG_KEX_ECDH_INIT."""
    data = bytes(payload)
    _expect(data, KEX_INIT)
    public, at = read_string(data, 1)
    if at != len(data):
        raise DecodeError("bad_length", at)
    return public


def disconnect(reason: int, text: str) -> bytes:
    """The payload of SSH_MSG_DISCONNECT (§11.1)."""
    return struct.pack("!BI", DISCONNECT, reason) + string(text.encode()) + string(b"")


def parse_fields(blob: Buffer, most: int = 4) -> tuple[bytes, ...]:
    """The strings that a key or a signature consists of (§6.6), the algorithm's name first.

    Raises `truncated`, `bad_length` (too long), `too_many` and `bad_name` (the algorithm).
    """
    data = bytes(blob)
    if len(data) > MAX_KEY_BYTES:
        raise DecodeError("bad_length", MAX_KEY_BYTES)
    found: list[bytes] = []
    at = 0
    while at < len(data) or not found:
        if len(found) == most:
            raise DecodeError("too_many", at)
        field, at = read_string(data, at)
        found.append(field)
    if len(_names(found[0], 4)) != 1:
        raise DecodeError("bad_name", 4)
    return tuple(found)


def read_string(data: bytes, at: int) -> tuple[bytes, int]:
    """A string (RFC 4251 §5) and the offset behind it; raises `truncated`."""
    if len(data) < at + 4:
        raise DecodeError("truncated", len(data))
    end = at + 4 + int.from_bytes(data[at : at + 4], "big")
    if end > len(data):
        raise DecodeError("truncated", len(data))
    return data[at + 4 : end], end


def string(content: bytes) -> bytes:
    """A string on the wire (RFC 4251 §5)."""
    return len(content).to_bytes(4, "big") + content


def mpint(number: int) -> bytes:
    """An integer of 0 or more on the wire (RFC 4251 §5)."""
    return string(number.to_bytes(number.bit_length() // 8 + 1, "big") if number else b"")


def integer(field: bytes) -> int:
    """The value of an integer's content; raises `unsupported` for negative ones and zero."""
    return int.from_bytes(_magnitude(field, 0), "big")


def _magnitude(field: bytes, offset: int) -> bytes:
    if not field or field[0] & 0x80 or not field.strip(b"\0"):
        raise DecodeError("unsupported", offset)
    return field.lstrip(b"\0")


def _expect(data: bytes, number: int) -> None:
    if not data:
        raise DecodeError("truncated", 0)
    if data[0] != number:
        raise DecodeError("bad_type", 0)


def _names(text: bytes, offset: int) -> tuple[bytes, ...]:
    if not text:
        return ()
    found = text.split(b",")
    if len(found) > MAX_NAMES:
        raise DecodeError("too_many", offset)
    for name in found:
        if not name or not name.isascii() or not name.decode("ascii").isprintable():
            raise DecodeError("bad_name", offset)
    return tuple(found)
