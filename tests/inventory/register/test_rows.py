"""What the cells say, and how each row's problem is named."""

from typing import Any

import pytest

from inventory.register import words
from inventory.register.model import MAX_ROWS, Register, RegisterError
from inventory.register.read import parse
from inventory.register.rows import mac_of, serial_key

MAC = "00:1b:a9:00:00:09"
TITLES = "mac,name,division,kind,always_on,classified,serial,room"


def read(*rows: str, titles: str = TITLES) -> Register:
    return parse("\n".join([titles, *rows]).encode(), "r.csv")


def said(register: Register) -> list[str]:
    return [str(problem) for problem in register.problems]


@pytest.mark.parametrize(
    "text",
    ["00:1b:a9:00:00:09", "00-1B-A9-00-00-09", "001b.a900.0009", "001BA9000009", "001BA9-000009",
     " 00:1B:A9:00:00:09 ", "00 1b a9 00 00 09", "001b-a900-0009"],
)  # fmt: skip
def test_forms_of_a_mac(text: str) -> None:
    assert read(f"{text},a").entries[0].macs == (MAC,)


@pytest.mark.parametrize(
    "text", ["00:1b:a9:00:00", "00:1b-a9:00:00:09", "zz", "00:1b:a9:00:00:09:00", "٠٠1ba9000009"]
)
def test_what_is_no_mac(text: str) -> None:
    assert mac_of(text) == ""


@pytest.mark.parametrize("between", [" ", ", ", ";", "\n", " / "])
def test_several_macs_in_one_cell(between: str) -> None:
    register = read(f'"{MAC}{between}001ba900000a",a')
    assert register.entries[0].macs == (MAC, "00:1b:a9:00:00:0a")
    assert said(register) == []


PROBLEMS: list[Any] = [
    pytest.param(["zz,a"], 'row 2, mac: "zz" is no MAC', 0, id="bad MAC"),
    pytest.param([f'"{MAC} zz",a'], '"zz" is no MAC', 1, id="a bad MAC beside a good one"),
    pytest.param(["zz,a,,,,,SN-4711"], '"zz" is no MAC', 1, id="a bad MAC beside a serial"),
    pytest.param(["1.12233E+11,a"], "Excel took it for a number", 0, id="scientific MAC"),
    pytest.param(["112233445,a"], "Excel took it for a number", 0, id="zeros lost"),
    pytest.param(["01:00:5e:00:00:01,a"], "group address", 0, id="multicast"),
    pytest.param(["00:00:00:00:00:00,a"], "no MAC at all", 0, id="zero"),
    pytest.param(["00:00:5e:00:01:07,a"], "VRRP", 0, id="virtual router"),
    pytest.param(["02:42:ac:11:00:02,a"], "locally administered", 1, id="local"),
    pytest.param([f"{MAC},a", "001BA9000009,b"], f"row 3, mac: {MAC} is in row 2", 1, id="double"),
    pytest.param(
        [f"{MAC},a,,,,,SN-47", "001ba900000a,b,,,,,sn 47"], "row 3, serial", 2, id="double serial"
    ),
    pytest.param([",a,,,,,SN-47", ",b,,,,,SN-47"], "in row 2 already; the row", 1, id="serials"),
    pytest.param([",a"], "neither a MAC nor a serial number", 0, id="nobody"),
    pytest.param([f"{MAC},a,,toaster"], 'row 2, kind: "toaster"', 1, id="kind"),
    pytest.param([f"{MAC},a,,,maybe"], 'row 2, always_on: "maybe"', 1, id="truth"),
    pytest.param([f"{MAC},{'a' * 65}"], "row 2, name: longer than 64", 1, id="long name"),
    pytest.param([f"{MAC},a,,,,,,{'a' * 2000}"], "row 2, room: longer", 1, id="overlong cell"),
    pytest.param([f"{MAC},a\x07b"], "row 2, name: control characters", 1, id="control"),
    pytest.param([f"{MAC},a,,,,,,,,x"], "beyond the last title", 1, id="too many cells"),
    pytest.param([], "a header and no rows", 0, id="header only"),
    pytest.param(
        [" ".join(f"001ba90000{n:02x}" for n in range(20))], "more than 16 MACs", 1, id="macs"
    ),
]


@pytest.mark.parametrize(("rows", "part", "good"), PROBLEMS)
def test_a_problem_is_named_and_good_rows_are_taken(rows: list[str], part: str, good: int) -> None:
    register = read(*rows)
    assert len(register.entries) == good
    (problem,) = said(register)
    assert part in problem


