"""IPv4 headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import ipv4
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples import ICMPV4_ECHO_REPLY, IPV4, ROUTER_IPV4, octets
from tests.collectors.wire.strategies import MODEST, ipv4s, u8, u16

_PACKET = ICMPV4_ECHO_REPLY[14:]
_WITH_OPTIONS = octets(
    "46 00 001c 0000 0000 01 02 0000",  # header of 24 octets, IGMP
    "0a420009 e0000016",
    "94040000",  # router alert
    "22000000",
)


def test_parses() -> None:
    packet = ipv4.parse(_PACKET, verify_checksum=True)
    assert packet == ipv4.Ipv4(ROUTER_IPV4, IPV4, ipv4.ICMP, 64, _PACKET[20:31], dont_fragment=True)
    assert not packet.is_fragment


def test_parses_options() -> None:
    packet = ipv4.parse(_WITH_OPTIONS)
    assert packet.options == octets("94040000")
    assert packet.payload == octets("22000000")


@pytest.mark.parametrize(
    ("field", "offset", "more"),
    [("2000", 0, True), ("2001", 8, True), ("0001", 8, False), ("1fff", 65528, False)],
    ids=["first", "middle", "last", "highest"],
)
def test_flags_fragments(field: str, offset: int, more: bool) -> None:
    packet = ipv4.parse(_PACKET[:6] + bytes.fromhex(field) + _PACKET[8:])
    assert packet.is_fragment
    assert (packet.fragment_offset, packet.more_fragments) == (offset, more)


@pytest.mark.parametrize(
    ("packet", "error"),
    [
        pytest.param(b"\x65" + _PACKET[1:], "bad_version at octet 0", id="version-6"),
        pytest.param(b"\x44" + _PACKET[1:], "bad_length at octet 0", id="header-16"),
        pytest.param(_PACKET[:2] + b"\0\x13" + _PACKET[4:], "bad_length at octet 2", id="total-19"),
        pytest.param(_PACKET[:2] + b"\0\0" + _PACKET[4:], "bad_length at octet 2", id="total-0"),
        pytest.param(_PACKET[:2] + b"\xff\xff" + _PACKET[4:], "truncated at octet 46", id="lying"),
        pytest.param(b"\x4f" + _PACKET[1:], "bad_length at octet 2", id="header-beyond-total"),
        pytest.param(_PACKET[:8] + b"\x41" + _PACKET[9:], "bad_checksum", id="checksum"),
    ],
)
def test_refuses(packet: bytes, error: str) -> None:
    with pytest.raises(DecodeError, match=error):
        ipv4.parse(packet, verify_checksum="checksum" in error)


@pytest.mark.parametrize("cut", range(31))
def test_refuses_cut_packets(cut: int) -> None:
    with pytest.raises(DecodeError, match="truncated"):
        ipv4.parse(_PACKET[:cut])


def test_quoted_packets_may_be_cut() -> None:
    assert ipv4.parse_quoted(_PACKET[:28]).payload == _PACKET[20:28]
    with pytest.raises(DecodeError, match="truncated"):
        ipv4.parse_quoted(_PACKET[:19])


@given(ipv4s, ipv4s, u8, st.binary(max_size=64), u8, u16)
@MODEST
def test_round_trip(
    source: bytes, destination: bytes, protocol: int, payload: bytes, ttl: int, identification: int
) -> None:
    wire = ipv4.build(source, destination, protocol, payload, ttl, identification)
    assert ipv4.parse(wire + b"padding", verify_checksum=True) == ipv4.Ipv4(
        source, destination, protocol, ttl, payload, identification, dont_fragment=True
    )


def test_build_refuses_oversize() -> None:
    with pytest.raises(ValueError, match="65535"):
        ipv4.build(IPV4, IPV4, ipv4.UDP, bytes(65516))
