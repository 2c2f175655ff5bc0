"""VRRP of both versions: checksums, hop limit, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import checksum, ethernet, frame, ipv6, vrrp
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples import octets
from tests.collectors.wire.samples_discovery import VRRP2
from tests.collectors.wire.strategies import MODEST, ipv4s, ipv6s, u8

SOURCE, GROUP = octets("0a420002"), vrrp.GROUP_IPV4
VIRTUAL = octets("0a420001")
V2 = VRRP2[34:54]
V3 = vrrp.Vrrp(3, 5, 200, 100, (VIRTUAL,))


def test_version_2() -> None:
    assert frame.decode(VRRP2).payload == vrrp.Vrrp(2, 5, 100, 100, (VIRTUAL,))


def test_version_3_over_ipv6() -> None:
    local, group = octets("fe80" + "00" * 13 + "02"), vrrp.GROUP_IPV6
    message = vrrp.Vrrp(3, 7, 254, 100, (octets("fe80" + "00" * 13 + "01"),))
    packet = ipv6.build(
        local, group, vrrp.PROTOCOL, vrrp.encode(message, local, group), vrrp.HOP_LIMIT
    )
    wire = ethernet.build(octets("333300000012"), octets("00005e000207"), ethernet.IPV6, packet)
    assert frame.decode(wire).payload == message


def test_version_3_over_ipv4_with_and_without_the_pseudo_header() -> None:
    wire = vrrp.encode(V3, SOURCE, GROUP)
    assert vrrp.parse(wire, SOURCE, GROUP, 255) == V3
    bare = wire[:6] + b"\0\0" + wire[8:]
    bare = wire[:6] + checksum.internet(bare).to_bytes(2, "big") + wire[8:]
    assert vrrp.parse(bare, SOURCE, GROUP, 255) == V3


REFUSED = {
    "forwarded": (V2, 254, "bad_hop_limit", 0),
    "cut": (V2[:7], 255, "truncated", 7),
    "version 1": (b"\x11" + V2[1:], 255, "bad_version", 0),
    "another type": (b"\x22" + V2[1:], 255, "bad_type", 0),
    "no address": (V2[:3] + b"\0" + V2[4:], 255, "bad_length", 3),
    "two of one address": (V2[:3] + b"\2" + V2[4:], 255, "bad_length", 3),
    "65 addresses": (V2[:3] + b"\x41" + V2[4:], 255, "too_many", 3),
    "checksum": (V2[:2] + b"\x65" + V2[3:], 255, "bad_checksum", 6),
    "CARP": (octets("21 01 00 07 00 01 0000") + bytes(28), 255, "bad_length", 3),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    wire, hop_limit, reason, offset = REFUSED[case]
    with pytest.raises(DecodeError) as error:
        vrrp.parse(wire, SOURCE, GROUP, hop_limit)
    assert (error.value.reason, error.value.offset) == (reason, offset)


def test_version_2_is_not_for_ipv6() -> None:
    with pytest.raises(DecodeError, match="bad_version"):
        vrrp.parse(V2, bytes(16), bytes(16), 255)


@given(u8, u8, st.integers(0, 4095), st.lists(ipv6s, min_size=1, max_size=4), ipv6s, ipv6s)
@MODEST
def test_round_trip_of_version_3(
    router: int, priority: int, interval: int, addresses: list[bytes], source: bytes, to: bytes
) -> None:
    message = vrrp.Vrrp(3, router, priority, interval, tuple(addresses))
    assert vrrp.parse(vrrp.encode(message, source, to), source, to, 255) == message


@given(u8, u8, u8, st.lists(ipv4s, min_size=1, max_size=4), u8)
@MODEST
def test_round_trip_of_version_2(
    router: int, priority: int, seconds: int, addresses: list[bytes], authentication: int
) -> None:
    message = vrrp.Vrrp(2, router, priority, seconds * 100, tuple(addresses), authentication)
    assert vrrp.parse(vrrp.encode(message, SOURCE, GROUP), SOURCE, GROUP, 255) == message
