"""Ethernet frames and VLAN tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import ethernet
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples import MAC, ROUTER_MAC, octets
from tests.collectors.wire.strategies import MODEST, macs

_PLAIN = octets("001c73000701 001ba9000009 0800", "45")
_TAGGED = octets("001c73000701 001ba9000009 8100 e00a 86dd", "60")  # priority 7, VLAN 10
_STACKED = octets("001c73000701 001ba9000009 88a8 0064 8100 000a 0806", "00")  # 100, 10


@pytest.mark.parametrize(
    ("frame", "ethertype", "vlans", "offset"),
    [
        pytest.param(_PLAIN, 0x0800, (), 14, id="plain"),
        pytest.param(_TAGGED, 0x86DD, (10,), 18, id="tagged"),
        pytest.param(_STACKED, 0x0806, (100, 10), 22, id="stacked"),
    ],
)
def test_parses(frame: bytes, ethertype: int, vlans: tuple[int, ...], offset: int) -> None:
    parsed = ethernet.parse(memoryview(frame))
    assert parsed == ethernet.Ethernet(ROUTER_MAC, MAC, ethertype, frame[offset:], vlans, offset)
    for cut in range(offset):
        with pytest.raises(DecodeError, match="truncated"):
            ethernet.parse(frame[:cut])


def test_refuses_a_third_tag() -> None:
    frame = octets("001c73000701 001ba9000009 8100 0001 8100 0002 8100 0003 0800")
    with pytest.raises(DecodeError, match="too_many at octet 22"):
        ethernet.parse(frame)


def test_length_field_is_llc() -> None:
    spanning_tree = octets("0180c2000000 001ba9000009 0026", "424203")
    assert ethernet.parse(spanning_tree).is_llc


@given(macs, macs, st.integers(0x0600, 0x80FF), st.lists(st.integers(0, 4094), max_size=2))
@MODEST
def test_round_trip(destination: bytes, source: bytes, ethertype: int, vlans: list[int]) -> None:
    frame = ethernet.build(destination, source, ethertype, b"x", tuple(vlans))
    parsed = ethernet.parse(frame)
    assert (parsed.destination, parsed.source, parsed.ethertype, list(parsed.vlans)) == (
        destination, source, ethertype, vlans,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("destination", "vlans"), [(b"short", ()), (MAC, (1, 2, 3)), (MAC, (4095,)), (MAC, (-1,))]
)
def test_build_refuses(destination: bytes, vlans: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"MAC|VLAN"):
        ethernet.build(destination, MAC, ethernet.IPV4, b"", vlans)
