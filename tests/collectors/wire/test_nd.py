"""Neighbour discovery messages and their validation."""

import pytest
from hypothesis import given

from collectors.wire import ethernet, icmpv6, ipv6, nd
from collectors.wire.address import ALL_NODES, ALL_ROUTERS, UNSPECIFIED_IPV6, solicited_node
from collectors.wire.errors import DecodeError
from collectors.wire.nd_options import Options, Pref64, Prefix, Resolvers, Route, Search
from tests.collectors.wire.samples import (
    GLOBAL,
    LINK_LOCAL,
    MAC,
    NEIGHBOUR_ADVERTISEMENT,
    NEIGHBOUR_SOLICITATION,
    ROUTER,
    ROUTER_ADVERTISEMENT,
    ROUTER_MAC,
    octets,
)
from tests.collectors.wire.strategies import THOROUGH, nd_messages

_TARGET = octets("20010db8006600000000000000000001")
_SOLICITATION = NEIGHBOUR_SOLICITATION[54:]
_ADVERTISEMENT = NEIGHBOUR_ADVERTISEMENT[54:]
_ROUTER_ADVERTISEMENT = ROUTER_ADVERTISEMENT[54:]
_ROUTER_SOLICITATION = octets("85 00 0000 00000000", "01 01 001ba9000009")
_REDIRECT = octets("89 00 0000 00000000") + ROUTER + GLOBAL

ADVERTISED = nd.RouterAdvertisement(
    hop_limit=64,
    managed=True,
    other=True,
    preference="high",
    lifetime_s=1800,
    reachable_ms=30_000,
    retransmit_ms=1000,
    options=Options(
        source_mac=ROUTER_MAC,
        mtu=1500,
        prefixes=(Prefix(_TARGET[:8] + bytes(8), 64, True, True, 5400, 2700),),
        routes=(Route(octets("20010db8007700000000000000000000"), 48, "low", 600),),
        resolvers=(Resolvers((octets("20010db8006600000000000000000035"),), 1800),),
        search=(Search(((b"stc", b"example"),), 1800),),
        pref64=(Pref64(octets("20010db8006400000000000000000000"), 96, 1800),),
        captive_portal=b"https://p.example/",
    ),
)


@pytest.mark.parametrize(
    ("wire", "source", "destination", "expected"),
    [
        pytest.param(
            _SOLICITATION,
            LINK_LOCAL,
            solicited_node(_TARGET),
            nd.NeighbourSolicitation(_TARGET, Options(source_mac=MAC)),
            id="solicitation",
        ),
        pytest.param(
            _SOLICITATION[:24],
            UNSPECIFIED_IPV6,
            solicited_node(_TARGET),
            nd.NeighbourSolicitation(_TARGET),
            id="duplicate-address-detection",
        ),
        pytest.param(
            _ADVERTISEMENT,
            _TARGET,
            LINK_LOCAL,
            nd.NeighbourAdvertisement(_TARGET, True, True, True, Options(target_mac=ROUTER_MAC)),
            id="advertisement",
        ),
        pytest.param(
            _ADVERTISEMENT[:4] + b"\x20" + _ADVERTISEMENT[5:24],
            _TARGET,
            ALL_NODES,
            nd.NeighbourAdvertisement(_TARGET, override=True),
            id="unsolicited-advertisement",
        ),
        pytest.param(_ROUTER_ADVERTISEMENT, ROUTER, ALL_NODES, ADVERTISED, id="router"),
        pytest.param(
            _ROUTER_SOLICITATION,
            LINK_LOCAL,
            ALL_ROUTERS,
            nd.RouterSolicitation(Options(source_mac=MAC)),
            id="router-solicitation",
        ),
        pytest.param(
            _REDIRECT, ROUTER, LINK_LOCAL, nd.Redirect(ROUTER, GLOBAL), id="redirect-to-router"
        ),
        pytest.param(
            _REDIRECT[:8] + GLOBAL + GLOBAL,
            ROUTER,
            LINK_LOCAL,
            nd.Redirect(GLOBAL, GLOBAL),
            id="redirect-on-link",
        ),
    ],
)
def test_parses(wire: bytes, source: bytes, destination: bytes, expected: nd.Message) -> None:
    message = nd.parse(memoryview(wire), source, destination, 255)
    assert message == expected
    assert nd.is_duplicate_detection(message, source) is (source == UNSPECIFIED_IPV6)


