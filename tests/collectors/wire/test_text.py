"""Text from the network."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire.text import MAX_INPUT, clean_text
from tests.collectors.wire.strategies import THOROUGH


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        pytest.param(b"PC-01", "PC-01", id="plain"),
        pytest.param(
            "m\u00e1y in ph\u00f2ng k\u1ebf to\u00e1n".encode(),
            "máy in phòng kế toán",
            id="vietnamese",
        ),
        pytest.param("e\u0302\u0301", "\u1ebf", id="normal-form-c"),
        pytest.param("e\u200d\u0301", "\u00e9", id="normal-form-after-dropping"),
        pytest.param(b"", "", id="empty"),
        pytest.param(b"pc\0\0\0", "pc", id="nul-padding"),
        pytest.param("a\u202egnp.exe", "agnp.exe", id="bidirectional-override"),
        pytest.param("a\ud800b", "ab", id="lone-surrogate"),
        pytest.param("a\ue000\U000f0000b", "ab", id="private-use"),
        pytest.param("a\ufffe\ufdd0b", "ab", id="noncharacters"),
        pytest.param(b"a\x1b[31mb", "a[31mb", id="terminal-escape"),
        pytest.param(b" a \r\n\t b\x0bc ", "a b c", id="white-space"),
        pytest.param("a\u2028b\u00a0c", "a b c", id="unicode-white-space"),
        pytest.param(b"a\xffb", "a\ufffdb", id="not-utf-8"),
        pytest.param(b"\xff\xfe\x01", "hex:fffe01", id="nothing-printable"),
        pytest.param(b"\0", "hex:00", id="only-nul"),
        pytest.param(b"  ", "hex:2020", id="only-spaces"),
        pytest.param("\ud800", "hex:eda080", id="only-a-surrogate"),
        pytest.param(b"x" * 10_000, "x" * 64, id="long"),
        pytest.param("<b>&\"'=cmd", "<b>&\"'=cmd", id="escaping-is-the-writers-work"),
    ],
)
def test_cleans(raw: bytes | str, cleaned: str) -> None:
    assert clean_text(raw) == cleaned


_ANY = (
    st.binary(max_size=200)
    | st.text(st.characters(), max_size=100)
    | st.text(st.characters(categories=["Cs", "Cc", "Cf", "Co", "Mn", "Zs", "Zl"]), max_size=60)
)


@given(_ANY, st.integers(1, 80))
@THOROUGH
def test_whatever_comes_is_safe(raw: bytes | str, limit: int) -> None:
    cleaned = clean_text(raw, limit)
    cleaned.encode()
    assert len(cleaned) <= limit
    assert bool(cleaned) == bool(raw)
    assert cleaned == cleaned.strip() == " ".join(cleaned.split())
    assert not {unicodedata.category(c) for c in cleaned} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert unicodedata.is_normalized("NFC", cleaned)
    assert clean_text(cleaned, limit) == cleaned


def test_input_is_bounded() -> None:
    assert clean_text(b"\0" * MAX_INPUT + b"hidden").startswith("hex:0000")
