"""Floods of invented devices, the limits of one device, and what is said of both."""

import msgspec
import pytest

from collectors.observation import AddressSeen, AnyObservation
from collectors.scope import Link, Scope
from inventory.inventory import Inventory, Settings
from inventory.limits import BURST_MINUTES, DOUBT_S, LEAST_ROOM, Newcomers, Refusals, room_of
from inventory.snapshot import Limit
from tests.inventory.builders import (
    OWN,
    PC,
    PRINTER,
    T,
    kinds,
    named,
    new_inventory,
    seen,
    vendor_of,
)

RATE = 60
AFTER = T + 10_000


def flood(start: int, count: int, at: float, per_second: int = 1700) -> list[AnyObservation]:
    """Frames of stations that do not exist, some of them of one network's every address."""
    return [
        seen(
            f"00:a0:ca:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}",
            f"10.66.7.{20 + number % 200}",
            at + index / per_second,
        )
        for index, number in enumerate(range(start, start + count))
    ]


def settled() -> Inventory:
    """An inventory with a printer and a PC, its first pass over."""
    inventory = Inventory(Settings(site="stc", new_devices_per_minute=RATE), vendor_of)
    inventory.apply([seen(PRINTER, "10.66.7.9"), seen(PC, "10.66.7.10")])
    inventory.end_first_pass(T + 1)
    return inventory


def macs(inventory: Inventory, at: float) -> set[str]:
    return {mac for device in inventory.snapshot(at).devices for mac in device.macs}


def test_a_flood_is_stopped_and_said_once() -> None:
    inventory = settled()
    inventory.apply(flood(0, 20_000, AFTER))
    picture = inventory.snapshot(AFTER + 12)
    assert len(picture.devices) <= 2 + RATE * BURST_MINUTES + RATE * 12 // 60
    assert picture.frozen["devices"]
    assert picture.limits["devices"].reached
    assert picture.limits["devices"].refused > 19_000
    told = [event for event in inventory.recent_events(1000) if event.kind == "learning_frozen"]
    assert len(told) == 1
    assert "invented" in told[0].detail


def test_what_was_known_before_stays_as_it_was() -> None:
    inventory = settled()
    before = {device.macs[0]: device.id for device in inventory.snapshot(AFTER - 1).devices}
    inventory.apply(flood(0, 5_000, AFTER))
    inventory.apply([seen(PRINTER, "10.66.7.9", AFTER + 4), seen(PC, "10.66.7.10", AFTER + 4)])
    after = {device.macs[0]: device for device in inventory.snapshot(AFTER + 5).devices}
    assert {mac: after[mac].id for mac in before} == before
    assert {after[mac].state for mac in before} == {"up"}
    assert not [
        event for event in inventory.recent_events(1000) if event.kind in ("down", "silent")
    ]


def test_newcomers_are_learnt_again_when_it_ends() -> None:
    inventory = settled()
    inventory.apply(flood(0, 5_000, AFTER))
    late = "00:1b:a9:00:00:77"
    inventory.apply([seen(late, "10.66.7.77", AFTER + 120)])
    assert late in macs(inventory, AFTER + 121)
    assert not inventory.snapshot(AFTER + 121).frozen["devices"]
    assert inventory.snapshot(AFTER + 121).limits["devices"].reached  # within the hour
    assert not inventory.snapshot(AFTER + 8000).limits["devices"].reached


def test_the_invented_are_forgotten_and_nobody_else() -> None:
    inventory = settled()
    real, named_one = "00:1b:a9:00:00:78", "00:1b:a9:00:00:79"
    inventory.apply([seen(real, "10.66.7.78", AFTER), seen(named_one, "10.66.7.79", AFTER)])
    inventory.apply([named("pc-7", "dhcp", AFTER, mac=named_one)])
    inventory.apply(flood(0, 5_000, AFTER))
    inventory.apply([seen(real, "10.66.7.78", AFTER + 90)])  # it answers for its presence
    assert len(macs(inventory, AFTER + 200)) > RATE
    assert macs(inventory, AFTER + 100 + DOUBT_S) == {PRINTER, PC, real, named_one}


def test_without_a_flood_nothing_is_forgotten() -> None:
    inventory = settled()
    once = [f"00:1b:a9:00:01:{number:02x}" for number in range(50)]
    inventory.apply([seen(mac, f"10.66.7.{100 + n}", AFTER) for n, mac in enumerate(once)])
    assert set(once) <= macs(inventory, AFTER + 5 * DOUBT_S)


def test_the_first_pass_may_find_as_many_as_there_are_addresses() -> None:
    inventory = Inventory(Settings(site="stc", new_devices_per_minute=10), vendor_of)
    inventory.set_scope(scope("10.66.0.0/20"))
    inventory.apply(flood(0, 3_000, T))
    assert len(macs(inventory, T + 5)) == 3_000
    assert "learning_frozen" not in kinds(inventory)


