"""Register files as the officer's programs write them, as real bytes."""

import io
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

HEADER = "Địa chỉ MAC;Tên máy;Phòng;Loại;Luôn bật;Mật;Số máy"
VIETNAMESE = (
    f"{HEADER}\r\n"
    "00:1b:a9:00:00:09;Máy in tầng 2;Phòng Kế hoạch;Máy in;x;;SN-4711\r\n"
    "00:1c:73:00:00:0a;Kế toán trưởng Nguyễn Thị Hằng;Phòng Tài chính;Máy tính;;có;\r\n"
)
_TONES = "̣̀́̃̉"


def windows_1258(text: str) -> bytes:
    """What Excel on a Vietnamese Windows writes: base letters, then combining tone marks."""
    out = []
    for letter in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", letter)
        base = unicodedata.normalize("NFC", "".join(p for p in parts if p not in _TONES))
        try:
            out.append(letter.encode("cp1258"))
        except UnicodeEncodeError:
            tones = "".join(part for part in parts if part in _TONES)
            out.append((base + tones).encode("cp1258"))
    return b"".join(out)


def workbook(*sheets: Sequence[Sequence[Any]], merged: str = "") -> bytes:
    """A workbook of sheets of rows of cells."""
    from openpyxl import Workbook

    book = Workbook()
    for sheet in book.worksheets:
        book.remove(sheet)
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"S{number}")
        for row in rows:
            sheet.append(list(row))
        if merged:
            sheet.merge_cells(merged)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(data: bytes, parts: Mapping[str, bytes]) -> bytes:
    """A workbook with some of its parts replaced or added."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, parts.get(name, old.read(name)))
        for name in parts.keys() - set(old.namelist()):
            new.writestr(name, parts[name])
    return out.getvalue()
