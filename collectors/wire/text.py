"""The boundary between what the network says and what people and programs read."""

import unicodedata
from typing import Final

DEFAULT_LIMIT: Final = 64
MAX_INPUT: Final = 4096  # octets or characters looked at; the rest cannot matter to a short text
HEX_PREFIX: Final = "hex:"


def clean_text(raw: bytes | str, limit: int = DEFAULT_LIMIT) -> str:
    """Text that is safe in a label, a log, a page, a file: at most `limit` characters of UTF-8.

    Octets are decoded as UTF-8 with U+FFFD for what is not. White space of any kind becomes single
    spaces; control, format (bidirectional overrides too), surrogate and private-use characters and
    noncharacters are dropped; the rest is in normal form C. When input was there but nothing
    printable remains, the result is `hex:` and the input's octets. Empty input gives "".

    HTML, CSV formulas and the like stay as they are: escaping them is the writer's work.
    """
    raw = raw[:MAX_INPUT]
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    if text.isascii() and text.isprintable():
        return _fitted(text, limit) or _hexadecimal(raw, limit)
    kept = "".join(map(_kept, text))
    cleaned = _fitted(unicodedata.normalize("NFC", kept), limit)
    if not cleaned.strip(_REPLACEMENT + " "):
        return _hexadecimal(raw, limit)
    return cleaned


_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_DROPPED: Final = frozenset(("Cc", "Cf", "Cs", "Co"))


def _kept(character: str) -> str:
    if character.isspace():
        return " "
    if unicodedata.category(character) in _DROPPED or _is_noncharacter(ord(character)):
        return ""
    return character


def _is_noncharacter(code: int) -> bool:
    """Code points that are never characters, which XML for one forbids (Unicode §23.7)."""
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def _fitted(text: str, limit: int) -> str:
    return " ".join(text.split())[:limit].rstrip()


def _hexadecimal(raw: bytes | str, limit: int) -> str:
    if not raw:
        return ""
    octets = raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogatepass")
    return (HEX_PREFIX + octets[:limit].hex())[:limit]
