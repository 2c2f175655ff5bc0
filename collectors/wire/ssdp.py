"""Simple service discovery: HTTP headers in datagrams (UPnP Device Architecture 2.0 §1)."""

from typing import Final, Literal

import msgspec

from collectors.wire.errors import Buffer, DecodeError

PORT: Final = 1900
GROUP_IPV4: Final = bytes((239, 255, 255, 250))
GROUP_IPV6: Final = bytes.fromhex("ff02000000000000000000000000000c")

MAX_MESSAGE_BYTES: Final = 8192
MAX_HEADERS: Final = 64

Kind = Literal["notify", "search", "response"]


class Ssdp(msgspec.Struct, frozen=True, gc=False):
    """A message; header names are in lower case, values are raw octets without outer blanks.

    A header that came twice counts the first time. `malformed` counts lines without a name.
    """

    kind: Kind
    headers: tuple[tuple[bytes, bytes], ...] = ()
    malformed: int = 0

    def header(self, name: bytes) -> bytes:
        """The value of a header, b"" when it was not sent."""
        for key, value in self.headers:
            if key == name:
                return value
        return b""

    @property
    def target(self) -> bytes:
        """What is announced, found or looked for: NT of a notification, else ST."""
        return self.header(b"nt" if self.kind == "notify" else b"st")

    @property
    def is_farewell(self) -> bool:
        """Whether a notification takes an announcement back."""
        return self.header(b"nts").lower() == b"ssdp:byebye"

    @property
    def lifetime_s(self) -> int | None:
        """How long an announcement holds; None when it does not say."""
        for part in self.header(b"cache-control").lower().split(b","):
            name, _, value = part.partition(b"=")
            digits = value.strip().strip(b'"')
            if name.strip() == b"max-age" and digits.isdigit() and len(digits) <= 9:
                return int(digits)
        return None


def parse(buf: Buffer) -> Ssdp:
    """Parse a datagram's payload; what follows the empty line is ignored, as is a missing one.

    Raises `bad_length` (longer than `MAX_MESSAGE_BYTES`), `bad_type` (another start line),
    `unsupported` (a response that is no success) and `too_many` (headers).
    """
    data = buf if type(buf) is bytes else bytes(buf)
    if len(data) > MAX_MESSAGE_BYTES:
        raise DecodeError("bad_length", MAX_MESSAGE_BYTES)
    end = data.find(b"\r\n\r\n")
    start, *lines = (data if end < 0 else data[:end]).split(b"\n")
    kind = _kind(start)
    found: dict[bytes, bytes] = {}
    malformed = 0
    if len(lines) > MAX_HEADERS:
        raise DecodeError("too_many", len(start))
    for line in lines:
        name, colon, value = line.strip().partition(b":")
        name = name.strip().lower()
        if not name and not colon:
            continue
        if not name or not colon:
            malformed += 1
        else:
            found.setdefault(name, value.strip())
    return Ssdp(kind, tuple(found.items()), malformed)


def encode(message: Ssdp) -> bytes:
    """A datagram's payload, header names in upper case."""
    lines = [_START_LINES[message.kind]]
    lines += [name.upper() + b": " + value for name, value in message.headers]
    return b"\r\n".join((*lines, b"", b""))


_START_LINES: Final[dict[Kind, bytes]] = {
    "notify": b"NOTIFY * HTTP/1.1",
    "search": b"M-SEARCH * HTTP/1.1",
    "response": b"HTTP/1.1 200 OK",
}


def _kind(start: bytes) -> Kind:
    words = start.split()
    if len(words) >= 2 and words[0] == b"HTTP/1.1":
        if words[1] != b"200":
            raise DecodeError("unsupported", 0)
        return "response"
    if len(words) == 3 and words[1] == b"*" and words[2].startswith(b"HTTP/1."):
        if words[0] == b"NOTIFY":
            return "notify"
        if words[0] == b"M-SEARCH":
            return "search"
    raise DecodeError("bad_type", 0)