@pytest.mark.parametrize(
    ("bits", "preference"), [(0, "medium"), (1, "high"), (2, "medium"), (3, "low")]
)
def test_router_preference(bits: int, preference: str) -> None:
    wire = _ROUTER_ADVERTISEMENT[:5] + bytes((bits << 3,)) + _ROUTER_ADVERTISEMENT[6:]
    message = nd.parse(wire, ROUTER, ALL_NODES, 255)
    assert isinstance(message, nd.RouterAdvertisement)
    assert message.preference == preference


@pytest.mark.parametrize(
    ("wire", "source", "destination", "error"),
    [
        pytest.param(_SOLICITATION[:8] + ALL_NODES, LINK_LOCAL, _TARGET, "bad_address at octet 8",
                     id="solicitation-for-a-group"),
        pytest.param(_SOLICITATION, UNSPECIFIED_IPV6, solicited_node(_TARGET), "bad_option",
                     id="duplicate-detection-with-source-mac"),
        pytest.param(_SOLICITATION[:24], UNSPECIFIED_IPV6, _TARGET, "bad_address at octet 0",
                     id="duplicate-detection-to-one-node"),
        pytest.param(_ADVERTISEMENT, _TARGET, ALL_NODES, "bad_address at octet 4",
                     id="solicited-advertisement-to-all"),
        pytest.param(_ADVERTISEMENT[:8] + ALL_NODES, _TARGET, GLOBAL, "bad_address at octet 8",
                     id="advertisement-of-a-group"),
        pytest.param(_ROUTER_ADVERTISEMENT, GLOBAL, ALL_NODES, "bad_address at octet 0",
                     id="router-with-global-source"),
        pytest.param(_ROUTER_SOLICITATION, UNSPECIFIED_IPV6, ALL_ROUTERS, "bad_option",
                     id="router-solicitation-from-nowhere-with-mac"),
        pytest.param(_REDIRECT, GLOBAL, LINK_LOCAL, "bad_address at octet 0",
                     id="redirect-from-global"),
        pytest.param(_REDIRECT[:8] + _TARGET + GLOBAL, ROUTER, LINK_LOCAL, "bad_address at octet 8",
                     id="redirect-to-a-global-router"),
        pytest.param(_REDIRECT[:24] + ALL_NODES, ROUTER, LINK_LOCAL, "bad_address at octet 24",
                     id="redirect-for-a-group"),
        pytest.param(b"\x8d" + _SOLICITATION[1:], ROUTER, GLOBAL, "bad_type", id="inverse-nd"),
        pytest.param(b"\x87\x01" + _SOLICITATION[2:], ROUTER, GLOBAL, "bad_code", id="code"),
        pytest.param(_SOLICITATION[:24] + octets("0100 001ba9000009"), LINK_LOCAL, _TARGET,
                     "bad_option at octet 25", id="option-of-length-0"),
    ],
)  # fmt: skip
def test_refuses(wire: bytes, source: bytes, destination: bytes, error: str) -> None:
    with pytest.raises(DecodeError, match=error):
        nd.parse(wire, source, destination, 255)


@pytest.mark.parametrize("hop_limit", [0, 1, 64, 254])
def test_refuses_what_a_router_could_have_forwarded(hop_limit: int) -> None:
    with pytest.raises(DecodeError, match="bad_hop_limit"):
        nd.parse(_ROUTER_ADVERTISEMENT, ROUTER, ALL_NODES, hop_limit)


def test_refuses_fragments() -> None:
    with pytest.raises(DecodeError, match="fragmented"):
        nd.parse(_ROUTER_ADVERTISEMENT, ROUTER, ALL_NODES, 255, fragmented=True)


