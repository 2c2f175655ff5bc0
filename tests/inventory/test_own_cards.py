"""Own interfaces that go, come back, and come back under another name."""

from collections.abc import Mapping

import pytest

from collectors.scope import Card, Link, Scope
from inventory.inventory import Inventory, Settings
from inventory.saved import Changes, Saved
from inventory.snapshot import TapState
from tests.inventory.builders import OWN, PC, PRINTER, T, advertised, devices, kinds, seen

NET = "10.66.7.0/24"
OTHER = "02:00:00:00:00:99"
ETH0 = {"eth0": Card(True, 2, OWN)}


def scope_on(*interfaces: str) -> Scope:
    links = tuple(Link(name, 2, OWN, ("10.66.7.2/24",)) for name in interfaces)
    return Scope((NET,), (), links)


def follow(inventory: Inventory, cards: Mapping[str, Card], at: float) -> None:
    """As the agent does: first what may be probed, then who can hear."""
    inventory.set_scope(scope_on(*[name for name, card in cards.items() if card.up][:1]))
    inventory.set_cards(cards, at)


def office(saved: Saved | None = None, cards: Mapping[str, Card] = ETH0) -> Inventory:
    inventory = Inventory(Settings("test"), lambda mac: "", saved)
    inventory.set_tap(TapState(available=True), T)
    inventory.set_scope(scope_on("eth0"))
    inventory.set_cards(cards, T)
    inventory.apply([seen(PC, "10.66.7.20", T), seen(PRINTER, "10.66.7.9", T)])
    inventory.apply([advertised(T)])
    inventory.end_first_pass(T + 1)
    return inventory


def where(inventory: Inventory, at: float) -> set[tuple[str, str, tuple[str, ...]]]:
    return {
        (d.network, d.state, a.interfaces)
        for d in devices(inventory, at).values()
        for a in d.addresses
    }


@pytest.mark.parametrize(
    "now",
    [
        pytest.param({"lan0": Card(True, 2, OWN)}, id="renamed"),
        pytest.param({"lan0": Card(True, 9, OWN)}, id="plugged-in-again"),
        pytest.param({"lan0": Card(True, 2, OTHER)}, id="renamed-and-another-mac"),
        pytest.param({"lan0": Card(True, 9, OWN), "eth1": Card(True, 3, OTHER)}, id="two-cards"),
    ],
)
def test_a_card_with_another_name_goes_on_where_it_was(now: dict[str, Card]) -> None:
    inventory = office(cards={**ETH0, **{name: c for name, c in now.items() if name != "lan0"}})
    before = kinds(inventory)
    follow(inventory, now, T + 15)
    assert where(inventory, T + 16) == {("net-lan0", "up", ("lan0",))}
    assert kinds(inventory) == before
    snapshot = inventory.snapshot(T + 16)
    assert snapshot.illnesses == ()
    assert [network.id for network in snapshot.networks] == ["net-lan0"]
    assert [router.address for router in snapshot.networks[0].routers] == ["fe80::1"]
    inventory.apply([seen(PC, "10.66.7.20", T + 20, interface="lan0")])
    assert kinds(inventory) == before


@pytest.mark.parametrize(
    "now",
    [
        pytest.param({"eth1": Card(True, 9, OTHER)}, id="another-card"),
        pytest.param(
            {"eth1": Card(True, 9, OWN), "eth2": Card(True, 10, OWN)}, id="two-with-its-mac"
        ),
        pytest.param({"br0": Card(True, 9, "")}, id="a-bridge"),
    ],
)
def test_what_is_not_surely_the_same_card_is_not_taken_for_it(now: dict[str, Card]) -> None:
    inventory = office()
    inventory.set_scope(scope_on())
    inventory.set_cards(now, T + 15)
    assert {state for _, state, _ in where(inventory, T + 16)} == {"unknown"}
    assert next(network.id for network in inventory.snapshot(T + 16).networks) == "net-eth0"
    assert kinds(inventory).count("scanner_ill") == 1


def test_an_interface_that_was_there_before_is_no_new_name() -> None:
    inventory = office(cards={**ETH0, "eth9": Card(True, 9, OWN)})
    inventory.set_cards({"eth9": Card(True, 9, OWN)}, T + 15)
    assert {network for network, _, _ in where(inventory, T + 16)} == {"net-eth0"}


def test_gone_and_back_later_is_one_illness_and_nobody_is_down() -> None:
    inventory = office()
    for step in range(1, 9):
        follow(inventory, {"lo9": Card(False, 9)}, T + 15 * step)
    assert {state for _, state, _ in where(inventory, T + 130)} == {"unknown"}
    follow(inventory, {"usb1": Card(True, 12, OWN)}, T + 150)
    assert inventory.snapshot(T + 151).illnesses == ()
    inventory.apply([seen(mac, ip, T + 152, interface="usb1")
                     for mac, ip in ((PC, "10.66.7.20"), (PRINTER, "10.66.7.9"))])  # fmt: skip
    assert {state for _, state, _ in where(inventory, T + 153) if state != "unknown"} == {"up"}
    found = kinds(inventory)
    assert (found.count("scanner_ill"), found.count("scanner_well")) == (1, 1)
    assert not {"down", "silent", "address_added", "duplicate_address"} & set(found)


def test_a_vlan_that_is_taken_away_is_unknown_and_its_parent_goes_on() -> None:
    inventory = office()
    both = {**ETH0, "eth0.20": Card(True, 5, "")}
    inventory.set_scope(scope_on("eth0", "eth0.20"))
    inventory.set_cards(both, T + 1)
    inventory.apply([seen(OTHER, "10.66.20.9", T + 2, interface="eth0.20")])
    follow(inventory, ETH0, T + 15)
    states = {d.macs[0]: d.state for d in devices(inventory, T + 16).values()}
    assert (states[OTHER], states[PC]) == ("unknown", "up")
    follow(inventory, both, T + 30)
    assert inventory.snapshot(T + 31).illnesses == ()


def saved_from(changes: Changes) -> Saved:
    import msgspec

    from inventory.record import Record

    records = tuple(msgspec.json.decode(one.record, type=Record) for one in changes.devices)
    return Saved(records, changes.networks, totals=changes.totals or Saved().totals)


def test_renamed_while_the_agent_was_stopped() -> None:
    saved = saved_from(office().take_changes())
    assert [network.card for network in saved.networks] == [OWN]
    again = Inventory(Settings("test"), lambda mac: "", saved)
    again.set_scope(scope_on("lan0"))
    again.set_cards({"lan0": Card(True, 4, OWN)}, T + 600)
    assert {network for network, _, _ in where(again, T + 601)} == {"net-lan0"}
    changes = again.take_changes()
    assert changes.networks_gone == ("net-eth0",)
    assert [network.id for network in changes.networks] == ["net-lan0"]


def test_nothing_read_says_nothing() -> None:
    inventory = office()
    inventory.set_cards({}, T + 15)
    assert {state for _, state, _ in where(inventory, T + 16)} == {"up"}
