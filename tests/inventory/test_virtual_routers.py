"""Routers that share an address: who is active, fail-over, and addresses that belong to nobody."""

from typing import Any

import pytest

from collectors.observation import EchoAnswered, VirtualRouterSeen
from inventory.inventory import Inventory
from inventory.saved import Saved, SavedNetwork
from inventory.snapshot import VirtualRouter
from tests.inventory.builders import DAY, T, devices, kinds, new_inventory, seen

ONE, TWO = "00:1c:73:00:07:02", "00:1c:73:00:07:03"
SHARED = "00:00:5e:00:01:07"
VIP = "10.66.7.1"


def group(at: float, active: str, mac: str = SHARED, **fields: Any) -> VirtualRouterSeen:
    values: dict[str, Any] = {
        "router_id": 7, "version": 3, "priority": 100, "interval_s": 1.0, "addresses": (VIP,),
    } | fields  # fmt: skip
    return VirtualRouterSeen(
        at=at, source="tap", interface="eth0", mac=mac, address=active, **values
    )


def groups(inventory: Inventory, now: float = T) -> tuple[VirtualRouter, ...]:
    (found,) = (n.virtual_routers for n in inventory.snapshot(now).networks if n.interface)
    return found


def two_routers() -> Inventory:
    inventory = new_inventory()
    inventory.apply([seen(ONE, "10.66.7.2"), seen(TWO, "10.66.7.3")])
    return inventory


def test_a_group_names_its_active_router() -> None:
    inventory = two_routers()
    inventory.apply([group(T, "10.66.7.2")])
    (found,) = groups(inventory)
    assert (found.protocol, found.router_id, found.version) == ("vrrp", 7, 3)
    assert (found.addresses, found.active, found.priority) == ((VIP,), "10.66.7.2", 100)
    assert found.device == devices(inventory)[ONE].id


def test_the_device_of_an_owner_is_found_by_its_own_mac() -> None:
    inventory = two_routers()
    inventory.apply([group(T, VIP, ONE, priority=255)])
    assert groups(inventory)[0].device == devices(inventory)[ONE].id


@pytest.mark.parametrize("macs", [(SHARED, SHARED), (ONE, TWO)], ids=["group's MAC", "own MACs"])
def test_a_fail_over_is_one_event_and_neither_a_device_nor_a_duplicate(
    macs: tuple[str, str],
) -> None:
    inventory = two_routers()
    for second in range(60):
        inventory.apply([group(T + second, "10.66.7.2", macs[0])])
        inventory.apply([seen(macs[0], VIP, T + second, "arp_announcement")])
    inventory.apply([group(T + 60, "10.66.7.2", macs[0], priority=0)])
    for second in range(61, 120):
        inventory.apply([seen(macs[1], VIP, T + second, "arp_announcement")])
        inventory.apply([seen(macs[1], VIP, T + second, "arp_reply")])
        inventory.apply([group(T + second, "10.66.7.3", macs[1])])
    snapshot = inventory.snapshot(T + 120)
    assert len(snapshot.devices) == 2
    assert all(not network.duplicates for network in snapshot.networks)
    assert kinds(inventory).count("router") == 2  # the group itself, and the fail-over
    (found,) = groups(inventory, T + 120)
    assert (found.active, found.earlier, found.since, found.takeovers) == (
        "10.66.7.3", "10.66.7.2", T + 61, 1,
    )  # fmt: skip
    assert found.device == devices(inventory, T + 120)[TWO].id
    holders = [d.macs[0] for d in snapshot.devices if VIP in {a.address for a in d.addresses}]
    assert holders == ([] if macs[0] == SHARED else [TWO])
    assert "address" not in kinds(inventory)


def test_flapping_is_paced() -> None:
    inventory = two_routers()
    for second in range(300):
        inventory.apply([group(T + second, f"10.66.7.{2 + second % 2}")])
    assert kinds(inventory).count("router") == 10


def test_an_address_that_was_taken_for_a_device_or_a_duplicate_before_is_corrected() -> None:
    inventory = two_routers()
    inventory.apply([EchoAnswered(at=T, source="echo", address="10.66.9.1")])
    for second in range(8):
        inventory.apply([seen((ONE, TWO)[second % 2], VIP, T + second)])
    assert [d.address for n in inventory.snapshot(T + 8).networks for d in n.duplicates] == [VIP]
    inventory.apply([group(T + 9, "10.66.7.2", addresses=(VIP, "10.66.9.1"))])
    snapshot = inventory.snapshot(T + 10)
    assert len(snapshot.devices) == 2
    assert all(not network.duplicates for network in snapshot.networks)


def test_an_echo_of_a_shared_address_makes_no_device() -> None:
    inventory = two_routers()
    inventory.apply([group(T, "10.66.7.2")])
    inventory.apply([EchoAnswered(at=T, source="echo", address=VIP)])
    assert len(devices(inventory)) == 2
    assert inventory.skipped["virtual_address"] == 1


def test_groups_of_both_families_and_protocols_are_apart() -> None:
    inventory = two_routers()
    inventory.apply(
        [group(T, "10.66.7.2"), group(T, "fe80::2", addresses=("fe80::1",)),
         group(T, "10.66.7.3", protocol="carp"), group(T, "10.66.7.2", router_id=8)]
    )  # fmt: skip
    assert len(groups(inventory)) == 4


def test_groups_are_bounded_and_old_ones_make_room() -> None:
    inventory = two_routers()
    for number in range(300):
        inventory.apply([group(T, "10.66.7.2", router_id=number)])
    assert len(groups(inventory)) == 64
    assert inventory.skipped["too_many_virtual_routers"] == 236
    inventory.apply([group(T + 2 * DAY, "10.66.7.2", router_id=999)])
    assert [one.router_id for one in groups(inventory, T + 2 * DAY)] == [999]


@pytest.mark.parametrize("address", ["", "nonsense", "224.0.0.18"])
def test_a_sender_that_cannot_be_is_skipped(address: str) -> None:
    inventory = two_routers()
    inventory.apply([group(T, address)])
    assert groups(inventory) == ()


def test_groups_outlive_a_restart() -> None:
    inventory = two_routers()
    inventory.apply([group(T, "10.66.7.2")])
    (saved,) = [n for n in inventory.take_changes().networks if n.interface == "eth0"]
    assert isinstance(saved, SavedNetwork)
    again = new_inventory(Saved(networks=(saved,)))
    assert groups(again)[0].active == "10.66.7.2"
    again.apply([seen(ONE, VIP, T + 1), seen(TWO, VIP, T + 2), seen(ONE, VIP, T + 3)])
    assert all(not network.duplicates for network in again.snapshot(T + 4).networks)
