"""What is exported can be read again, and harms no spreadsheet."""

import csv
import io
from typing import Any

import msgspec
import pytest

from exporters import register as exports
from inventory.inventory import Inventory
from inventory.register.model import Register
from inventory.register.read import parse
from inventory.snapshot import Snapshot
from tests.inventory.builders import LAPTOP, PC, PHONE, PRINTER, T, named, new_inventory, seen

FILE = (
    "Giá,MAC,Tên máy,Phòng,Loại,Mật,Ghi chú\r\n"
    f"12,{PRINTER},Máy in tầng 2,Kế hoạch,Máy in,,=1+1\r\n"
    "13,zz,Hỏng,Kế hoạch,,,\r\n"
    f'14,{PC},Máy 1,Tài chính,Máy tính,x,"a, ""b"""\r\n'
)
MAKERS: list[Any] = [
    pytest.param(exports.to_csv, id="csv"),
    pytest.param(lambda made: exports.to_csv(made, ";"), id="csv with semicolons"),
    pytest.param(exports.to_xlsx, id="xlsx"),
]


def office() -> Inventory:
    inventory = new_inventory()
    inventory.apply(
        [
            seen(PRINTER, "10.66.7.9"),
            named("=cmd|'/c calc'!A1", "mdns", mac=PRINTER),
            seen(LAPTOP, "10.66.7.11"),
            named("@SUM(1)", "mdns", mac=LAPTOP),
            seen(PHONE, "10.66.7.12"),
        ]
    )
    return inventory


def exported(register: Register | None) -> tuple[exports.Table, Snapshot]:
    inventory = office()
    inventory.set_register(register.entries if register else None, T)
    snapshot = inventory.snapshot(T)
    return exports.table(register, snapshot.devices, {}, T), snapshot


@pytest.mark.parametrize("make", MAKERS)
def test_the_round_trip_keeps_every_row_and_unknown_columns(make: Any) -> None:
    before = parse(FILE.encode(), "r.csv")
    made, _ = exported(before)
    after = parse(make(made), "r")
    assert after.entries == before.entries
    for old, new in zip(before.rows, after.rows, strict=False):
        assert [cell.lstrip("'") for cell in new.cells[: len(old.cells)]] == list(old.cells)
    assert [row.new for row in after.rows] == [False, False, False, True, True]


@pytest.mark.parametrize("make", MAKERS)
def test_an_export_of_an_export_is_the_same(make: Any) -> None:
    first, _ = exported(parse(FILE.encode(), "r.csv"))
    again, _ = exported(parse(make(first), "r"))
    assert parse(make(again), "r").rows == parse(make(first), "r").rows
    assert again[0] == first[0]


def test_what_was_seen_stands_beside_each_row() -> None:
    (titles, rows), _ = exported(parse(FILE.encode(), "r.csv"))
    place = {title: number for number, title in enumerate(titles)}
    status = [row[place["seen_status"]] for row in rows]
    assert status == ["seen", "left out", "never seen", "new", "new"]
    assert rows[0][place["seen_addresses"]] == "10.66.7.9"
    assert rows[0][place["seen_last"]].endswith("Z")
    assert {rows[3][place["MAC"]], rows[4][place["MAC"]]} == {LAPTOP, PHONE}


def test_without_a_register_one_is_begun() -> None:
    (titles, rows), snapshot = exported(None)
    assert titles[:3] == ["mac", "name", "division"]
    assert len(rows) == len(snapshot.devices)
    mark = titles.index("seen_status")
    ours = [[*row[:mark], "", *row[mark + 1 :]] for row in rows]
    register = parse(exports.to_csv((titles, ours)), "r.csv")
    assert {mac for entry in register.entries for mac in entry.macs} == {PRINTER, LAPTOP, PHONE}


def test_no_cell_of_a_csv_begins_a_formula() -> None:
    made, _ = exported(parse(FILE.encode(), "r.csv"))
    data = exports.to_csv(made)
    assert data.startswith(b"\xef\xbb\xbf")
    cells = [cell for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))) for cell in row]
    assert "'=1+1" in cells
    assert "'@SUM(1)" in cells
    assert [cell for cell in cells if cell[:1] in tuple("=+-@＝\t\r")] == []


def test_no_cell_of_a_workbook_is_a_formula() -> None:
    from openpyxl import load_workbook

    made, _ = exported(parse(FILE.encode(), "r.csv"))
    sheet = load_workbook(io.BytesIO(exports.to_xlsx(made))).active
    assert sheet is not None
    found = {str(cell.value): cell.data_type for row in sheet.iter_rows() for cell in row}
    assert found["=1+1"] == "s"
    assert "f" not in found.values()


@pytest.mark.parametrize(
    ("cell", "safe"),
    [("=1", "'=1"), ("@a", "'@a"), ("+cmd", "'+cmd"), ("-2+3", "'-2+3"), ("＝1", "'＝1"),
     ("-5", "-5"), ("+84 24 3822", "+84 24 3822"), ("a=1", "a=1"), ("", ""), ("\t=1", "'\t=1")],
)  # fmt: skip
def test_safe_cells(cell: str, safe: str) -> None:
    assert exports.safe(cell) == safe


def test_characters_that_no_workbook_can_hold_are_left_out() -> None:
    data = exports.to_xlsx((["mac", "name"], [["00:1b:a9:00:00:09", "a\x07\ufffe\ud800b"]]))
    assert parse(data, "r.xlsx").entries[0].name == "ab"


def test_a_row_that_is_tied_to_two_devices_names_both() -> None:
    register = parse(f'MAC\n"{PRINTER} {LAPTOP}"\n'.encode(), "r.csv")
    (titles, rows), snapshot = exported(register)
    ids = rows[0][titles.index("seen_device")].split()
    assert len(ids) == 2
    assert msgspec.json.encode(sorted(ids)) == msgspec.json.encode(
        sorted(d.id for d in snapshot.devices if d.registered)
    )
