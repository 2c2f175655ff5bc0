"""Any bytes in: a register or a RegisterError, and nothing else."""

import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.register.model import MAX_PROBLEMS, RegisterError
from inventory.register.read import parse
from tests.inventory.register.files import VIETNAMESE, workbook

WORKBOOK = workbook([["MAC", "Tên"], ["00:1b:a9:00:00:09", "a"], ["zz", "=1+1"]])
CELLS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["00:1b:a9:00:00:09", "001ba900000a", "x", "có", "máy in", "", '"', "\r", ","]),
)


def check(data: bytes) -> None:
    try:
        register = parse(data, "any")
    except RegisterError as error:
        refused(str(error))
        return
    assert len(register.problems) <= min(MAX_PROBLEMS, register.problems_total)
    macs = [mac for entry in register.entries for mac in entry.macs]
    assert len(macs) == len(set(macs))
    for entry in register.entries:
        assert entry.macs or entry.serial
        for text in (entry.name, entry.division, entry.serial):
            assert len(text) <= 64
            assert not set(text) & set("\0\r\n\t\x1b")


def refused(text: str) -> None:
    assert 0 < len(text) < 400


@given(st.binary(max_size=4000))
@settings(max_examples=300, deadline=None)
def test_any_bytes(data: bytes) -> None:
    check(data)


@given(st.binary(max_size=400), st.sampled_from([b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b""]))
@settings(max_examples=200, deadline=None)
def test_any_bytes_under_a_header(data: bytes, mark: bytes) -> None:
    check(mark + b"MAC,Name,Kind,Serial,Classified\n" + data)


@given(st.lists(st.lists(CELLS, max_size=8), max_size=12), st.sampled_from(",;\t|"))
@settings(max_examples=200, deadline=None)
def test_any_table(rows: list[list[str]], separator: str) -> None:
    lines = ["MAC,Tên,Loại,Mật,Luôn bật,Serial".replace(",", separator)]
    lines += [separator.join(row) for row in rows]
    check("\n".join(lines).encode("utf-8", "surrogatepass"))


@given(st.integers(0, len(WORKBOOK) - 1), st.binary(min_size=1, max_size=8))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_workbook_with_flipped_bytes(place: int, junk: bytes) -> None:
    check(WORKBOOK[:place] + junk + WORKBOOK[place + len(junk) :])


@given(
    st.sampled_from(sorted(zipfile.ZipFile(io.BytesIO(WORKBOOK)).namelist())),
    st.integers(0, 3000),
    st.text(alphabet='<>/"=&;!cvrsitf0123456789ABx:- ', min_size=1, max_size=12),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_workbook_with_junk_in_its_xml(part: str, place: int, junk: str) -> None:
    with zipfile.ZipFile(io.BytesIO(WORKBOOK)) as old:
        content = {name: old.read(name) for name in old.namelist()}
    whole = content[part]
    content[part] = whole[: place % len(whole)] + junk.encode() + whole[place % len(whole) :]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        for name, data in content.items():
            new.writestr(name, data)
    check(out.getvalue())


@pytest.mark.parametrize("length", range(0, len(VIETNAMESE.encode("utf-16")), 7))
def test_a_file_cut_anywhere(length: int) -> None:
    check(VIETNAMESE.encode("utf-16")[:length])
    check(VIETNAMESE.encode("utf-8-sig")[:length])