@pytest.mark.parametrize(
    ("wire", "fixed"),
    [
        pytest.param(_SOLICITATION, 24, id="solicitation"),
        pytest.param(_ADVERTISEMENT, 24, id="advertisement"),
        pytest.param(_ROUTER_ADVERTISEMENT, 16, id="router"),
        pytest.param(_ROUTER_SOLICITATION, 8, id="router-solicitation"),
        pytest.param(_REDIRECT, 40, id="redirect"),
    ],
)
def test_refuses_cuts_that_are_not_between_options(wire: bytes, fixed: int) -> None:
    boundaries = {fixed}
    while max(boundaries) < len(wire):
        boundaries.add(max(boundaries) + wire[max(boundaries) + 1] * 8)
    for cut in range(len(wire)):
        if cut not in boundaries:
            with pytest.raises(DecodeError, match=f"truncated at octet {cut}"):
                nd.parse(wire[:cut], ROUTER, LINK_LOCAL, 255)


@given(nd_messages)
@THOROUGH
def test_round_trip(message: nd.Message) -> None:
    assert nd.parse(nd.encode(message), ROUTER, LINK_LOCAL, 255) == message


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        pytest.param(
            nd.build_neighbour_solicitation(MAC, LINK_LOCAL, _TARGET),
            NEIGHBOUR_SOLICITATION,
            id="solicitation",
        ),
        pytest.param(
            nd.build_neighbour_advertisement(
                ROUTER_MAC, _TARGET, _TARGET, MAC, LINK_LOCAL, router=True
            ),
            NEIGHBOUR_ADVERTISEMENT,
            id="advertisement",
        ),
    ],
)
def test_builds_the_samples(frame: bytes, expected: bytes) -> None:
    assert frame == expected


def test_builds_the_router_of_the_sample() -> None:
    frame = nd.build_router_advertisement(ROUTER_MAC, ROUTER, ADVERTISED)
    packet = ipv6.parse(ethernet.parse(frame).payload)
    assert icmpv6.parse(packet.payload, packet.source, packet.destination, 255) == ADVERTISED
    # The sample has its options in another order and a traffic class.
    assert len(frame) == len(ROUTER_ADVERTISEMENT)


@pytest.mark.parametrize(
    ("frame", "destination_mac", "destination", "options"),
    [
        pytest.param(nd.build_neighbour_solicitation(MAC, UNSPECIFIED_IPV6, GLOBAL),
                     "3333ff000009", solicited_node(GLOBAL), Options(), id="dad"),
        pytest.param(nd.build_neighbour_solicitation(MAC, UNSPECIFIED_IPV6, GLOBAL, ROUTER_MAC),
                     "3333ff000009", solicited_node(GLOBAL), Options(), id="dad-always-to-group"),
        pytest.param(nd.build_neighbour_solicitation(MAC, LINK_LOCAL, _TARGET, ROUTER_MAC),
                     "001c73000701", _TARGET, Options(source_mac=MAC), id="unicast"),
        pytest.param(nd.build_router_solicitation(MAC, LINK_LOCAL), "333300000002", ALL_ROUTERS,
                     Options(source_mac=MAC), id="router-solicitation"),
        pytest.param(nd.build_router_solicitation(MAC), "333300000002", ALL_ROUTERS, Options(),
                     id="router-solicitation-from-nowhere"),
        pytest.param(nd.build_neighbour_advertisement(MAC, GLOBAL, GLOBAL), "333300000001",
                     ALL_NODES, Options(target_mac=MAC), id="unsolicited-advertisement"),
    ],
)  # fmt: skip
def test_builds(frame: bytes, destination_mac: str, destination: bytes, options: Options) -> None:
    outer = ethernet.parse(frame)
    packet = ipv6.parse(outer.payload)
    assert (outer.destination.hex(), outer.source) == (destination_mac, MAC)
    assert (packet.destination, packet.hop_limit) == (destination, 255)
    message = icmpv6.parse(packet.payload, packet.source, packet.destination, packet.hop_limit)
    assert not isinstance(message, icmpv6.Other)
    assert getattr(message, "options", None) == options
