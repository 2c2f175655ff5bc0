"""A register as text: the encoding, the separator, and the records (RFC 4180).

Nothing in a text file says how it is encoded. What is certain is taken first (a byte order mark,
valid UTF-8, which other encodings practically never are); else a single-byte encoding has to show
evidence, and is named in a problem, so that the officer looks at the names.
"""

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterator

from inventory.register import words
from inventory.register.model import HEADER_WITHIN, MAX_ROWS, Problems, Record, RegisterError

MAX_LINES_OF_A_RECORD = 64
DELIMITERS = (",", ";", "\t", "|")

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_VIETNAMESE = frozenset("đĐơƠưƯăĂ")
_TONES = frozenset("̣̀́̃̉")
_REMEDY = "save it as CSV UTF-8 or as .xlsx"


def decode(data: bytes, problems: Problems) -> tuple[str, str]:
    """The text in normal form C, and its encoding. Raises RegisterError when none fits."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data, encoding), encoding
    try:
        return _clean(data.decode("utf-8")), "utf-8"
    except UnicodeDecodeError:
        pass
    vietnamese = _vietnamese(data)
    if vietnamese is not None:
        text, encoding = vietnamese, "windows-1258"
    else:
        try:
            text, encoding = data.decode("cp1252"), "windows-1252"
        except UnicodeDecodeError:
            raise RegisterError(f"its text is in no encoding that is known; {_REMEDY}") from None
    text = _clean(text)
    problems.add(0, "", f"it was read as {encoding}: look at the names, or {_REMEDY}")
    return text, encoding


def records(text: str, delimiter: str, problems: Problems) -> Iterator[Record]:
    """The records with their numbers, from 1, as a spreadsheet counts them.

    A record whose quotes do not fit is named, and reading goes on at the next line: an open quote
    does not swallow the rest of the file.
    """
    lines = list(io.StringIO(text, newline=""))
    place = number = 0
    while place < len(lines):
        number += 1
        reader = csv.reader(
            lines[place : place + MAX_LINES_OF_A_RECORD], delimiter=delimiter, strict=True
        )
        try:
            cells = next(reader)
        except csv.Error:
            problems.add(number, "", 'its quotes (") do not fit', taken=False)
            place += 1
            continue
        place += reader.line_num
        if number == 1 and len(lines[0]) < 8 and lines[0].lower().startswith("sep="):
            cells = []  # how Excel names the separator
        yield number, cells
        if number > MAX_ROWS + HEADER_WITHIN:
            return


def delimiter_of(text: str) -> str:
    """The separator with which the first lines show the most columns that are known."""
    head = "".join(list(io.StringIO(text[:65536], newline=""))[: HEADER_WITHIN * 2])

    def worth(delimiter: str) -> tuple[int, int]:
        best = (0, 0)
        for number, cells in records(head, delimiter, Problems()):
            known = sum(words.field_of(cell) is not None for cell in cells)
            best = max(best, (known, len(cells)))
            if number >= HEADER_WITHIN:
                break
        return best

    return max(DELIMITERS, key=worth)


def _strict(data: bytes, encoding: str) -> str:
    try:
        return _clean(data.decode(encoding))
    except UnicodeDecodeError as error:
        raise RegisterError(
            f"its text begins as {encoding.removesuffix('-sig')} and is broken at byte "
            f"{error.start}; {_REMEDY}"
        ) from None


def _clean(text: str) -> str:
    if "\0" in text:
        raise RegisterError(f"it is no table in text form (it holds NUL characters); {_REMEDY}")
    return unicodedata.normalize("NFC", text)


def _vietnamese(data: bytes) -> str | None:
    """The text as windows-1258, if that makes sense: each tone mark belongs to a vowel."""
    try:
        raw = data.decode("cp1258")
    except UnicodeDecodeError:
        return None
    text = unicodedata.normalize("NFC", raw)
    if not _TONES.isdisjoint(text) or (_TONES | _VIETNAMESE).isdisjoint(raw):
        return None
    composed = (c for c in text if ord(c) > 0x7F and c.isalpha())
    return text if all(_is_vietnamese(c) for c in composed) else None


def _is_vietnamese(letter: str) -> bool:
    return letter in _VIETNAMESE or unicodedata.normalize("NFD", letter)[0] in "aeiouyAEIOUY"
