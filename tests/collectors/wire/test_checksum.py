"""The Internet checksum."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import checksum
from tests.collectors.wire.samples import LINK_LOCAL, ROUTER
from tests.collectors.wire.strategies import MODEST


def _by_the_book(data: bytes) -> int:
    """RFC 1071 §4.1, word by word."""
    total = sum(word << 8 if at % 2 == 0 else word for at, word in enumerate(data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param("0001f203f4f5f6f7", 0x220D, id="rfc-1071-section-3"),
        pytest.param("", 0xFFFF, id="empty"),
        pytest.param("0000", 0xFFFF, id="zero"),
        pytest.param("ffff", 0x0000, id="minus-zero"),
        pytest.param("01", 0xFEFF, id="odd"),
    ],
)
def test_internet(data: str, expected: int) -> None:
    assert checksum.internet(bytes.fromhex(data)) == expected


@given(st.binary(max_size=200))
@MODEST
def test_internet_agrees_with_the_rfc(data: bytes) -> None:
    assert checksum.internet(data) == _by_the_book(data)


@given(st.binary(min_size=4, max_size=61), st.integers(0, 60), st.integers(1, 255))
@MODEST
def test_icmpv6_notices_a_changed_octet(message: bytes, at: int, change: int) -> None:
    sealed = checksum.with_icmpv6(ROUTER, LINK_LOCAL, message[:2] + b"\0\0" + message[4:])
    assert checksum.is_valid_icmpv6(ROUTER, LINK_LOCAL, sealed)
    at %= len(sealed)
    damaged = sealed[:at] + bytes((sealed[at] ^ change,)) + sealed[at + 1 :]
    assert not checksum.is_valid_icmpv6(ROUTER, LINK_LOCAL, damaged)


def test_icmpv6_covers_the_length() -> None:
    sealed = checksum.with_icmpv6(ROUTER, LINK_LOCAL, bytes((128, 0, 0, 0, 0, 0, 0, 0)))
    assert not checksum.is_valid_icmpv6(ROUTER, LINK_LOCAL, sealed + b"\0\0")
    assert not checksum.is_valid_icmpv6(LINK_LOCAL, LINK_LOCAL, sealed)
