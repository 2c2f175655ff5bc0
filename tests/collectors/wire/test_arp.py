"""ARP packets."""

import pytest
from hypothesis import given

from collectors.wire import arp, ethernet
from collectors.wire.address import BROADCAST_MAC, ZERO_MAC
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples import (
    ARP_REQUEST,
    IPV4,
    MAC,
    ROUTER_IPV4,
    ROUTER_MAC,
    octets,
)
from tests.collectors.wire.strategies import MODEST, arps

_REQUEST = ARP_REQUEST[14:]


def test_parses_a_request() -> None:
    packet = arp.parse(_REQUEST)
    assert packet == arp.Arp(arp.REQUEST, MAC, IPV4, ZERO_MAC, ROUTER_IPV4)
    assert packet.is_request
    assert not packet.is_probe
    assert not packet.is_gratuitous


@pytest.mark.parametrize(
    ("frame", "probe", "gratuitous"),
    [
        pytest.param(arp.build_probe(MAC, IPV4), True, False, id="probe"),
        pytest.param(arp.build_announcement(MAC, IPV4), False, True, id="announcement"),
        pytest.param(
            arp.build_reply(MAC, IPV4, BROADCAST_MAC, IPV4), False, True, id="reply-to-all"
        ),
        pytest.param(arp.build_reply(MAC, IPV4, ROUTER_MAC, ROUTER_IPV4), False, False, id="reply"),
        pytest.param(arp.build_probe(MAC, bytes(4)), True, False, id="probe-for-nothing"),
    ],
)
def test_kinds(frame: bytes, probe: bool, gratuitous: bool) -> None:
    packet = arp.parse(frame[14:])
    assert (packet.is_probe, packet.is_gratuitous) == (probe, gratuitous)


@pytest.mark.parametrize(
    ("packet", "error"),
    [
        pytest.param(octets("0006") + _REQUEST[2:], "bad_type at octet 0", id="hardware-802"),
        pytest.param(
            _REQUEST[:2] + octets("86dd") + _REQUEST[4:], "bad_type at octet 0", id="protocol"
        ),
        pytest.param(_REQUEST[:4] + b"\x08" + _REQUEST[5:], "bad_length at octet 0", id="hlen-8"),
        pytest.param(_REQUEST[:4] + b"\x00" + _REQUEST[5:], "bad_length at octet 0", id="hlen-0"),
        pytest.param(_REQUEST[:5] + b"\x10" + _REQUEST[6:], "bad_length at octet 0", id="plen-16"),
        pytest.param(
            _REQUEST[:6] + b"\0\0" + _REQUEST[8:], "bad_type at octet 6", id="operation-0"
        ),
        pytest.param(_REQUEST[:6] + b"\0\3" + _REQUEST[8:], "bad_type at octet 6", id="rarp"),
        pytest.param(
            _REQUEST[:8] + b"\xff" * 6 + _REQUEST[14:],
            "bad_address at octet 8",
            id="sender-is-group",
        ),
    ],
)
def test_refuses(packet: bytes, error: str) -> None:
    with pytest.raises(DecodeError, match=error):
        arp.parse(packet)


@pytest.mark.parametrize("cut", range(28))
def test_refuses_cut_packets(cut: int) -> None:
    with pytest.raises(DecodeError, match=f"truncated at octet {cut}"):
        arp.parse(_REQUEST[:cut])


@given(arps)
@MODEST
def test_round_trip(packet: arp.Arp) -> None:
    assert arp.parse(arp.build(packet)) == packet


def test_builds_the_request_of_the_sample() -> None:
    assert arp.build_request(MAC, IPV4, ROUTER_IPV4) == ARP_REQUEST[:42]
    assert arp.request_prefix(MAC, IPV4) + ROUTER_IPV4 == ARP_REQUEST[:42]


def test_builds_a_request_to_one_station() -> None:
    frame = ethernet.parse(arp.build_request(MAC, IPV4, ROUTER_IPV4, ROUTER_MAC))
    assert frame.destination == ROUTER_MAC
    assert arp.parse(frame.payload).target_ip == ROUTER_IPV4


@pytest.mark.parametrize(
    ("mac", "source", "target"), [(b"", IPV4, IPV4), (MAC, b"", IPV4), (MAC, IPV4, bytes(16))]
)
def test_build_refuses(mac: bytes, source: bytes, target: bytes) -> None:
    with pytest.raises(ValueError, match="octets"):
        arp.build_request(mac, source, target)
