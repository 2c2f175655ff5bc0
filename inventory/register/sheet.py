"""A register as an .xlsx workbook: the first sheet that has the header, as text cells.

A workbook is a ZIP archive of XML. Before anything is parsed the archive is measured: what it
unpacks to, how many tags it holds, and that no part declares a document type (entities).
"""

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from inventory.register import words
from inventory.register.model import (
    HEADER_WITHIN,
    MAX_CELL,
    MAX_COLUMNS,
    MAX_ROWS,
    NO_HEADER,
    Problems,
    Record,
    RegisterError,
)

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook

MAX_PARTS = 500
MAX_UNPACKED = 64 << 20
MAX_TAGS = 6_000_000
MAX_SHEETS = 32
_CHUNK = 1 << 20
_OVERLAP = 16
_ERRORS = frozenset(
    ("#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!")
)


def sheet_records(data: bytes, problems: Problems) -> list[Record]:
    """The rows of the first sheet with a header. Raises RegisterError."""
    has_formulas = _measure(data)
    # A hostile workbook makes the reader fail in ways that nobody can list; none of them is ours.
    try:
        return _read(data, has_formulas, problems)
    except RegisterError:
        raise
    except MemoryError:
        raise RegisterError("it is too large for the memory of this machine") from None
    except Exception as error:  # noqa: BLE001 - see above
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise RegisterError(f"it is a damaged workbook ({reason}); save it anew") from None


def _measure(data: bytes) -> bool:
    """Refuse what is no plain workbook; whether a sheet holds formulas."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _measure_parts(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError,
            RuntimeError, ValueError, OverflowError) as error:  # fmt: skip
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise RegisterError(
            f"it is a damaged or half-written workbook ({reason}); save it anew"
        ) from None


def _measure_parts(archive: zipfile.ZipFile) -> bool:
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        if "content.xml" in names:
            raise RegisterError("it is an OpenDocument sheet; save it as .xlsx or CSV UTF-8")
        raise RegisterError("it is a ZIP file, but no .xlsx workbook")
    if len(parts) > MAX_PARTS or len(names) < len(parts):
        raise RegisterError(f"it has {len(parts)} parts, or some twice; save it anew")
    unpacked = tags = 0
    formulas = False
    for part in parts:
        if not part.filename.endswith((".xml", ".rels", ".vml")):
            continue  # pictures and the like are never unpacked
        with archive.open(part) as stream:
            tail = b""
            while chunk := stream.read(_CHUNK):
                unpacked += len(chunk)
                tags += chunk.count(b"<")
                if unpacked > MAX_UNPACKED or tags > MAX_TAGS:
                    raise RegisterError(
                        f"it unpacks to more than {MAX_UNPACKED >> 20} MiB or holds more than "
                        f"{MAX_TAGS} tags; save only the list, in a new workbook"
                    )
                window = tail + chunk
                if b"\0" in chunk or b"<!DOCTYPE" in window or b"<!ENTITY" in window:
                    raise RegisterError(
                        f"its part {part.filename[:60]} declares a document type, which no "
                        "spreadsheet program writes; it is not read"
                    )
                formulas = formulas or b"<f>" in window or b"<f " in window or b"<f/" in window
                tail = window[-_OVERLAP:]
    return formulas


def _read(data: bytes, has_formulas: bool, problems: Problems) -> list[Record]:
    book = _open(data, values=True)
    try:
        for place, sheet in enumerate(book.worksheets[:MAX_SHEETS]):
            if _has_header(sheet):
                rows = list(_rows(sheet, problems))
                if has_formulas:
                    _name_formulas(data, place, rows, problems)
                return rows
    finally:
        book.close()
    raise RegisterError(NO_HEADER)


def _open(data: bytes, *, values: bool) -> "Workbook":
    import warnings

    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions, which nobody reads here
        return load_workbook(
            io.BytesIO(data), read_only=True, data_only=values, keep_links=False, keep_vba=False
        )


def _cells(sheet: Any, last: int) -> Iterator[Sequence[Any]]:
    sheet.reset_dimensions()  # what the sheet says of its size is not believed
    rows: Iterator[Sequence[Any]] = sheet.iter_rows(max_row=last, max_col=MAX_COLUMNS)
    return rows


def _has_header(sheet: Any) -> bool:
    return any(
        {"mac", "serial"} & {words.field_of(_text(cell.value)) for cell in row}
        for row in _cells(sheet, HEADER_WITHIN)
    )


def _rows(sheet: Any, problems: Problems) -> Iterator[Record]:
    number = 0
    for number, row in enumerate(_cells(sheet, MAX_ROWS + HEADER_WITHIN + 1), 1):
        cells = [_text(cell.value) for cell in row]
        for place, text in enumerate(cells):
            if text in _ERRORS:
                problems.add(number, _letter(place), f"{text}: the formula has no result")
                cells[place] = ""
        yield number, cells


def _name_formulas(data: bytes, place: int, rows: Sequence[Record], problems: Problems) -> None:
    """Name the cells whose formula was never calculated: they look empty."""
    book = _open(data, values=False)
    try:
        cells = _cells(book.worksheets[place], len(rows))
        for (number, values), formulas in zip(rows, cells, strict=False):
            for column, (value, formula) in enumerate(zip(values, formulas, strict=False)):
                if not value and formula.data_type == "f":
                    problems.add(
                        number, _letter(column),
                        "the formula has no stored result; open and save the file in Excel",
                    )  # fmt: skip
    finally:
        book.close()


def _text(value: object) -> str:
    """A cell as the officer sees it, near enough."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d" if value.time() == time() else "%Y-%m-%d %H:%M:%S")
    if isinstance(value, date | time | timedelta):
        return str(value)
    return str(value)[: MAX_CELL + 1]


def _letter(place: int) -> str:
    """The letter of a column, from 0."""
    return chr(65 + place) if place < 26 else chr(64 + place // 26) + chr(65 + place % 26)