def scope(network: str) -> Scope:
    return Scope((network,), (), (Link("eth0", 2, OWN, ("10.66.7.2/24",)),))


def first_minute(invented: int) -> Inventory:
    """Many invented stations in the agent's first minute, real ones among them."""
    inventory = Inventory(Settings(site="stc", new_devices_per_minute=RATE), vendor_of)
    inventory.set_scope(scope("10.66.7.0/24"))
    inventory.apply([seen(PC, "10.66.7.10", T)])
    part = invented // len(REAL)
    for start in range(0, invented, part):
        at = T + start / 1700
        quiet = [one for one in flood(start, part, at) if isinstance(one, AddressSeen)]
        inventory.apply([msgspec.structs.replace(one, how="arp_request") for one in quiet])
        inventory.apply([seen(REAL[start // part], f"10.66.7.{start // part + 220}", at + 1)])
    return inventory


REAL = [f"00:1b:a9:00:02:{number:02x}" for number in range(20)]
MOST = LEAST_ROOM + RATE * (BURST_MINUTES + 1) + len(REAL) + 2


def test_a_flood_in_the_first_minute_is_bounded_and_said_once() -> None:
    inventory = first_minute(100_000)
    picture = inventory.snapshot(T + 60)
    assert len(picture.devices) <= MOST
    assert picture.frozen["devices"]
    assert picture.limits["devices"].refused > 100_000 - MOST
    assert kinds(inventory).count("learning_frozen") == 1


def test_whoever_answers_is_learnt_during_a_flood_in_the_first_minute() -> None:
    inventory = first_minute(20_000)
    assert {PC, *REAL} <= macs(inventory, T + 60)
    everybody = [PC, *REAL]
    for minute in range(2, 10):
        inventory.apply([seen(mac, f"10.66.7.{210 + n}", T + 60 * minute)
                         for n, mac in enumerate(everybody)])  # fmt: skip
    assert macs(inventory, T + 540 + DOUBT_S) == set(everybody)


def test_answers_are_bounded_in_the_first_minute_too() -> None:
    inventory = Inventory(Settings(site="stc", new_devices_per_minute=RATE), vendor_of)
    inventory.set_scope(scope("10.66.7.0/24"))
    inventory.apply(flood(0, 20_000, T))
    assert len(macs(inventory, T + 12)) <= 2 * LEAST_ROOM + RATE * (BURST_MINUTES + 1)


@pytest.mark.parametrize(
    ("given", "room"),
    [
        pytest.param(Scope(), LEAST_ROOM, id="nothing"),
        pytest.param(scope("10.66.7.0/24"), LEAST_ROOM, id="an-office"),
        pytest.param(scope("10.66.0.0/16"), 65_536, id="a-campus"),
        pytest.param(scope("2001:db8::/64"), LEAST_ROOM, id="the-own-network"),
        pytest.param(
            Scope((), (), (Link("eth0", 2, OWN, ("10.66.0.2/18",)),)), 16_384, id="listening-only"
        ),
    ],
)
def test_room(given: Scope, room: int) -> None:
    assert room_of(given) == room


def test_names_that_push_out_others_are_counted() -> None:
    inventory = new_inventory()
    inventory.apply([seen(PC, "10.66.7.10")])
    inventory.apply([named(f"n{number}", "mdns", T + number, mac=PC) for number in range(30)])
    limits = inventory.snapshot(T + 40).limits
    assert limits["names"] == Limit(True, 14)
    assert limits["services"] == Limit(False, 0)


def test_overflow_of_the_queue_is_told() -> None:
    inventory = settled()
    state = msgspec.structs.replace(inventory.snapshot(T).tap, available=True)
    inventory.set_tap(state, T + 2)
    assert inventory.snapshot(T + 3).limits["queue"] == Limit(False, 0)
    inventory.set_tap(msgspec.structs.replace(state, dropped=9, overflowed=7), T + 4)
    assert inventory.snapshot(T + 5).limits["queue"] == Limit(True, 7)


@pytest.mark.parametrize(
    ("times", "admitted"),
    [
        pytest.param([0.0] * 5, [True, True, True, True, False], id="the reserve"),
        pytest.param(
            [0.0] * 4 + [29.0, 30.0, 30.0], [True] * 4 + [False, True, False], id="a rate"
        ),
        pytest.param([0.0, -50.0, 0.0, 0.0, 0.0], [True] * 4 + [False], id="a clock stepped back"),
    ],
)
def test_newcomers(times: list[float], admitted: list[bool]) -> None:
    newcomers = Newcomers(2)
    assert [newcomers.admit(at) for at in times] == admitted


def test_a_total_that_stands_still_is_no_refusal() -> None:
    refusals = Refusals()
    refusals.observe({"names": 5}, 0.0)
    refusals.observe({"names": 5}, 4000.0)
    assert refusals.limits({"routers": True}, 4000.0) == {
        "names": Limit(False, 5),
        "routers": Limit(True, 0),
    }
