"""Kernel messages become plain values; keys are those of pyroute2's messages."""

from typing import Any

import pytest

from collectors.netlink.kernel import (
    Interface,
    Neighbour,
    Route,
    interfaces,
    neighbours,
    routes,
)
from collectors.observation import InterfaceAddress

NAMES = {1: "lo", 2: "lan0", 3: "lan1"}


def link(**changes: Any) -> dict[Any, Any]:
    message = {
        "index": 2,
        "ifname": "lan0",
        "address": "02:00:00:00:00:02",
        "flags": 0x11043,
        "ifi_type": 1,
        "carrier": 1,
        "mtu": 1500,
        ("linkinfo", "kind"): "veth",
    }
    return message | changes


def address(**changes: Any) -> dict[Any, Any]:
    message = {
        "index": 2,
        "family": 10,
        "prefixlen": 64,
        "scope": 0,
        "flags": 0x80,
        "address": "2001:db8:66::2",
        "IFA_FLAGS": 0x80,
    }
    return message | changes


def route(**changes: Any) -> dict[Any, Any]:
    message = {
        "family": 2,
        "type": 1,
        "flags": 0,
        "table": 254,
        "dst": "10.66.0.0",
        "dst_len": 24,
        "oif": 2,
    }
    return message | changes


def entry(**changes: Any) -> dict[Any, Any]:
    message = {
        "family": 2,
        "dst": "10.66.0.9",
        "lladdr": "02:00:00:00:00:09",
        "state": 0x02,
        "flags": 0,
        "ifindex": 2,
        "cacheinfo": {"ndm_confirmed": 1250, "ndm_used": 3, "ndm_updated": 700},
    }
    return message | changes


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(
            link(),
            Interface("lan0", 2, "02:00:00:00:00:02", True, True, False, 1500, "veth"),
            id="Ethernet-like",
        ),
        pytest.param(
            link(flags=0x10049, ifname="lo", ifi_type=772, address="00:00:00:00:00:00"),
            Interface("lo", 2, "", True, True, True, 1500, "veth"),
            id="loopback has no MAC",
        ),
        pytest.param(
            link(ifi_type=65534, address=None, carrier=0, ifname="tun0"),
            Interface("tun0", 2, "", True, False, False, 1500, "veth"),
            id="a tunnel has no MAC",
        ),
        pytest.param(
            link(flags=0x1002, carrier=None, mtu=None, address="02:00:00:00:00:02"),
            Interface("lan0", 2, "02:00:00:00:00:02", False, False, False, 0, "veth"),
            id="down, attributes missing",
        ),
        pytest.param(
            link(ifi_type=32, address="80:00:00:48:fe:80" + ":00" * 14),
            Interface("lan0", 2, "", True, True, False, 1500, "veth"),
            id="InfiniBand addresses are no MACs",
        ),
    ],
)
def test_links(message: dict[Any, Any], expected: Interface) -> None:
    assert interfaces([message], []) == (expected,)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(
            address(), InterfaceAddress("2001:db8:66::2", 64, "global", ("permanent",)), id="global"
        ),
        pytest.param(
            address(flags=0x01, IFA_FLAGS=0x201),
            InterfaceAddress("2001:db8:66::2", 64, "global", ("temporary", "noprefixroute")),
            id="temporary",
        ),
        pytest.param(
            address(flags=0x00, IFA_FLAGS=0x900),
            InterfaceAddress("2001:db8:66::2", 64, "global", ("mngtmpaddr", "stable-privacy")),
            id="flags beyond the header's eight bits",
        ),
        pytest.param(
            address(flags=0xC8, IFA_FLAGS=None),
            InterfaceAddress(
                "2001:db8:66::2", 64, "global", ("dadfailed", "tentative", "permanent")
            ),
            id="an old kernel without the attribute",
        ),
        pytest.param(
            address(IFA_FLAGS=0x20),
            InterfaceAddress("2001:db8:66::2", 64, "global", ("deprecated",)),
            id="deprecated",
        ),
        pytest.param(
            address(address="FE80::0002", scope=253),
            InterfaceAddress("fe80::2", 64, "link", ("permanent",)),
            id="link-local, canonical",
        ),
        pytest.param(
            address(family=2, address="10.70.0.2", local="10.70.0.1", prefixlen=32, IFA_FLAGS=0x81),
            InterfaceAddress("10.70.0.1", 32, "global", ("secondary", "permanent")),
            id="point to point: ours, not the peer's",
        ),
        pytest.param(
            address(address="::1", scope=254),
            InterfaceAddress("::1", 64, "host", ("permanent",)),
            id="host",
        ),
    ],
)  # fmt: skip
def test_addresses(message: dict[Any, Any], expected: InterfaceAddress) -> None:
    (found,) = interfaces([link()], [message])
    assert found.addresses == (expected,)


