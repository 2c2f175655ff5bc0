"""ICMPv6 beside neighbour discovery and listener discovery."""

import pytest
from hypothesis import given

from collectors.wire import checksum, ethernet, icmpv6, ipv6, mld, nd
from collectors.wire.address import ALL_NODES
from collectors.wire.errors import DecodeError
from tests.collectors.wire.samples import (
    GLOBAL,
    LINK_LOCAL,
    MAC,
    MLD_REPORT,
    NEIGHBOUR_SOLICITATION,
    PARAMETER_PROBLEM,
    ROUTER,
    UNKNOWN_OPTION_ECHO,
    octets,
)
from tests.collectors.wire.strategies import MODEST, echoes6


def _sealed(*parts: str) -> bytes:
    return checksum.with_icmpv6(ROUTER, LINK_LOCAL, octets(*parts))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(
            _sealed("80000000 1234 0001 61"), icmpv6.EchoRequest(0x1234, 1, b"a"), id="echo"
        ),
        pytest.param(_sealed("81000000 1234 0001"), icmpv6.EchoReply(0x1234, 1), id="reply"),
        pytest.param(
            PARAMETER_PROBLEM[54:],
            icmpv6.ParameterProblem(2, 42, PARAMETER_PROBLEM[62:]),
            id="problem",
        ),
        pytest.param(
            _sealed("02000000 00000500 60"), icmpv6.Error(2, 0, 1280, b"\x60"), id="too-big"
        ),
        pytest.param(_sealed("01040000 00000000"), icmpv6.Error(1, 4, 0), id="port-unreachable"),
        pytest.param(_sealed("8b010000 00000000"), icmpv6.Other(139, 1), id="node-information"),
        pytest.param(_sealed("c8000000"), icmpv6.Other(200, 0), id="private"),
    ],
)
def test_parses(message: bytes, expected: icmpv6.Message) -> None:
    assert icmpv6.parse(message, ROUTER, LINK_LOCAL, 64) == expected


def test_leads_to_the_others() -> None:
    solicitation = ipv6.parse(NEIGHBOUR_SOLICITATION[14:])
    message = icmpv6.parse(solicitation.payload, solicitation.source, solicitation.destination, 255)
    assert isinstance(message, nd.NeighbourSolicitation)
    report = ipv6.parse(MLD_REPORT[14:])
    listener = icmpv6.parse(
        report.payload, report.source, report.destination, 1, report.router_alert
    )
    assert isinstance(listener, mld.ReportV2)


@pytest.mark.parametrize(
    ("message", "error"),
    [
        pytest.param(b"", "truncated at octet 0", id="empty"),
        pytest.param(b"\x80\0\0", "truncated at octet 3", id="three-octets"),
        pytest.param(octets("80000000 12340001"), "bad_checksum at octet 2", id="checksum"),
        pytest.param(_sealed("80010000 12340001"), "bad_code at octet 1", id="echo-code"),
        pytest.param(_sealed("80000000 123400"), "truncated at octet 7", id="echo-cut"),
        pytest.param(_sealed("04020000 000000"), "truncated at octet 7", id="problem-cut"),
        pytest.param(_sealed("87000000 000000"), "truncated at octet 7", id="nd-cut"),
        pytest.param(_sealed("8f000000 000000"), "truncated at octet 7", id="mld-cut"),
    ],
)
def test_refuses(message: bytes, error: str) -> None:
    with pytest.raises(DecodeError, match=error):
        icmpv6.parse(message, ROUTER, LINK_LOCAL, 255, 0)


@given(echoes6)
@MODEST
def test_round_trip(message: icmpv6.EchoRequest) -> None:
    wire = checksum.with_icmpv6(GLOBAL, ROUTER, icmpv6.encode(message))
    assert icmpv6.parse(wire, GLOBAL, ROUTER, 64) == message


def test_builds_the_unknown_option_probe_of_the_sample() -> None:
    wire = icmpv6.build_unknown_option(MAC, LINK_LOCAL, ALL_NODES, 0x1234, 1, b"ab")
    assert wire == UNKNOWN_OPTION_ECHO


def test_builds_echo_requests() -> None:
    to_all = ethernet.parse(icmpv6.build_echo_request(MAC, GLOBAL, ALL_NODES, 1, 2))
    assert to_all.destination == octets("333300000001")
    packet = ipv6.parse(to_all.payload)
    assert icmpv6.parse(packet.payload, GLOBAL, ALL_NODES, 64) == icmpv6.EchoRequest(1, 2)
    to_one = icmpv6.build_echo_request(MAC, GLOBAL, ROUTER, 1, 2, destination_mac=MAC)
    assert ethernet.parse(to_one).destination == MAC
    with pytest.raises(ValueError, match="MAC"):
        icmpv6.build_echo_request(MAC, GLOBAL, ROUTER, 1, 2)
