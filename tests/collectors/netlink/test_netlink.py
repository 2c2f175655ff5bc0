"""Own interfaces and routes become observations, links and suggestions."""

import ipaddress

import pytest

from collectors.netlink import links_of, observe, suggestions_of
from collectors.netlink.kernel import Interface, Route
from collectors.observation import AddressSeen, InterfaceAddress, InterfaceSeen, RouteSeen
from collectors.scope import Link

LAN = Interface(
    name="lan0",
    index=2,
    mac="02:00:00:00:00:02",
    up=True,
    carrier=True,
    loopback=False,
    mtu=1500,
    kind="",
    addresses=(
        InterfaceAddress("10.66.0.2", 24, "global", ("permanent",)),
        InterfaceAddress("2001:db8:66::2", 64, "global", ("temporary",)),
        InterfaceAddress("2001:db8:66::3", 64, "global", ("tentative",)),
        InterfaceAddress("2001:db8:66::4", 64, "global", ("dadfailed", "permanent")),
        InterfaceAddress("fe80::2", 64, "link", ("permanent",)),
    ),
)
LOOPBACK = Interface(
    name="lo",
    index=1,
    mac="",
    up=True,
    carrier=True,
    loopback=True,
    mtu=65536,
    kind="",
    addresses=(InterfaceAddress("127.0.0.1", 8, "host"), InterfaceAddress("::1", 128, "host")),
)
TUNNEL = Interface(
    name="tun0",
    index=3,
    mac="",
    up=True,
    carrier=True,
    loopback=False,
    mtu=1400,
    kind="tun",
    addresses=(InterfaceAddress("10.70.0.1", 24, "global"),),
)
DOWN = Interface(
    name="lan1",
    index=4,
    mac="02:00:00:00:00:04",
    up=False,
    carrier=False,
    loopback=False,
    mtu=1500,
    kind="",
    addresses=(InterfaceAddress("10.66.1.2", 24, "global"),),
)
ALL = (LOOPBACK, LAN, TUNNEL, DOWN)
LAN_LINK = Link(
    "lan0", 2, "02:00:00:00:00:02", ("10.66.0.2/24",), ("2001:db8:66::2/64", "fe80::2/64")
)


def test_every_link_and_route_is_seen_and_own_addresses_in_scope_are_claimed() -> None:
    route = Route("ipv4", "0.0.0.0/0", "10.66.0.1", "lan0")
    found = list(observe(ALL, (route,), frozenset({"lan0", "tun0"}), 5.0))
    assert [item.interface for item in found if isinstance(item, InterfaceSeen)] == [
        "lo", "lan0", "tun0", "lan1",
    ]  # fmt: skip
    assert [
        (item.mac, item.address, item.how) for item in found if isinstance(item, AddressSeen)
    ] == [
        ("02:00:00:00:00:02", "10.66.0.2", "own"),
        ("02:00:00:00:00:02", "2001:db8:66::2", "own"),
        ("02:00:00:00:00:02", "fe80::2", "own"),
    ]
    assert [item for item in found if isinstance(item, RouteSeen)] == [
        RouteSeen(
            at=5.0, source="netlink", interface="lan0", family="ipv4", destination="0.0.0.0/0",
            gateway="10.66.0.1",
        )
    ]  # fmt: skip
    assert {item.at for item in found} == {5.0}


def test_interfaces_keep_unsettled_addresses_with_their_flags() -> None:
    (seen,) = (item for item in observe((LAN,), (), frozenset(), 5.0))
    assert isinstance(seen, InterfaceSeen)
    assert seen.addresses == LAN.addresses
    assert seen.carrier


@pytest.mark.parametrize(
    ("networks", "expected"),
    [
        pytest.param(["10.66.0.0/24"], ["lan0"], id="holds it"),
        pytest.param(["2001:db8:66::/64"], ["lan0"], id="holds it, IPv6"),
        pytest.param(["10.0.0.0/8"], ["lan0", "tun0"], id="several, not those that are down"),
        pytest.param(["10.99.0.0/16"], [], id="routed only"),
        pytest.param(["127.0.0.0/8"], ["lo"], id="loopback, when named"),
        pytest.param([], [], id="no scope"),
        pytest.param(None, ["lan0", "tun0"], id="all that are up"),
    ],
)
def test_links(networks: list[str] | None, expected: list[str]) -> None:
    wanted = None if networks is None else [ipaddress.ip_network(text) for text in networks]
    assert [link.interface for link in links_of(ALL, wanted)] == expected


def test_a_link_holds_its_settled_addresses() -> None:
    assert links_of((LAN,), None) == (LAN_LINK,)


def test_an_unsettled_address_holds_no_network() -> None:
    lone = Interface(
        name="lan0", index=2, mac=LAN.mac, up=True, carrier=True, loopback=False, mtu=1500, kind="",
        addresses=(InterfaceAddress("2001:db8:66::3", 64, "global", ("tentative",)),),
    )  # fmt: skip
    assert links_of((lone,), [ipaddress.ip_network("2001:db8:66::/64")]) == ()


def test_suggestions_are_the_networks_of_lan_links() -> None:
    assert suggestions_of(ALL) == ("10.66.0.0/24", "2001:db8:66::/64")


@pytest.mark.parametrize("address", ["10.66.0.2/8", "10.66.0.2/31", "10.66.0.2/32", "fe80::2/64"])
def test_what_is_too_large_too_small_or_link_local_is_not_suggested(address: str) -> None:
    text, _, length = address.partition("/")
    scope = "link" if text.startswith("fe80") else "global"
    lone = Interface(
        name="lan0", index=2, mac=LAN.mac, up=True, carrier=True, loopback=False, mtu=1500, kind="",
        addresses=(InterfaceAddress(text, int(length), scope),),  # type: ignore[arg-type]
    )  # fmt: skip
    assert suggestions_of((lone,)) == ()
