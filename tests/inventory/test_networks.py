import pytest

from collectors.observation import (
    AdvertisedPrefix,
    AnyObservation,
    InterfaceAddress,
    InterfaceSeen,
    Solicited,
)
from collectors.scope import Scope
from inventory.inventory import Inventory, Settings
from inventory.networks import link_id, routed_id
from inventory.snapshot import Network, Policy, TapState
from tests.inventory.builders import (
    OWN,
    ROUTER,
    SCOPE,
    T,
    advertised,
    interface,
    new_inventory,
    seen,
    vendor_of,
)

PREFIX = AdvertisedPrefix(
    prefix="2001:db8:66::/64", on_link=True, autonomous=True, valid_s=86400, preferred_s=14400
)
ROGUE = "02:00:00:00:00:66"


def link(inventory: Inventory, now: float = T) -> Network:
    found = [n for n in inventory.snapshot(now).networks if n.interface == "eth0"]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("eth0", "net-eth0"), ("wlan0.10", "net-wlan0.10"), ("", "net-capture"),
     ("bad name\n", "net-32d9c4d4b6")],
)  # fmt: skip
def test_link_ids_are_plain(name: str, expected: str) -> None:
    if name.endswith("\n"):
        assert len(link_id(name)) == 14
        assert "\n" not in link_id(name)
    else:
        assert link_id(name) == expected


def test_routed_ids() -> None:
    assert routed_id("10.66.9.0/24") == "net-10.66.9.0-24"
    assert routed_id("2001:db8:9::/64") == "net-2001.db8.9..-64"


def test_scope_gives_links_and_routed_networks() -> None:
    inventory = new_inventory()
    networks = {n.id: n for n in inventory.snapshot(T).networks}
    assert set(networks) == {"net-eth0", "net-10.66.9.0-24", "net-2001.db8.66..-64"}
    assert networks["net-eth0"].ipv4 == ("10.66.7.0/24",)
    assert networks["net-eth0"].agent_has_ipv6
    assert networks["net-10.66.9.0-24"].interface == ""


def test_without_a_scope_every_own_link_is_a_network() -> None:
    inventory = Inventory(Settings("stc"), vendor_of)
    inventory.apply(
        [
            interface("eth0", OWN, "10.66.7.2/24", "2001:db8:66::2/64"),
            interface("lo", "", "127.0.0.1/8"),
            interface("veth9", "02:00:00:00:00:09"),
        ]
    )
    (network,) = inventory.snapshot(T).networks
    assert (network.id, network.ipv4, network.ipv6) == (
        "net-eth0", ("10.66.7.0/24",), ("2001:db8:66::/64",),
    )  # fmt: skip


def test_with_a_scope_other_own_interfaces_are_no_networks() -> None:
    inventory = new_inventory()
    inventory.apply([interface("docker0", "02:42:00:00:00:01", "172.17.0.1/16")])
    assert "net-docker0" not in {n.id for n in inventory.snapshot(T).networks}


def test_a_routed_network_becomes_on_link_when_the_scope_says_so() -> None:
    inventory = new_inventory()
    inventory.set_scope(Scope(networks=("10.66.7.0/24",), links=SCOPE.links))
    assert [n.id for n in inventory.snapshot(T).networks] == ["net-eth0"]


def test_a_router_with_its_prefix() -> None:
    inventory = new_inventory()
    inventory.apply([advertised(prefixes=(PREFIX,))])
    network = link(inventory)
    (router,) = network.routers
    assert (router.address, router.mac, router.first_seen) == ("fe80::1", ROUTER, T)
    assert router.advertisement.lifetime_s == 1800
    assert "2001:db8:66::/64" in network.ipv6
    (device,) = inventory.snapshot(T).devices
    assert router.device == device.id
    assert device.router


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        pytest.param((ROUTER,), {ROUTER: True, ROGUE: False}, id="by-mac"),
        pytest.param((ROUTER.upper(),), {ROUTER: True, ROGUE: False}, id="by-mac-in-capitals"),
        pytest.param(("fe80::66",), {ROUTER: False, ROGUE: True}, id="by-address"),
        pytest.param((), {ROUTER: None, ROGUE: False}, id="no-list"),
    ],
)
def test_allowed(listed: tuple[str, ...], expected: dict[str, bool | None]) -> None:
    inventory = new_inventory(policy=Policy(routers=listed))
    inventory.apply([advertised(), advertised(T + 60, ROGUE, "fe80::66")])
    assert {r.mac: r.allowed for r in link(inventory, T + 60).routers} == expected


def test_routers_of_the_first_pass_are_not_suspected_by_their_order() -> None:
    inventory = new_inventory(first_pass=True)
    inventory.apply([advertised(), advertised(T + 1, ROGUE, "fe80::66")])
    inventory.end_first_pass(T + 10)
    inventory.apply([advertised(T + 20, "02:00:00:00:00:67", "fe80::67")])
    assert [r.allowed for r in link(inventory, T + 20).routers] == [None, None, False]


def test_a_reload_of_the_list_takes_effect() -> None:
    inventory = new_inventory()
    inventory.apply([advertised()])
    inventory.configure(Settings("stc", policy=Policy(routers=("fe80::9",))))
    assert [r.allowed for r in link(inventory).routers] == [False]


