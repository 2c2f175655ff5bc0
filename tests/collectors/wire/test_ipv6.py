"""IPv6 headers and extension headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import ipv6
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples import GLOBAL, LINK_LOCAL, MLD_QUERY, ROUTER, octets
from tests.collectors.wire.strategies import MODEST, ipv6s, u8

_PADN = "{} 00 01 04 00000000"  # an option header of eight octets with PadN


def _packet(first: int, *headers: str) -> bytes:
    return ipv6.build(ROUTER, LINK_LOCAL, first, octets(*headers))


def test_parses_router_alert() -> None:
    packet = ipv6.parse(MLD_QUERY[14:])
    assert packet.next_header == ipv6.ICMPV6
    assert packet.extensions == (ipv6.HOP_BY_HOP,)
    assert packet.router_alert == ipv6.ROUTER_ALERT_MLD
    assert (packet.payload_offset, packet.payload) == (48, MLD_QUERY[62:])
    assert not packet.has_fragment_header


def test_parses_traffic_class_and_flow_label() -> None:
    wire = octets("6e012345 0000 3b 01") + ROUTER + LINK_LOCAL
    packet = ipv6.parse(wire)
    assert (packet.traffic_class, packet.flow_label) == (0xE0, 0x12345)


@pytest.mark.parametrize(
    ("packet", "extensions", "upper"),
    [
        pytest.param(
            _packet(
                0,
                _PADN.format("3c"),
                _PADN.format("2b"),
                "2c 00 04 00 00000000",
                "3a 00 0000 00000001",
                "80",
            ),
            (0, 60, 43, 44),
            58,
            id="all-kinds",
        ),
        pytest.param(
            _packet(51, "3a 02 0000 00000001 00000002 00000003", "80"), (51,), 58, id="ah"
        ),
        pytest.param(_packet(60, "3b 00 00 00 00 00 00 00"), (60,), 59, id="six-pad1"),
        pytest.param(_packet(50, "0102"), (), 50, id="esp-is-opaque"),
    ],
)
def test_walks(packet: bytes, extensions: tuple[int, ...], upper: int) -> None:
    parsed = ipv6.parse(packet)
    assert (parsed.extensions, parsed.next_header) == (extensions, upper)


def test_atomic_fragment_is_whole() -> None:
    packet = ipv6.parse(_packet(44, "3a 00 0000 12345678", "8000"))
    assert packet.has_fragment_header
    assert not packet.is_fragment
    assert packet.payload == b"\x80\x00"


def test_first_fragment_is_a_part() -> None:
    packet = ipv6.parse(_packet(44, "3a 00 0001 12345678", "8000"))
    assert packet.is_fragment
    assert packet.more_fragments


def test_later_fragment_is_not_walked() -> None:
    packet = ipv6.parse(_packet(44, "3c 00 0008 12345678", "ffff"))
    assert (packet.fragment_offset, packet.next_header, packet.payload) == (8, 60, b"\xff\xff")


@pytest.mark.parametrize(
    ("packet", "error"),
    [
        pytest.param(b"\x45" + MLD_QUERY[15:], "bad_version at octet 0", id="version-4"),
        pytest.param(
            MLD_QUERY[14:18] + b"\xff\xff" + MLD_QUERY[20:], "truncated", id="lying-length"
        ),
        pytest.param(
            _packet(60, _PADN.format("00"), _PADN.format("3a")), "bad_type", id="late-hop"
        ),
        pytest.param(_packet(60, "3a 01 01 04 00000000"), "truncated", id="header-beyond-packet"),
        pytest.param(_packet(60, "3a 00"), "truncated", id="header-cut"),
        pytest.param(_packet(60, "3a 00 01 05 00000000"), "bad_option", id="option-beyond-header"),
        pytest.param(
            _packet(60, "3a 00 01 03 000000 1e"), "bad_option", id="option-without-length"
        ),
        pytest.param(_packet(0, "3a 00 05 03 0000 0000"), "bad_option", id="router-alert-of-3"),
        pytest.param(_packet(0, "3a 00 c2 04 00010000"), "unsupported", id="jumbogram"),
        pytest.param(_packet(60, *[_PADN.format("3c")] * 9), "too_many", id="nine-headers"),
        pytest.param(_packet(60, "3a 08" + "00" * 70), "too_many at octet 106", id="70-options"),
    ],
)
def test_refuses(packet: bytes, error: str) -> None:
    with pytest.raises(DecodeError, match=error):
        ipv6.parse(packet)


def test_options_are_counted_over_all_headers() -> None:
    thirty = "00" * 30
    ok = _packet(60, f"3c 03 {thirty}", f"3a 03 {thirty}")
    assert ipv6.parse(ok).extensions == (60, 60)
    with pytest.raises(DecodeError, match="too_many"):
        ipv6.parse(_packet(60, f"3c 03 {thirty}", f"3c 03 {thirty}", f"3a 03 {thirty}"))


@pytest.mark.parametrize("cut", range(76))
def test_refuses_cut_packets(cut: int) -> None:
    with pytest.raises(DecodeError, match="truncated"):
        ipv6.parse(MLD_QUERY[14 : 14 + cut])


@given(ipv6s, ipv6s, st.sampled_from((6, 17, 58, 59)), st.binary(max_size=64), u8)
@MODEST
def test_round_trip(
    source: bytes, destination: bytes, next_header: int, payload: bytes, hop_limit: int
) -> None:
    wire = ipv6.build(source, destination, next_header, payload, hop_limit)
    assert ipv6.parse(wire + b"pad") == ipv6.Ipv6(
        source, destination, next_header, hop_limit, payload
    )


def test_unknown_option_header_asks_for_a_parameter_problem() -> None:
    header = ipv6.unknown_option_header(ipv6.ICMPV6)
    assert len(header) == 8
    assert header[2] >> 6 == 0b10  # discard, send a parameter problem, groups included
    packet = ipv6.parse(ipv6.build(GLOBAL, GLOBAL, ipv6.DESTINATION_OPTIONS, header))
    assert packet.next_header == ipv6.ICMPV6


def test_build_refuses() -> None:
    with pytest.raises(ValueError, match="65535"):
        ipv6.build(GLOBAL, GLOBAL, ipv6.UDP, bytes(65536))
    with pytest.raises(ValueError, match="octets"):
        ipv6.build(b"", GLOBAL, ipv6.UDP, b"")
