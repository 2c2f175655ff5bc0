"""Encodings as real bytes, separators, quotes."""

import pytest

from inventory.register.model import Register, RegisterError
from inventory.register.read import parse
from tests.inventory.register.files import HEADER, VIETNAMESE, windows_1258


def names(register: Register) -> list[str]:
    return [entry.name for entry in register.entries]


@pytest.mark.parametrize(
    ("data", "encoding", "warned"),
    [
        pytest.param(VIETNAMESE.encode(), "utf-8", False, id="utf-8"),
        pytest.param(VIETNAMESE.encode("utf-8-sig"), "utf-8-sig", False, id="utf-8 with BOM"),
        pytest.param(b"\xff\xfe" + VIETNAMESE.encode("utf-16-le"), "utf-16", False, id="utf-16 LE"),
        pytest.param(b"\xfe\xff" + VIETNAMESE.encode("utf-16-be"), "utf-16", False, id="utf-16 BE"),
        pytest.param(windows_1258(VIETNAMESE), "windows-1258", True, id="windows-1258"),
    ],
)
def test_an_encoding_is_found_by_evidence(data: bytes, encoding: str, warned: bool) -> None:
    register = parse(data, "r.csv")
    assert register.encoding == encoding
    assert names(register) == ["Máy in tầng 2", "Kế toán trưởng Nguyễn Thị Hằng"]
    assert [entry.division for entry in register.entries] == ["Phòng Kế hoạch", "Phòng Tài chính"]
    assert [entry.kind for entry in register.entries] == ["printer", "workstation"]
    assert register.entries[0].always_on is True
    assert register.entries[1].classified
    assert [str(one) for one in register.problems if one.row] == []
    assert any(encoding in one.text for one in register.problems) is warned


def test_decomposed_letters_are_composed() -> None:
    register = parse("MAC,Tên\n001ba9000009,Kế toán".encode(), "r")
    assert names(register) == ["Kế toán"]


def test_western_text_is_read_as_such_and_named() -> None:
    register = parse("MAC,Name\n001ba9000009,Señor Façade\n".encode("cp1252"), "r.csv")
    assert (register.encoding, names(register)) == ("windows-1252", ["Señor Façade"])
    assert "windows-1252" in register.problems[0].text


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"MAC,Name\n001ba9000009,\x81\x8d\n", id="no encoding"),
        pytest.param(b"\xef\xbb\xbfMAC,Name\n\xff", id="utf-8 that breaks"),
        pytest.param(b"\xff\xfeM\0A\0C\0,", id="utf-16 cut in a character"),
        pytest.param(
            b"\xff\xfe" + "MAC\ud800".encode("utf-16-le", "surrogatepass"), id="surrogate"
        ),
        pytest.param(VIETNAMESE.encode("utf-16-le"), id="utf-16 without BOM"),
        pytest.param(b"MAC,Name\n\0\0\0\0", id="a hole in the file"),
    ],
)
def test_text_that_cannot_be_read_is_a_clear_error(data: bytes) -> None:
    with pytest.raises(RegisterError, match=r"save it as CSV UTF-8"):
        parse(data, "r.csv")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_the_one_that_makes_known_columns(separator: str) -> None:
    text = (
        f'Name,;{separator}MAC{separator}Kind\n"a{separator}b"{separator}001ba9000009{separator}nas'
    )
    if separator in ",;":
        text = text.replace("Name,;", "Name")
    register = parse(text.encode(), "r.csv")
    assert register.delimiter == separator
    assert register.entries[0].kind == "nas"


def test_excels_own_way_to_name_the_separator() -> None:
    register = parse(b"sep=;\r\nMAC;Name\r\n001ba9000009;a,b\r\n", "r.csv")
    assert [(e.row, e.name) for e in register.entries] == [(3, "a,b")]


def test_a_quoted_cell_holds_separators_quotes_and_lines() -> None:
    data = b'MAC,Name\n"001ba9000009\n001ba900000a","a ""b"", c"\n001ba900000b,next\n'
    register = parse(data, "r.csv")
    assert [(e.row, e.name, len(e.macs)) for e in register.entries] == [
        (2, 'a "b", c', 2),
        (3, "next", 1),
    ]


def test_an_open_quote_costs_its_row_and_no_other() -> None:
    rows = "".join(f"001ba90000{n:02x},n{n}\n" for n in range(3, 99))
    register = parse(f'MAC,Name\n001ba9000001,"open\n001ba9000002,b\n{rows}'.encode(), "r.csv")
    assert [entry.row for entry in register.entries] == list(range(3, 100))
    (problem,) = register.problems
    assert (problem.row, problem.taken) == (2, False)
    assert "quotes" in problem.text


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings(ending: str) -> None:
    text = ending.join([HEADER, "001ba9000009;a\x0bb\u2028c", "001ba900000a;d"])
    assert [entry.row for entry in parse(text.encode(), "r.csv").entries] == [2, 3]


def test_many_open_quotes_cost_little() -> None:
    register = parse(b"MAC,Name\n" + b'001ba9000009,"x\n' * 20_000, "r.csv")
    assert register.entries == ()
    assert register.problems_total >= 10_000
    assert len(register.problems) == 1000
