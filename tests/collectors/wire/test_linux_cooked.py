"""Linux cooked headers, and the frames that are made of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import ethernet, linux_cooked
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples import ARP_REQUEST, MAC, octets
from tests.collectors.wire.strategies import MODEST, short, u16, u32

ARP = ARP_REQUEST[14:]
SLL = octets("0001 0001 0006 001ba9000009 0000 0806") + ARP
SLL2 = octets("0806 0000 00000003 0001 01 06 001ba9000009 0000") + ARP


def test_sll() -> None:
    cooked = linux_cooked.parse(SLL)
    assert cooked == linux_cooked.Cooked(1, 1, MAC, 0x0806, ARP)
    assert cooked.frame() == ethernet.Ethernet(b"\xff" * 6, MAC, 0x0806, ARP, (), 16)


def test_sll2() -> None:
    cooked = linux_cooked.parse2(SLL2)
    assert cooked == linux_cooked.Cooked(1, 1, MAC, 0x0806, ARP, 3, 20)


def test_an_unknown_destination_is_zero() -> None:
    frame = linux_cooked.Cooked(0, 1, MAC, 0x0800, b"x").frame()
    assert frame is not None
    assert frame.destination == bytes(6)


def test_tagged_packets() -> None:
    frame = linux_cooked.Cooked(0, 1, MAC, 0x8100, octets("0042 0806") + ARP).frame()
    assert frame is not None
    assert (frame.vlans, frame.ethertype, frame.payload) == ((66,), 0x0806, ARP)


def test_llc() -> None:
    frame = linux_cooked.Cooked(2, 1, MAC, linux_cooked.LLC, octets("4242 03")).frame()
    assert frame is not None
    assert frame.is_llc
    assert frame.ethertype == 3


@pytest.mark.parametrize("hardware", [772, 65534], ids=["loopback", "no hardware"])
def test_what_is_no_ethernet_has_no_frame(hardware: int) -> None:
    assert linux_cooked.Cooked(0, hardware, MAC, 0x0800, b"").frame() is None
    assert linux_cooked.Cooked(0, 1, b"", 0x0800, b"").frame() is None


def test_refused() -> None:
    for wire, reason in ((SLL[:15], "truncated"), (b"\0\5" + SLL[2:], "bad_type")):
        with pytest.raises(DecodeError, match=reason):
            linux_cooked.parse(wire)
    with pytest.raises(DecodeError, match="bad_length"):
        linux_cooked.parse(SLL[:4] + b"\0\x09" + SLL[6:])
    with pytest.raises(DecodeError, match="truncated"):
        linux_cooked.parse2(SLL2[:19])
    with pytest.raises(DecodeError, match="bad_type"):
        linux_cooked.parse2(SLL2[:10] + b"\5" + SLL2[11:])
    with pytest.raises(DecodeError, match="bad_length"):
        linux_cooked.parse2(SLL2[:11] + b"\x09" + SLL2[12:])


@given(st.integers(0, 4), u16, st.binary(max_size=8), u16, short, u32)
@MODEST
def test_round_trip(
    direction: int, hardware: int, source: bytes, protocol: int, payload: bytes, interface: int
) -> None:
    one = linux_cooked.Cooked(direction, hardware, source, protocol, payload)
    assert linux_cooked.parse(linux_cooked.encode(one)) == one
    two = linux_cooked.Cooked(direction, hardware, source, protocol, payload, interface, 20)
    assert linux_cooked.parse2(linux_cooked.encode2(two)) == two