def test_addresses_of_vanished_links_and_other_families_are_left_out() -> None:
    (found,) = interfaces([link()], [address(index=9), address(family=28), address(address=None)])
    assert found.addresses == ()


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(route(), [Route("ipv4", "10.66.0.0/24", "", "lan0")], id="on-link"),
        pytest.param(
            route(dst=None, dst_len=0, gateway="10.66.0.1"),
            [Route("ipv4", "0.0.0.0/0", "10.66.0.1", "lan0")],
            id="default",
        ),
        pytest.param(
            route(family=10, dst=None, dst_len=0, gateway="fe80::1"),
            [Route("ipv6", "::/0", "fe80::1", "lan0")],
            id="default, IPv6",
        ),
        pytest.param(
            route(via={"family": 10, "addr": "fe80::1"}),
            [Route("ipv4", "10.66.0.0/24", "fe80::1", "lan0")],
            id="IPv4 through an IPv6 next hop",
        ),
        pytest.param(
            route(
                oif=None,
                multipath=[
                    {"oif": 2, "gateway": "10.66.0.1"},
                    {"oif": 3, "gateway": "10.67.0.1"},
                    {"oif": 99, "gateway": "10.68.0.1"},
                ],
            ),
            [
                Route("ipv4", "10.66.0.0/24", "10.66.0.1", "lan0"),
                Route("ipv4", "10.66.0.0/24", "10.67.0.1", "lan1"),
            ],
            id="several next hops, one through a link that has gone",
        ),
        pytest.param(route(table=255), [], id="local table"),
        pytest.param(route(type=6, oif=None), [], id="blackhole"),
        pytest.param(route(flags=0x200), [], id="cached"),
        pytest.param(route(oif=99), [], id="a link that has gone"),
        pytest.param(route(family=128), [], id="another family"),
    ],
)
def test_routes(message: dict[Any, Any], expected: list[Route]) -> None:
    assert list(routes([message], NAMES)) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(
            entry(),
            Neighbour("lan0", "10.66.0.9", "02:00:00:00:00:09", "reachable", False, 12.5),
            id="reachable",
        ),
        pytest.param(
            entry(state=0x04, flags=0x80, dst="2001:DB8:66::9", family=10),
            Neighbour("lan0", "2001:db8:66::9", "02:00:00:00:00:09", "stale", True, 12.5),
            id="a stale router",
        ),
        pytest.param(
            entry(state=0x80),
            Neighbour("lan0", "10.66.0.9", "02:00:00:00:00:09", "permanent", False, 7.0),
            id="permanent: when it was set",
        ),
        pytest.param(
            entry(state=0x20),
            Neighbour("lan0", "10.66.0.9", "02:00:00:00:00:09", "failed", False, 12.5),
            id="failed keeps its state",
        ),
        pytest.param(entry(state=0x01, lladdr=None), None, id="incomplete, without a MAC"),
        pytest.param(entry(state=0), None, id="no state at all"),
        pytest.param(entry(lladdr="33:33:00:00:00:16"), None, id="multicast"),
        pytest.param(entry(lladdr="00:00:00:00:00:00"), None, id="no MAC"),
        pytest.param(entry(lladdr="10.0.0.1"), None, id="a tunnel's"),
        pytest.param(entry(flags=0x08), None, id="proxy"),
        pytest.param(entry(flags=0x10), None, id="learnt by somebody else"),
        pytest.param(entry(ifindex=99), None, id="a link that has gone"),
    ],
)  # fmt: skip
def test_neighbours(message: dict[Any, Any], expected: Neighbour | None) -> None:
    assert neighbours([message], NAMES) == (() if expected is None else (expected,))
