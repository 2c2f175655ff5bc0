"""Workbooks: those of offices, and those of enemies."""

import datetime as dt
import io
import zipfile

import pytest

from inventory.register import sheet
from inventory.register.model import Register, RegisterError
from inventory.register.read import parse
from tests.inventory.register.files import repacked, workbook

MAC = "00:1b:a9:00:00:09"
HEADER = ["MAC", "Tên máy", "Số máy", "Mật", "Mua ngày"]
PLAIN = workbook([HEADER, [MAC, "Máy in", "SN-4711", "x", None]])


def said(register: Register) -> list[str]:
    return [str(problem) for problem in register.problems]


def test_cells_of_every_sort() -> None:
    data = workbook(
        [
            ["DANH SÁCH THIẾT BỊ", None, None],
            [None],
            HEADER,
            [MAC, "Máy in", 4711.0, True, dt.datetime(2024, 3, 1)],  # noqa: DTZ001 - Excel's
            ["001ba900000a", 7, 12345678901, False, dt.date(2024, 3, 2)],
        ],
        merged="A1:E2",
    )
    register = parse(data, "r.xlsx")
    assert said(register) == []
    assert [(e.row, e.macs, e.name, e.serial, e.classified) for e in register.entries] == [
        (4, (MAC,), "Máy in", "4711", True),
        (5, ("00:1b:a9:00:00:0a",), "7", "12345678901", False),
    ]
    assert [row.cells[4] for row in register.rows] == ["2024-03-01", "2024-03-02"]


def test_the_first_sheet_with_a_header_is_read() -> None:
    data = workbook([["Ghi chú"], ["x"]], [HEADER, [MAC, "a"]], [HEADER, ["001ba900000a", "b"]])
    assert [entry.name for entry in parse(data, "r.xlsx").entries] == ["a"]


def test_a_mac_that_became_a_number_is_named() -> None:
    register = parse(workbook([HEADER, [11223344, "a"], [MAC, "b"]]), "r.xlsx")
    assert [entry.name for entry in register.entries] == ["b"]
    assert "Excel took it for a number" in said(register)[0]


def test_a_formula_without_a_result_is_named() -> None:
    register = parse(workbook([HEADER, [MAC, "=A1&B1", "SN-4711"]]), "r.xlsx")
    assert said(register) == [
        "row 2, B: the formula has no stored result; open and save the file in Excel"
    ]
    assert register.entries[0].serial == "SN-4711"


def test_an_error_in_a_cell_is_named() -> None:
    register = parse(workbook([HEADER, [MAC, "#REF!"]]), "r.xlsx")
    assert said(register) == ["row 2, B: #REF!: the formula has no result"]
    assert register.entries[0].name == ""


def _archive(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
ENTITY = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
HOSTILE = [
    pytest.param(PLAIN[: len(PLAIN) // 2], "half-written", id="truncated"),
    pytest.param(b"PK\x03\x04" + b"x" * 500, "half-written", id="not a zip"),
    pytest.param(PLAIN[:-30] + b"\0" * 30, "half-written", id="no directory"),
    pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "password", id="OLE"),
    pytest.param(_archive(readme_xml=b"<a/>"), "no .xlsx workbook", id="another zip"),
    pytest.param(_archive(content_xml=b"<a/>"), "OpenDocument", id="ods"),
    pytest.param(_archive(xl__workbook_xml=b"<a/>"), "damaged", id="an empty workbook"),
    pytest.param(repacked(PLAIN, {SHEET: ENTITY}), "document type", id="external entity"),
    pytest.param(
        repacked(PLAIN, {"xl/sharedStrings.xml": ENTITY}), "document type", id="entity in strings"
    ),
    pytest.param(
        repacked(PLAIN, {SHEET: ENTITY.decode().encode("utf-16")}), "document type", id="utf-16"
    ),
    pytest.param(repacked(PLAIN, {SHEET: b"<worksheet><row"}), "damaged", id="broken XML"),
    pytest.param(
        repacked(PLAIN, {SHEET: b" " * (sheet.MAX_UNPACKED + 1)}), "unpacks to", id="zip bomb"
    ),
    pytest.param(
        repacked(PLAIN, {SHEET: b"<c/>" * (sheet.MAX_TAGS + 1)}), "tags", id="a bomb of tags"
    ),
    pytest.param(
        repacked(PLAIN, {f"x/{n}.xml": b"<a/>" for n in range(600)}), "parts", id="many parts"
    ),
    pytest.param(workbook([["a", "b"]]), "column MAC, or Serial", id="no header"),
    pytest.param(workbook([]), "column MAC, or Serial", id="empty sheet"),
]


@pytest.mark.parametrize(("data", "part"), HOSTILE)
def test_hostile_and_broken_workbooks_are_clear_errors(data: bytes, part: str) -> None:
    with pytest.raises(RegisterError, match=part):
        parse(data, "r.xlsx")


def test_a_sheet_that_lies_about_its_size_is_bounded() -> None:
    far = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<dimension ref="A1:XFD1048576"/><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>MAC</t></is></c></row>'
        b'<row r="2"><c r="A2" t="inlineStr"><is><t>001ba9000009</t></is></c>'
        b'<c r="XFD2" t="inlineStr"><is><t>far</t></is></c></row>'
        b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>001ba900000a</t></is></c></row>'
        b"</sheetData></worksheet>"
    )
    register = parse(repacked(PLAIN, {SHEET: far}), "r.xlsx")
    assert [entry.row for entry in register.entries] == [2]