def test_the_second_of_two_rows_with_one_mac_is_left_out() -> None:
    register = read(f"{MAC},a", f'"001ba900000a {MAC}",b', "001ba900000a,c")
    assert [entry.name for entry in register.entries] == ["a", "c"]
    assert register.rows[1].entry is None
    assert register.rows[1].cells[1] == "b"


@pytest.mark.parametrize("word", ["none", "N/A", "To be filled by O.E.M.", "0000000", "x1", "-"])
def test_a_serial_that_names_no_device_is_none(word: str) -> None:
    assert serial_key(word) == ""


KINDS = [
    ("Máy in", "printer"), ("may in", "printer"), ("MÁY CHỦ", "server"),
    ("máy tính", "workstation"),
    ("Máy tính xách tay", "laptop"), ("Camera", "camera"), ("Điện thoại IP", "voip"),
    ("điện thoại", "phone"), ("Bộ chuyển mạch", "switch"), ("tường lửa", "firewall"),
    ("access point", "access_point"), ("management_controller", "management_controller"),
    ("Bộ lưu điện", "ups"), ("khác", "other"),
]  # fmt: skip


@pytest.mark.parametrize(("word", "kind"), KINDS)
def test_kinds_in_two_languages(word: str, kind: str) -> None:
    assert words.kind_of(word) == kind


def test_no_word_stands_for_two_things() -> None:
    for table in (words._KINDS, words._TITLES):
        folded = [(words.fold(word), key) for key, listed in table.items() for word in listed]
        meanings: dict[str, set[str]] = {}
        for word, key in folded:
            meanings.setdefault(word, set()).add(key)
        assert {word: keys for word, keys in meanings.items() if len(keys) > 1} == {}


@pytest.mark.parametrize(
    ("word", "truth"),
    [("1", True), ("0", False), ("Yes", True), ("no", False), ("TRUE", True), ("false", False),
     ("x", True), ("X", True), ("Có", True), ("KHÔNG", False), ("✓", True), ("-", False),
     ("maybe", None), ("2", None)],
)  # fmt: skip
def test_yes_and_no(word: str, truth: bool | None) -> None:
    assert words.truth_of(word) is truth


def test_columns_stand_in_any_order_and_unknown_ones_are_kept() -> None:
    titles = "Giá;Số sê-ri;PHÒNG BAN;dia chi mac;Tên thiết bị"
    register = parse(f"{titles}\n12;SN-4711;Kế hoạch;001ba9000009;a".encode(), "r.csv")
    (entry,) = register.entries
    assert (entry.serial, entry.division, entry.macs, entry.name) == (
        "SN-4711", "Kế hoạch", (MAC,), "a",
    )  # fmt: skip
    assert register.headers[0] == "Giá"
    assert register.rows[0].cells[0] == "12"


def test_titles_above_the_header_are_passed_over() -> None:
    register = read("Sở Tài chính,,", ",,", TITLES, f"{MAC},a", titles="DANH SÁCH MÁY,,")
    assert [entry.row for entry in register.entries] == [5]


def test_a_second_column_of_a_kind_is_named() -> None:
    register = read(f"{MAC},a,b", titles="mac,name,Tên máy")
    assert said(register) == ["row 1, Tên máy: a second column for name; the first one is used"]


def test_rows_that_an_export_marked_are_not_registered() -> None:
    register = read(f"{MAC},a,new", "001ba900000a,b,seen", titles="mac,name,seen_status")
    assert [entry.name for entry in register.entries] == ["b"]
    assert "1 rows still carry the mark" in said(register)[0]


def test_a_formula_of_the_officer_is_text() -> None:
    register = read(f"{MAC},'=cmd|'/c calc'!A1")
    assert register.entries[0].name == "=cmd|'/c calc'!A1"


@pytest.mark.parametrize(
    ("data", "part"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"\xef\xbb\xbf\r\n\r\n", "is empty", id="blank"),
        pytest.param(b"a,b\n1,2\n", "no|none of its first", id="no header"),
        pytest.param(b"name,kind\na,nas\n", "column MAC, or Serial", id="no key column"),
    ],
)
def test_a_file_that_is_no_register(data: bytes, part: str) -> None:
    with pytest.raises(RegisterError, match=part):
        parse(data, "r.csv")


def test_rows_are_bounded() -> None:
    rows = "\n".join(
        f"00:1b:{n >> 16:02x}:{n >> 8 & 255:02x}:{n & 255:02x}:00" for n in range(MAX_ROWS + 5)
    )
    register = parse(f"mac\n{rows}\n".encode(), "r.csv")
    assert len(register.rows) == MAX_ROWS
    assert "no more than 100000 rows" in said(register)[-1]
