"""ICMP for IPv4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.wire import ethernet, icmpv4, ipv4
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples import (
    ICMPV4_ECHO_REPLY,
    ICMPV4_UNREACHABLE,
    IPV4,
    MAC,
    ROUTER_IPV4,
    ROUTER_MAC,
    octets,
)
from tests.collectors.wire.strategies import MODEST, echoes4

_QUOTED = ICMPV4_UNREACHABLE[42:70]
_QUOTATION = icmpv4.Quoted(IPV4, ROUTER_IPV4, ipv4.UDP, 49152, 161, octets("c00000a1001c0000"))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(
            ICMPV4_ECHO_REPLY[34:45], icmpv4.EchoReply(0x1234, 1, b"abc"), id="echo-reply"
        ),
        pytest.param(
            ICMPV4_UNREACHABLE[34:], icmpv4.Unreachable(3, _QUOTATION), id="port-unreachable"
        ),
        pytest.param(
            icmpv4.encode_error(3, 4, _QUOTED, octets("0000 0578")),
            icmpv4.Unreachable(4, _QUOTATION, 1400),
            id="fragmentation-needed",
        ),
        pytest.param(
            icmpv4.encode_error(11, 0, _QUOTED),
            icmpv4.TimeExceeded(0, _QUOTATION),
            id="time-exceeded",
        ),
        pytest.param(
            icmpv4.encode_error(5, 1, _QUOTED, ROUTER_IPV4),
            icmpv4.Redirect(1, ROUTER_IPV4, _QUOTATION),
            id="redirect",
        ),
        pytest.param(icmpv4.encode_error(13, 0, b""), icmpv4.Other(13, 0), id="timestamp"),
        pytest.param(
            icmpv4.encode_error(3, 1, _QUOTED[:20]),
            icmpv4.Unreachable(1, icmpv4.Quoted(IPV4, ROUTER_IPV4, ipv4.UDP)),
            id="quotation-without-ports",
        ),
    ],
)
def test_parses(message: bytes, expected: icmpv4.Message) -> None:
    assert icmpv4.parse(message) == expected


@pytest.mark.parametrize(
    ("message", "error"),
    [
        pytest.param(ICMPV4_ECHO_REPLY[34:44], "bad_checksum at octet 2", id="checksum"),
        pytest.param(icmpv4.encode_error(8, 1, b""), "bad_code at octet 1", id="echo-code"),
        pytest.param(icmpv4.encode_error(3, 16, _QUOTED), "bad_code", id="unreachable-code"),
        pytest.param(icmpv4.encode_error(11, 2, _QUOTED), "bad_code", id="time-code"),
        pytest.param(icmpv4.encode_error(5, 4, _QUOTED), "bad_code", id="redirect-code"),
        pytest.param(icmpv4.encode_error(3, 3, _QUOTED[:19]), "truncated at octet 27", id="cut"),
        pytest.param(
            icmpv4.encode_error(3, 3, b"\x65" + _QUOTED[1:]),
            "bad_version at octet 8",
            id="quoted-v6",
        ),
        pytest.param(b"", "truncated at octet 0", id="empty"),
        pytest.param(b"\x08\0\0\0\0\0\0", "truncated at octet 7", id="seven-octets"),
    ],
)
def test_refuses(message: bytes, error: str) -> None:
    with pytest.raises(DecodeError, match=error):
        icmpv4.parse(message)


@given(echoes4)
@MODEST
def test_round_trip(message: icmpv4.EchoRequest) -> None:
    assert icmpv4.parse(icmpv4.encode(message)) == message


@given(st.integers(0, 0xFFFF))
@MODEST
def test_builds_a_frame(sequence: int) -> None:
    wire = icmpv4.build_echo_request(MAC, ROUTER_MAC, IPV4, ROUTER_IPV4, 7, sequence, b"x")
    outer = ethernet.parse(wire)
    assert (outer.destination, outer.source, outer.ethertype) == (ROUTER_MAC, MAC, ethernet.IPV4)
    packet = ipv4.parse(outer.payload, verify_checksum=True)
    assert (packet.source, packet.destination) == (IPV4, ROUTER_IPV4)
    assert icmpv4.parse(packet.payload) == icmpv4.EchoRequest(7, sequence, b"x")
