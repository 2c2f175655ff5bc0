"""Devices on several links: routers on many VLANs, laptops that move, links that go."""

import msgspec

from collectors.observation import AnyObservation
from collectors.scope import Link, Scope
from inventory.inventory import Inventory
from inventory.snapshot import Device
from tests.inventory.builders import (
    OWN,
    PC,
    PRINTER,
    ROUTER,
    T,
    interface,
    kinds,
    new_inventory,
    seen,
)

LINKS = tuple(
    Link(name, number, OWN, (f"10.66.{number}.2/24",), ())
    for number, name in ((7, "eth0"), (8, "eth0.20"), (9, "eth1"))
)


def office() -> Inventory:
    inventory = new_inventory()
    inventory.set_scope(Scope(tuple(f"10.66.{number}.0/24" for number in (7, 8, 9)), (), LINKS))
    return inventory


def only(inventory: Inventory, now: float) -> Device:
    (device,) = inventory.snapshot(now).devices
    return device


def on(link: str, mac: str, address: str, at: float, how: str = "arp_reply") -> AnyObservation:
    return seen(mac, address, at, how, link)  # type: ignore[arg-type]


def test_a_router_on_many_vlans_is_one_device_that_stays_where_it_is_shown() -> None:
    inventory = office()
    shown: set[str] = set()
    at = T
    for second in range(0, 3600, 15):
        at = T + second
        for number, link in ((7, "eth0"), (8, "eth0.20"), (9, "eth1")):
            inventory.apply([on(link, ROUTER, f"10.66.{number}.1", at)])
            inventory.apply([on(link, ROUTER, "fe80::1", at, "neighbour_advertisement")])
        shown.add(only(inventory, at).network)
    assert shown == {"net-eth0"}
    found = {a.address: a.interfaces for a in only(inventory, at).addresses}
    assert found == {
        "10.66.7.1": ("eth0",), "10.66.8.1": ("eth0.20",), "10.66.9.1": ("eth1",),
        "fe80::1": ("eth0", "eth0.20", "eth1"),
    }  # fmt: skip
    assert "duplicate_address" not in kinds(inventory)


def test_a_quiet_router_costs_no_new_picture() -> None:
    inventory = office()
    for second in range(0, 120, 5):
        for link in ("eth0", "eth1"):
            inventory.apply([on(link, ROUTER, "fe80::1", T + second, "neighbour_advertisement")])
    first = only(inventory, T + 116)
    inventory.apply([on("eth1", ROUTER, "fe80::1", T + 117, "neighbour_advertisement")])
    assert only(inventory, T + 118) is first


def test_a_laptop_that_moves_is_shown_where_it_is() -> None:
    inventory = office()
    inventory.apply([on("eth0", PC, "10.66.7.50", T), on("eth0", PC, "fe80::50", T)])
    inventory.apply([on("eth1", PC, "10.66.9.50", T + 60, "dad")])
    assert only(inventory, T + 60).network == "net-eth1"
    inventory.apply([on("eth1", PC, "fe80::50", T + 61, "dad")])
    assert only(inventory, T + 62).addresses[-1].interfaces == ("eth1", "eth0")


def test_one_that_moves_in_silence_is_shown_there_after_a_while() -> None:
    inventory = office()
    inventory.apply([on("eth0", PC, "10.66.7.50", T)])
    for second in (60, 120, 290):
        inventory.apply([on("eth1", PC, "10.66.9.50", T + second)])
    assert only(inventory, T + 290).network == "net-eth0"
    inventory.apply([on("eth1", PC, "10.66.9.50", T + 330)])
    assert only(inventory, T + 330).network == "net-eth0"
    inventory.apply([on("eth1", PC, "fe80::50", T + 331)])
    assert only(inventory, T + 331).network == "net-eth1"


def test_a_link_that_went_down_holds_nobody() -> None:
    inventory = office()
    inventory.apply([interface("eth0", OWN, "10.66.7.2/24")])
    inventory.apply([on("eth0", PC, "fe80::50", T)])
    inventory.apply([interface("eth0", OWN, "10.66.7.2/24", at=T + 5, up=False)])
    inventory.apply([on("eth1", PC, "fe80::50", T + 10)])
    device = next(d for d in inventory.snapshot(T + 10).devices if not d.own)
    assert (device.network, device.addresses[0].interfaces) == ("net-eth1", ("eth1",))


def test_one_subnet_on_two_interfaces_makes_no_duplicates() -> None:
    """Two isolated LANs use the same private addresses."""
    inventory = office()
    for second in range(10):
        inventory.apply([on("eth0", PC, "10.66.7.9", T + second)])
        inventory.apply([on("eth1", PRINTER, "10.66.7.9", T + second)])
    snapshot = inventory.snapshot(T + 10)
    assert [d.network for d in sorted(snapshot.devices, key=lambda d: d.macs)] == [
        "net-eth1", "net-eth0",
    ]  # fmt: skip
    assert all(not network.duplicates for network in snapshot.networks)


def test_a_link_local_address_of_two_devices_on_a_second_link_is_a_duplicate_there() -> None:
    inventory = office()
    for second in range(10):
        at = T + second
        for link, mac in (("eth0", ROUTER), ("eth1", ROUTER), ("eth1", PC)):
            answer = on(link, mac, "fe80::1", at, "neighbour_advertisement")
            inventory.apply([msgspec.structs.replace(answer, hold="sole")])
    duplicates = {n.interface: len(n.duplicates) for n in inventory.snapshot(T + 10).networks}
    assert duplicates["eth1"] == 1
    assert duplicates["eth0"] == 0
