"""UDP datagrams."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import ethernet, ipv4, ipv6, udp
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples import GLOBAL, IPV4, MAC, ROUTER, ROUTER_IPV4, ROUTER_MAC, octets
from tests.collectors.wire.strategies import MODEST, u16

_DATAGRAM = octets("0044 0043 000b 0000", "616263")


def test_parses() -> None:
    assert udp.parse(_DATAGRAM + b"padding") == udp.Udp(68, 67, b"abc")


@pytest.mark.parametrize(
    ("wire", "error"),
    [
        pytest.param(
            _DATAGRAM[:4] + b"\0\7" + _DATAGRAM[6:], "bad_length at octet 4", id="length-7"
        ),
        pytest.param(
            _DATAGRAM[:4] + b"\0\0" + _DATAGRAM[6:], "bad_length at octet 4", id="length-0"
        ),
        pytest.param(
            _DATAGRAM[:4] + b"\0\x0c" + _DATAGRAM[6:], "truncated at octet 11", id="lying"
        ),
    ],
)
def test_refuses(wire: bytes, error: str) -> None:
    with pytest.raises(DecodeError, match=error):
        udp.parse(wire)


@pytest.mark.parametrize("cut", range(11))
def test_refuses_cut_datagrams(cut: int) -> None:
    with pytest.raises(DecodeError, match="truncated"):
        udp.parse(_DATAGRAM[:cut])


@given(st.sampled_from(((IPV4, ROUTER_IPV4), (GLOBAL, ROUTER))), u16, u16, st.binary(max_size=64))
@MODEST
def test_round_trip(pair: tuple[bytes, bytes], source: int, destination: int, data: bytes) -> None:
    wire = udp.build(*pair, source, destination, data)
    parsed = udp.parse(wire, *pair)
    assert (parsed.source_port, parsed.destination_port, parsed.payload) == (
        source,
        destination,
        data,
    )
    assert parsed.checksum != 0
    with pytest.raises(DecodeError, match="bad_checksum"):
        udp.parse(wire[:6] + (parsed.checksum ^ 0x5555).to_bytes(2, "big") + data, *pair)


def test_missing_checksum_is_for_ipv4_only() -> None:
    assert udp.parse(_DATAGRAM, IPV4, ROUTER_IPV4).payload == b"abc"
    with pytest.raises(DecodeError, match="bad_checksum"):
        udp.parse(_DATAGRAM, GLOBAL, ROUTER)


def test_builds_frames() -> None:
    four = ethernet.parse(
        udp.build_ipv4_frame(MAC, ROUTER_MAC, IPV4, ROUTER_IPV4, 68, 67, b"abc", ttl=1)
    )
    packet4 = ipv4.parse(four.payload, verify_checksum=True)
    assert (packet4.protocol, packet4.ttl) == (ipv4.UDP, 1)
    assert udp.parse(packet4.payload, IPV4, ROUTER_IPV4).payload == b"abc"
    six = ethernet.parse(
        udp.build_ipv6_frame(MAC, ROUTER_MAC, GLOBAL, ROUTER, 5353, 5353, b"abc", hop_limit=255)
    )
    packet6 = ipv6.parse(six.payload)
    assert (packet6.next_header, packet6.hop_limit) == (ipv6.UDP, 255)
    assert udp.parse(packet6.payload, GLOBAL, ROUTER).payload == b"abc"


def test_build_refuses_oversize() -> None:
    with pytest.raises(ValueError, match="65535"):
        udp.build(IPV4, IPV4, 1, 2, bytes(65528))
