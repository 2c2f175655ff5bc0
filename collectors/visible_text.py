"""What people see of a web page, for comparing two of it, and the IPv4 addresses it leads to."""

import hashlib
import html
import ipaddress
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final

MAX_CHARACTERS: Final = 20_000
MAX_LITERALS: Final = 32

# Nothing of these is seen, and some change with every request (nonces, __VIEWSTATE of ASP.NET).
_UNSEEN = re.compile(r"<!--|<(script|style|noscript|template)\b", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,8192}>")
_SPACE = re.compile(r"\s+")
_LINK = re.compile(
    rb"https?:(?:\\?/){2}(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?![\d.])", re.IGNORECASE
)


def visible_text(body: bytes) -> str:
    """The text between the tags, spaces folded, at most 20,000 characters."""
    text = " ".join(_seen_parts(body.decode("utf-8", "replace")))
    return _SPACE.sub(" ", html.unescape(_TAG.sub(" ", text))).strip()[:MAX_CHARACTERS]


def _seen_parts(text: str) -> Iterator[str]:
    """What stands between comments, scripts and styles; one that never ends hides the rest."""
    lower, at = text.lower(), 0
    while match := _UNSEEN.search(text, at):
        yield text[at : match.start()]
        end = f"</{match[1].lower()}" if match[1] else "-->"
        at = lower.find(end, match.end())
        at = lower.find(">", at) if at >= 0 else at
        if at < 0:
            return
        at += 1
    yield text[at:]


def digest(text: str) -> str:
    """Sixteen hexadecimal digits that are the same for the same text."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def similarity(one: str, other: str) -> float:
    """How alike two texts are, 0 to 1, by the words that both have, wherever they stand."""
    if one == other:
        return 1.0
    return round(SequenceMatcher(None, one.split(), other.split(), False).quick_ratio(), 4)


def ipv4_literals(*texts: bytes) -> tuple[str, ...]:
    """IPv4 addresses to which links lead (`http://10.0.0.1/`), each once."""
    found: dict[str, None] = {}
    for text in texts:
        for match in _LINK.finditer(text):
            try:
                found[str(ipaddress.IPv4Address(match[1].decode()))] = None
            except ValueError:
                continue
    return tuple(found)[:MAX_LITERALS]