@pytest.mark.parametrize(
    ("steps", "now", "routers"),
    [
        pytest.param([(0, 1800), (60, 0)], 61, 0, id="withdrawn"),
        pytest.param([(0, 1800), (60, 0), (90, 0)], 91, 0, id="withdrawn-stays-so"),
        pytest.param([(0, 1800), (60, 0), (90, 1800)], 91, 1, id="back"),
        pytest.param([(0, 0), (60, 0)], 61, 1, id="never-a-default-router"),
        pytest.param([(0, 600)], 500, 1, id="alive"),
        pytest.param([(0, 600)], 700, 0, id="expired"),
        pytest.param([(0, 600)], 86400, 0, id="expired-for-a-day"),
        pytest.param([(0, 600), (550, 600)], 1100, 1, id="renewed"),
    ],
)
def test_lifetime(steps: list[tuple[float, int]], now: float, routers: int) -> None:
    inventory = new_inventory()
    inventory.apply([advertised(T + at, lifetime_s=lifetime) for at, lifetime in steps])
    network = link(inventory, T + now)
    assert len(network.routers) == 1
    assert sum(router.in_force(T + now) for router in network.routers) == routers


def test_a_returning_router_keeps_its_first_time() -> None:
    inventory = new_inventory()
    inventory.apply([advertised(), advertised(T + 60, lifetime_s=0), advertised(T + 90)])
    assert link(inventory, T + 90).routers[0].first_seen == T


def test_a_shared_mac_routes_without_being_a_device() -> None:
    inventory = new_inventory()
    inventory.apply([advertised(mac="00:00:5e:00:02:01")])
    assert inventory.snapshot(T).devices == ()
    assert link(inventory).routers[0].device == ""


def test_the_same_advertisement_again_changes_nothing() -> None:
    inventory = new_inventory()
    inventory.apply([advertised()])
    before = inventory.snapshot(T)
    inventory.apply([advertised(T + 5)])
    after = inventory.snapshot(T + 5)
    assert after.number == before.number
    assert after.networks[0] is before.networks[0]


def test_a_flood_of_routers_keeps_the_first() -> None:
    inventory = new_inventory()
    inventory.apply([advertised()])
    inventory.apply(
        [advertised(T + 1, f"02:00:00:00:01:{i:02x}", f"fe80::1:{i:x}") for i in range(200)]
    )
    routers = link(inventory, T + 1).routers
    assert len(routers) == 32
    assert routers[0].mac == ROUTER
    assert inventory.skipped["routers_refused"] == 169


@pytest.mark.parametrize(
    ("waited_s", "count", "counted"), [(1.0, 3, 3), (0.5, 1, 1), (0.1, 3, 0), (2.0, 0, 0)]
)
def test_solicitations_count_when_there_was_time(waited_s: float, count: int, counted: int) -> None:
    inventory = new_inventory()
    inventory.apply(
        [Solicited(at=T, source="tap", interface="eth0", count=count, waited_s=waited_s)]
    )
    assert link(inventory).solicitations == counted


def test_listening_begins_with_the_tap_and_ends_with_it_or_the_carrier() -> None:
    inventory = new_inventory()
    assert link(inventory).listened_s == 0.0
    inventory.set_tap(TapState(available=True), T)
    assert link(inventory, T + 44).listened_s == 40.0
    assert link(inventory, T + 130).listened_s == 120.0
    inventory.apply([interface("eth0", OWN, "10.66.7.2/24", at=T + 140, up=False)])
    assert link(inventory, T + 150).listened_s == 0.0
    inventory.apply([interface("eth0", OWN, "10.66.7.2/24", at=T + 160)])
    assert link(inventory, T + 170).listened_s == 10.0
    inventory.set_tap(TapState(available=False, reason="died"), T + 180)
    assert link(inventory, T + 190).listened_s == 0.0


def test_an_unchanged_network_is_the_same_object() -> None:
    inventory = new_inventory()
    inventory.set_tap(TapState(available=True), T)
    first = link(inventory, T + 61)
    assert link(inventory, T + 62) is first


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param("not an address", id="word"),
        pytest.param("fe80::1%eth0", id="zone"),
        pytest.param("10.66.7.300", id="range"),
    ],
)
def test_an_own_address_that_is_none_is_left_out(bad: str) -> None:
    inventory = new_inventory()
    observation: AnyObservation = InterfaceSeen(
        at=T, source="netlink", interface="eth0", index=2, mac=OWN, up=True, carrier=True, mtu=1500,
        addresses=tuple(InterfaceAddress(text, 24, "global") for text in (bad, "10.66.7.2")),
    )  # fmt: skip
    inventory.apply([observation])
    assert link(inventory).ipv4 == ("10.66.7.0/24",)


def test_devices_know_their_network() -> None:
    inventory = new_inventory()
    inventory.apply([seen(ROUTER, "10.66.7.1")])
    assert inventory.snapshot(T).devices[0].network == "net-eth0"


def test_a_network_that_a_router_announces_on_the_link_is_not_a_routed_one() -> None:
    inventory = new_inventory()
    inventory.apply([advertised(prefixes=(PREFIX,))])
    assert "net-2001.db8.66..-64" not in {n.id for n in inventory.snapshot(T).networks}
