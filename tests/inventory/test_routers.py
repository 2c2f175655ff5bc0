"""Routers that come, go and flood: what stays of them, and what is said."""

from pathlib import Path

import msgspec
import pytest

from collectors.observation import AdvertisedPrefix, AdvertisedResolvers, AnyObservation
from inventory.inventory import Inventory
from inventory.routers import MAX_ROUTERS
from inventory.saved import Saved
from inventory.snapshot import InventoryEvent, Network, Policy, Router
from inventory.store import Store
from tests.inventory.builders import DAY, ROUTER, T, advertised, new_inventory

PREFIX = AdvertisedPrefix(
    prefix="2001:db8:66::/64", on_link=True, autonomous=True, valid_s=86400, preferred_s=14400
)
RESOLVERS = (AdvertisedResolvers(addresses=("2001:db8:bad::53",), lifetime_s=600),)
ROGUE = "02:00:00:00:00:66"


def network(inventory: Inventory, now: float) -> Network:
    (found,) = [n for n in inventory.snapshot(now).networks if n.interface == "eth0"]
    return found


def rogue(at: float, lifetime_s: int = 1800, **more: object) -> AnyObservation:
    return advertised(at, ROGUE, "fe80::66", lifetime_s, **more)


def rogue_of(inventory: Inventory, now: float) -> Router | None:
    found = [router for router in network(inventory, now).routers if router.mac == ROGUE]
    return found[0] if found else None


def flood(at: float, count: int, lifetime_s: int = 1800, start: int = 0) -> list[AnyObservation]:
    return [
        advertised(at, f"02:00:00:01:{i >> 8:02x}:{i & 255:02x}", f"fe80::1:{i:x}", lifetime_s)
        for i in range(start, start + count)
    ]


def told(inventory: Inventory, kind: str = "router") -> list[InventoryEvent]:
    return [event for event in reversed(inventory.recent_events(1000)) if event.kind == kind]


@pytest.mark.parametrize(
    ("now", "listed"),
    [
        pytest.param(T + 11, True, id="at-once"),
        pytest.param(T + DAY, True, id="nearly-a-day-later"),
        pytest.param(T + DAY + 11, False, id="after-a-day"),
    ],
)
def test_a_rogue_of_seconds_stays_for_a_day(now: float, listed: bool) -> None:
    inventory = new_inventory()
    inventory.apply([rogue(T, resolvers=RESOLVERS), rogue(T + 10, 0)])
    found = rogue_of(inventory, now)
    assert (found is not None) == listed
    if found is not None:
        assert found.withdrawn
        assert not found.in_force(now)
        assert found.earlier is not None
        assert found.earlier.resolvers == RESOLVERS


def test_its_prefixes_are_not_the_networks_any_more() -> None:
    inventory = new_inventory()
    inventory.apply([rogue(T, 60, prefixes=(PREFIX,))])
    assert "2001:db8:66::/64" in network(inventory, T + 1).ipv6
    assert "2001:db8:66::/64" not in network(inventory, T + 200).ipv6
    assert rogue_of(inventory, T + 200) is not None


@pytest.mark.parametrize(
    ("steps", "earlier"),
    [
        pytest.param([(0, 1800, ()), (1, 1800, ())], None, id="the-same"),
        pytest.param([(0, 1800, RESOLVERS), (1, 1800, ())], 1800, id="resolvers-taken-back"),
        pytest.param([(0, 1800, ()), (1, 1800, RESOLVERS)], None, id="more-than-before"),
        pytest.param([(0, 0, RESOLVERS), (1, 0, ())], 0, id="never-a-default-router"),
        pytest.param([(0, 1800, RESOLVERS), (1, 1800, ()), (2, 0, ())], 1800, id="in-two-steps"),
        pytest.param(
            [(0, 1800, RESOLVERS), (1, 1800, ()), (DAY + 9, 1800, ())], None, id="a-day-ago"
        ),
        pytest.param(
            [(0, 1800, RESOLVERS), (1, 0, ()), (2, 1800, RESOLVERS)], None, id="back-as-before"
        ),
    ],
)
def test_what_it_drew_to_itself_before(
    steps: list[tuple[float, int, tuple[AdvertisedResolvers, ...]]], earlier: int | None
) -> None:
    inventory = new_inventory()
    inventory.apply([rogue(T + at, life, resolvers=said) for at, life, said in steps])
    found = rogue_of(inventory, T + steps[-1][0])
    assert found is not None
    assert (found.earlier.lifetime_s if found.earlier is not None else None) == earlier


