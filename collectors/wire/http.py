"""The answer to one HTTP request, as far as it came, and the title of a page (RFC 9112, HTML).

Bounded throughout: header fields, chunks, the part of the body that is looked at for a title.
"""

import html
import re
from typing import Final

import msgspec

from collectors.wire.errors import Buffer, DecodeError
from collectors.wire.text import clean_text

MAX_MESSAGE_BYTES: Final = 131072
MAX_HEAD_BYTES: Final = 16384
MAX_HEADERS: Final = 100
MAX_CHUNKS: Final = 4096
MAX_TITLE_BYTES: Final = 1024
MAX_TITLE_CHARACTERS: Final = 128
DECLARED_BYTES: Final = 1024  # HTML has its charset declared within so many


class Response(msgspec.Struct, frozen=True, gc=False):
    """What was read of a response; header names in lower case, the first of each counts.

    `complete` says that the end of the body was reached by its own account.
    """

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    complete: bool

    def header(self, name: bytes) -> bytes:
        """The value of a header, b"" when it was not sent."""
        for key, value in self.headers:
            if key == name:
                return value
        return b""


def request(host: str, path: str = "/", agent: str = "lanwarden") -> bytes:
    """A GET that asks for the plain bytes and for the connection to end."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {agent}\r\nAccept: text/html, */*\r\n"
        "Accept-Encoding: identity\r\nConnection: close\r\n\r\n"
    ).encode("ascii", "replace")


def parse(buf: Buffer) -> Response | None:
    """Parse what has come so far; None while the head is not all there.

    Raises `bad_type` (no HTTP), `bad_length` (an endless head) and `too_many` (header fields).
    """
    data = bytes(buf[:MAX_MESSAGE_BYTES])
    if not data.startswith(b"HTTP/1."[: len(data)]):
        raise DecodeError("bad_type", 0)
    end = _END.search(data)
    if end is None:
        if len(data) > MAX_HEAD_BYTES:
            raise DecodeError("bad_length", MAX_HEAD_BYTES)
        return None
    status = _STATUS.match(data)
    if status is None:
        raise DecodeError("bad_type", 0)
    lines = data[: end.start()].split(b"\n")[1:]
    if len(lines) > MAX_HEADERS:
        raise DecodeError("too_many", status.end())
    headers: dict[bytes, bytes] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if colon and name.strip():
            headers.setdefault(name.strip().lower(), value.strip())
    body, complete = _body(data[end.end() :], headers)
    return Response(int(status[1]), tuple(headers.items()), body, complete)


def title(response: Response) -> str:
    """The page's title, clean, "" when there is none that can be read."""
    if response.header(b"content-encoding").lower() not in (b"", b"identity"):
        return ""
    charset = _charset(response)
    body = response.body
    if charset.startswith("utf-16"):
        body = body.decode(charset, "replace").encode("utf-8", "replace")
        charset = "utf-8"
    found = _TITLE.search(body)
    if found is None:
        return ""
    text = found[1][:MAX_TITLE_BYTES].decode(charset, "replace")
    return clean_text(html.unescape(text), MAX_TITLE_CHARACTERS)


def has_title(response: Response) -> bool:
    """Whether what came of the body holds a whole title, so that the rest need not be read."""
    return _TITLE.search(response.body) is not None


_END: Final = re.compile(rb"\r?\n\r?\n")
_STATUS: Final = re.compile(rb"HTTP/1\.[0-9] ([1-5][0-9]{2})(?![0-9])")
_TITLE: Final = re.compile(rb"<title(?:\s[^<>]{0,200})?>([^<]{0,4096})</title", re.IGNORECASE)
_META: Final = re.compile(rb"<meta[^<>]{0,200}?charset\s?=\s?[\"']?([A-Za-z0-9._-]{1,32})", re.I)
_PARAMETER: Final = re.compile(rb"charset\s?=\s?[\"']?([A-Za-z0-9._-]{1,32})", re.IGNORECASE)

# Only these: Python knows codecs that are no charsets, and some whose decoders cost a lot.
_CHARSETS: Final[dict[str, str]] = {
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "cp1252", "ascii": "cp1252",
    "iso-8859-1": "cp1252", "latin1": "cp1252", "windows-1252": "cp1252", "cp1252": "cp1252",
    "windows-1258": "cp1258", "windows-1251": "cp1251", "windows-1250": "cp1250",
    "iso-8859-15": "iso8859-15", "iso-8859-2": "iso8859-2", "gb2312": "gb18030", "gbk": "gb18030",
    "gb18030": "gb18030", "big5": "big5", "shift_jis": "cp932", "euc-jp": "euc_jp",
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "tis-620": "cp874", "koi8-r": "koi8-r",
}  # fmt: skip


def _charset(response: Response) -> str:
    body = response.body
    for mark, charset in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ):
        if body.startswith(mark):
            return charset
    declared = _PARAMETER.search(response.header(b"content-type")[:256])
    declared = declared or _META.search(body[:DECLARED_BYTES])
    name = declared[1].decode("ascii").lower() if declared else ""
    return _CHARSETS.get(name, "utf-8")


def _body(data: bytes, headers: dict[bytes, bytes]) -> tuple[bytes, bool]:
    if b"chunked" in headers.get(b"transfer-encoding", b"").lower():
        return _dechunked(data)
    length = headers.get(b"content-length", b"")
    if length.isdigit() and len(length) <= 12:
        return data[: int(length)], len(data) >= int(length)
    return data, False


def _dechunked(data: bytes) -> tuple[bytes, bool]:
    """The content of the chunks that came (RFC 9112 §7.1), up to the first broken one."""
    found: list[bytes] = []
    at = 0
    for _ in range(MAX_CHUNKS):
        end = data.find(b"\n", at, at + 256)
        if end < 0:
            break
        digits = data[at:end].partition(b";")[0].strip()
        if not digits or len(digits) > 8 or digits.strip(b"0123456789abcdefABCDEF"):
            break
        size = int(digits, 16)
        if size == 0:
            return b"".join(found), True
        found.append(data[end + 1 : end + 1 + size])
        at = end + 1 + size
        if data[at : at + 2] == b"\r\n":
            at += 2
        elif data[at : at + 1] == b"\n":
            at += 1
    return b"".join(found), False
