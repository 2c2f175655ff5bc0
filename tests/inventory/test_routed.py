"""Answers through routers: hosts are found, and none are invented."""

import pytest

from collectors.observation import EchoAnswered
from collectors.scope import Link, Scope
from inventory.inventory import Inventory
from inventory.saved import Saved
from inventory.snapshot import CollectorRun
from tests.inventory.builders import (
    DAY,
    OWN,
    PC,
    ROUTER,
    T,
    advertised,
    devices,
    kinds,
    named,
    new_inventory,
    seen,
)

NET = "198.51.100.0/24"
LINK = Link("eth0", 2, OWN, ("10.66.7.2/24",), ())


def routed(saved: Saved | None = None, exclude: tuple[str, ...] = ()) -> Inventory:
    inventory = new_inventory(saved)
    inventory.set_scope(Scope(("10.66.7.0/24", NET), exclude, (LINK,)))
    return inventory


def echo(number: int, at: float = T, hop_limit: int | None = 63) -> EchoAnswered:
    return EchoAnswered(at=at, source="echo", address=f"198.51.100.{number}", hop_limit=hop_limit)


def ended(inventory: Inventory, at: float = T + 5) -> None:
    inventory.record_run(CollectorRun("echo", "ok", None, 508, 254, 5.0, at))


def swept(inventory: Inventory, numbers: range, at: float = T, hop_limit: int | None = 63) -> None:
    inventory.apply([echo(number, at + number / 100, hop_limit) for number in numbers])
    ended(inventory, at + 5)


def found(inventory: Inventory, at: float = T + 6) -> set[str]:
    return {a.address for d in inventory.snapshot(at).devices for a in d.addresses}


def test_hosts_of_an_ordinary_subnet_are_all_found_when_the_sweep_is_over() -> None:
    inventory = routed()
    inventory.apply([echo(number) for number in range(1, 121)])
    assert len(found(inventory)) == 4
    ended(inventory)
    assert len(found(inventory)) == 120
    assert inventory.skipped.get("responder", 0) == 0


def test_without_word_of_its_end_a_sweep_is_over_after_a_minute() -> None:
    inventory = routed()
    inventory.apply([echo(number) for number in range(1, 21)])
    assert len(found(inventory, T + 59)) == 4
    assert len(found(inventory, T + 61)) == 20


def test_one_station_that_answers_for_all_makes_no_device() -> None:
    inventory = routed()
    swept(inventory, range(1, 255))
    assert found(inventory) == set()
    assert inventory.skipped["responder"] == 254
    (network,) = [n for n in inventory.snapshot(T + 6).networks if n.ipv4 == (NET,)]
    assert network.responders == (NET,)
    (event,) = [e for e in inventory.recent_events() if e.kind == "responder"]
    assert (event.network, event.detail[:26]) == (network.id, "254 of 254 addresses in 19")
    for again in (T + 300, T + 600):
        swept(inventory, range(1, 255), again)
    assert found(inventory, T + 700) == set()
    assert kinds(inventory).count("responder") == 1


@pytest.mark.parametrize(
    ("answering", "others", "devices_found"),
    [
        pytest.param(range(1, 255), range(10, 30), 20, id="real-hosts-behind-it"),
        pytest.param(range(1, 246), range(0), 0, id="a-few-are-lost"),
        pytest.param(range(1, 200), range(0), 199, id="many-hosts"),
        pytest.param(range(1, 255), range(1, 127), 254, id="full-of-hosts-of-two-kinds"),
    ],
)
def test_what_tells_a_station_from_hosts(
    answering: range, others: range, devices_found: int
) -> None:
    inventory = routed()
    answers = [echo(number, hop_limit=127 if number in others else 63) for number in answering]
    inventory.apply(answers)
    ended(inventory)
    assert len(found(inventory)) == devices_found


def test_excluded_addresses_are_not_expected_to_answer() -> None:
    inventory = routed(exclude=("198.51.100.128/25",))
    swept(inventory, range(1, 128))
    assert found(inventory) == set()


def test_a_small_subnet_may_be_full() -> None:
    inventory = new_inventory()
    inventory.set_scope(Scope(("198.51.100.0/26",), (), (LINK,)))
    swept(inventory, range(1, 63))
    assert len(found(inventory)) == 62


def test_devices_that_were_known_before_stay_but_an_answer_proves_nothing_of_them() -> None:
    inventory = routed()
    swept(inventory, range(7, 8))
    swept(inventory, range(1, 255), T + DAY)
    assert found(inventory, T + DAY + 6) == {"198.51.100.7"}
    swept(inventory, range(1, 255), T + 2 * DAY)
    (device,) = inventory.snapshot(T + 2 * DAY).devices
    assert device.last_seen < T + 2 * DAY


def test_a_device_with_a_name_of_its_own_is_not_taken_back() -> None:
    inventory = routed()
    inventory.apply([echo(1), named("srv-1", "rdns", address="198.51.100.1")])
    swept(inventory, range(1, 255))
    assert found(inventory) == {"198.51.100.1"}


def test_it_is_remembered_over_a_restart_and_forgotten_when_it_ends() -> None:
    inventory = routed()
    swept(inventory, range(1, 255))
    totals = inventory.take_changes().totals
    assert totals is not None
    again = routed(Saved(totals=totals))
    swept(again, range(1, 255), T + 300)
    assert found(again) == set()
    assert kinds(again).count("responder") == 0
    swept(again, range(1, 11), T + 600)
    swept(again, range(1, 11), T + 900)
    assert len(found(again, T + 906)) == 10
    assert kinds(again).count("responder") == 1


def test_the_bound_on_what_waits() -> None:
    inventory = new_inventory(max_devices=100000)
    inventory.set_scope(Scope(("10.0.0.0/8",), (), (LINK,)))
    for high in range(300):
        inventory.apply(
            EchoAnswered(at=T, source="echo", address=f"10.{high // 256 + 70}.{high % 256}.{low}")
            for low in range(1, 255)
        )
    assert inventory.skipped["too_many_answers"] == 300 * 250 - 65536
    assert len(inventory.snapshot(T).devices) == 300 * 4


def test_an_address_that_shows_up_on_a_link_is_that_station() -> None:
    inventory = routed()
    inventory.apply([echo(7), seen(PC, "198.51.100.7", T + 60)])
    (device,) = inventory.snapshot(T + 60).devices
    assert device.macs == (PC,)


def test_a_router_that_answers_for_a_host_behind_it_does_not_swallow_it() -> None:
    inventory = routed()
    inventory.apply([advertised(), echo(7), seen(ROUTER, "198.51.100.7", T + 60)])
    assert len(devices(inventory, T + 60)) == 2
    assert all(not network.duplicates for network in inventory.snapshot(T + 60).networks)


def test_an_answer_through_a_router_is_not_the_station_that_had_the_address_the_other_day() -> None:
    inventory = routed()
    inventory.apply([seen(PC, "198.51.100.7"), echo(7, T + 2 * DAY)])
    assert len(inventory.snapshot(T + 2 * DAY).devices) == 2
