"""Domain names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import name as names
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples import octets
from tests.collectors.wire.strategies import MODEST
from tests.collectors.wire.strategies import names as any_names

_LONG = b"\x3f" + b"a" * 63


@pytest.mark.parametrize(
    ("wire", "offset", "expected", "after"),
    [
        pytest.param(octets("00"), 0, (), 1, id="root"),
        pytest.param(octets("0161 03622e63 00 ff"), 0, (b"a", b"b.c"), 7, id="dot-in-label"),
        pytest.param(octets("0161 00 0162 c000"), 3, (b"b", b"a"), 7, id="pointer"),
        pytest.param(octets("0161 00 c000 c003"), 5, (b"a",), 7, id="pointer-to-pointer"),
        pytest.param(_LONG * 3 + b"\x3d" + b"b" * 61 + b"\0", 0,
                     (b"a" * 63,) * 3 + (b"b" * 61,), 255, id="255-octets"),
    ],
)  # fmt: skip
def test_parses(wire: bytes, offset: int, expected: names.Name, after: int) -> None:
    assert names.parse(wire, offset) == (expected, after)
    assert names.skip(wire, offset) == after


@pytest.mark.parametrize(
    ("wire", "offset", "error"),
    [
        pytest.param(octets("c000"), 0, "bad_name at octet 0", id="pointer-to-itself"),
        pytest.param(octets("c002 0161 00"), 0, "bad_name", id="pointer-forward"),
        pytest.param(octets("0161 c000"), 0, "bad_name at octet 2", id="loop"),
        pytest.param(octets("c002 c000"), 2, "bad_name", id="ring"),
        pytest.param(octets("4061"), 0, "bad_name", id="label-of-64"),
        pytest.param(octets("8061"), 0, "bad_name", id="reserved-label-type"),
        pytest.param(_LONG * 4 + b"\0", 0, "bad_name at octet 192", id="too-long"),
        pytest.param(_LONG * 3 + b"\x3e" + b"b" * 62 + b"\0", 0, "bad_name", id="256-octets"),
        pytest.param(b"", 0, "truncated at octet 0", id="empty"),
        pytest.param(octets("0161"), 0, "truncated at octet 2", id="no-root"),
        pytest.param(octets("0561"), 0, "truncated at octet 2", id="label-cut"),
        pytest.param(octets("00 c0"), 1, "truncated at octet 2", id="pointer-cut"),
    ],
)
def test_refuses(wire: bytes, offset: int, error: str) -> None:
    with pytest.raises(DecodeError, match=error):
        names.parse(wire, offset)


def test_refuses_many_jumps() -> None:
    chain = b"\x01a\0" + b"".join(
        (0xC000 | (0 if step == 0 else 3 + 2 * (step - 1))).to_bytes(2, "big")
        for step in range(names.MAX_JUMPS + 1)
    )
    last = len(chain) - 2
    assert names.parse(chain, last - 2)[0] == (b"a",)
    with pytest.raises(DecodeError, match="bad_name"):
        names.parse(chain, last)


def test_refuses_compression_where_there_is_none() -> None:
    with pytest.raises(DecodeError, match="bad_name"):
        names.parse(octets("0161 00 c000"), 3, compressed=False)


@given(any_names)
@MODEST
def test_round_trip(name: names.Name) -> None:
    wire = names.encode(name)
    assert names.parse(wire, 0, compressed=False) == (name, len(wire))


@pytest.mark.parametrize("name", [(b"",), (b"a" * 64,), (b"a" * 63,) * 4])
def test_encode_refuses(name: names.Name) -> None:
    with pytest.raises(ValueError, match="octets"):
        names.encode(name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", ()),
        (".", ()),
        ("local", (b"local",)),
        ("_ipp._tcp.local.", (b"_ipp", b"_tcp", b"local")),
        (r"HL-L2350\.1\\x._ipp", (b"HL-L2350.1\\x", b"_ipp")),
        ("máy in.local", ("máy in".encode(), b"local")),
    ],
)
def test_text(text: str, name: names.Name) -> None:
    assert names.from_text(text) == name
    assert names.to_text(name) == text.removesuffix(".")


@pytest.mark.parametrize("text", ["a..b", ".a", "x" * 64])
def test_from_text_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="octets"):
        names.from_text(text)


@given(st.lists(st.text(min_size=1, max_size=10), min_size=1, max_size=4))
@MODEST
def test_text_round_trip(labels: list[str]) -> None:
    name = tuple(label.encode("utf-8", "replace") for label in labels)
    assert names.from_text(names.to_text(name)) == name


def test_folded() -> None:
    assert names.folded((b"Printer", "Ế".encode())) == (b"printer", "Ế".encode())