def test_events_of_a_router() -> None:
    inventory = new_inventory()
    inventory.apply([rogue(T, prefixes=(PREFIX,)), rogue(T + 40), rogue(T + 80, 0)])
    inventory.apply([rogue(T + 120, 0), rogue(T + 160)])
    new, withdrawn, back = told(inventory)
    assert new.detail == (
        "fe80::66 (02:00:00:00:00:66), a router not seen before, advertises a default route for"
        " 1800 s and 2001:db8:66::/64"
    )
    assert "withdrew itself" in withdrawn.detail
    assert "advertises itself again" in back.detail
    snapshot = inventory.snapshot(T + 160)
    assert {new.device, withdrawn.device} == {snapshot.devices[0].id}
    assert new.network == "net-eth0"
    assert snapshot.events_total["router"] == 3


def test_routers_of_the_first_pass_are_listed_and_not_counted() -> None:
    inventory = new_inventory(first_pass=True)
    inventory.apply([advertised()])
    assert len(told(inventory)) == 1
    assert "router" not in inventory.snapshot(T).events_total
    inventory.end_first_pass(T + 10)
    inventory.apply([rogue(T + 20)])
    assert inventory.snapshot(T + 20).events_total["router"] == 1


def test_a_router_with_a_shared_mac_is_told_too() -> None:
    inventory = new_inventory()
    inventory.apply([advertised(mac="00:00:5e:00:02:01")])
    (event,) = told(inventory)
    assert event.device == ""


def test_one_that_comes_and_goes_soon_bores() -> None:
    inventory = new_inventory()
    for at in range(0, 2000, 20):
        inventory.apply([advertised(T + at, "00:00:5e:00:02:01"),
                         advertised(T + at + 1, "00:00:5e:00:02:01", lifetime_s=0)])  # fmt: skip
    assert len(told(inventory)) == 10


def test_a_flood_meets_a_bound_that_is_said_and_shown() -> None:
    inventory = new_inventory()
    inventory.apply([advertised()])
    assert inventory.snapshot(T).frozen == {"devices": False, "routers": False}
    inventory.apply(flood(T + 1, 500))
    snapshot = inventory.snapshot(T + 1)
    routers = network(inventory, T + 1).routers
    assert len(routers) == MAX_ROUTERS
    assert routers[0].mac == ROUTER
    assert snapshot.frozen["routers"]
    (event,) = told(inventory, "learning_frozen")
    assert "32 routers are known on net-eth0" in event.detail
    assert len(told(inventory)) == MAX_ROUTERS
    assert inventory.skipped["routers_refused"] == 501 - MAX_ROUTERS


def test_who_is_gone_makes_room_after_a_while_and_not_who_is_in_force() -> None:
    inventory = new_inventory()
    inventory.apply([advertised(T, lifetime_s=9000), *flood(T + 1, 200, lifetime_s=30)])
    inventory.apply(flood(T + 200, 1, start=900))
    assert all(r.address != "fe80::1:384" for r in network(inventory, T + 200).routers)
    inventory.apply(flood(T + 700, 1, start=900))
    found = {r.address for r in network(inventory, T + 700).routers}
    assert {"fe80::1", "fe80::1:384"} <= found
    assert len(found) == MAX_ROUTERS
    assert not inventory.snapshot(T + 700).frozen["routers"]


def test_a_flood_does_not_keep_a_listed_router_out() -> None:
    inventory = new_inventory(policy=Policy(routers=(ROUTER,)))
    inventory.apply([*flood(T, 200), advertised(T + 1)])
    routers = network(inventory, T + 1).routers
    assert len(routers) == MAX_ROUTERS
    assert [r.allowed for r in routers if r.mac == ROUTER] == [True]


def test_a_restart_forgets_none_of_it(tmp_path: Path) -> None:
    inventory = new_inventory()
    inventory.apply([advertised(), rogue(T + 1, resolvers=RESOLVERS), rogue(T + 10, 0)])
    before = network(inventory, T + 20).routers
    store = Store.open(tmp_path / "s.db", lambda: T)
    store.commit(inventory.take_changes())
    store.close()
    store = Store.open(tmp_path / "s.db", lambda: T)
    saved: Saved = store.load()
    store.close()
    again = new_inventory(saved)
    assert network(again, T + 20).routers == before
    again.apply([rogue(T + 30)])
    assert [event.detail.split(" (")[0] for event in told(again)] == [
        "fe80::1", "fe80::66", "fe80::66", "fe80::66",
    ]  # fmt: skip
    assert "advertises itself again" in told(again)[-1].detail
    assert again.snapshot(T + 30).events_total["router"] == 4


def test_a_prefix_that_is_mentioned_no_more_is_remembered_through_changes() -> None:
    inventory = new_inventory()
    other = msgspec.structs.replace(PREFIX, prefix="2001:db8:67::/64")
    steps = [(PREFIX, 1800), (other, 1800), (other, 1700)]
    inventory.apply(
        [rogue(T + at, life, prefixes=(said,)) for at, (said, life) in enumerate(steps)]
    )
    found = rogue_of(inventory, T + 3)
    assert found is not None
    assert found.earlier is not None
    assert [one.prefix for one in found.earlier.prefixes] == [PREFIX.prefix]
