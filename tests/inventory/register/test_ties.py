"""What the register says of a device is in force at once, and over rescans and restarts."""

from typing import Any

import msgspec

from collectors.observation import DescriptionSeen
from inventory.inventory import Inventory
from inventory.record import Record
from inventory.saved import Saved, Totals
from inventory.snapshot import Device, Registered
from tests.inventory.builders import DAY, LAPTOP, PC, PRINTER, T, named, new_inventory, seen, silent

ROW = Registered(
    row=2, macs=(PRINTER,), name="Máy in tầng 2", division="Kế hoạch", kind="scanner",
    always_on=True, serial="SN-4711",
)  # fmt: skip
SECRET = Registered(row=3, macs=(PC,), name="M1", classified=True, serial="SN-9999")


def one(inventory: Inventory, mac: str = PRINTER, at: float = T) -> Device:
    return next(d for d in inventory.snapshot(at).devices if mac in d.macs)


def details(inventory: Inventory, kind: str) -> list[str]:
    return [event.detail for event in inventory.recent_events() if event.kind == kind]


def test_a_row_wins_over_what_was_seen() -> None:
    inventory = new_inventory()
    inventory.apply([seen(PRINTER, "10.66.7.9"), named("brn9.local", "mdns", mac=PRINTER)])
    before = one(inventory)
    assert (before.name, before.registered, before.division) == ("brn9.local", None, "")
    inventory.set_register([ROW], T)
    device = one(inventory)
    assert (device.name, device.kind, device.confidence) == ("Máy in tầng 2", "scanner", 1.0)
    assert (device.division, device.always_on, device.registered) == ("Kế hoạch", True, ROW)
    assert device.guessed == before.kind
    assert details(inventory, "name_changed") == []


def test_a_device_that_comes_later_is_tied_when_it_comes() -> None:
    inventory = new_inventory()
    inventory.set_register([ROW], T)
    inventory.apply([seen(PRINTER, "10.66.7.9")])
    assert one(inventory).registered == ROW


def test_it_outlives_new_names_and_a_restart_before_the_file_is_read() -> None:
    inventory = new_inventory()
    inventory.set_register([ROW], T)
    inventory.apply([seen(PRINTER, "10.66.7.9"), named("x.example", "rdns", address="10.66.7.9")])
    assert one(inventory).name == "Máy in tầng 2"
    rows = inventory.take_changes().devices
    saved = Saved(devices=tuple(msgspec.json.decode(row.record, type=Record) for row in rows))
    again = new_inventory(saved)
    again.apply([seen(PRINTER, "10.66.7.9", T + 60), named("y", "mdns", T + 60, mac=PRINTER)])
    device = one(again, at=T + 60)
    assert (device.name, device.kind, device.division) == ("Máy in tầng 2", "scanner", "Kế hoạch")


def test_a_row_that_is_gone_takes_its_words_along() -> None:
    inventory = new_inventory()
    inventory.apply([seen(PRINTER, "10.66.7.9"), named("brn9.local", "mdns", mac=PRINTER)])
    before = one(inventory)
    inventory.set_register([ROW], T)
    one(inventory)
    inventory.set_register(None, T)
    assert one(inventory) == before
    assert inventory.snapshot(T).register is None


def test_the_same_register_again_changes_nothing() -> None:
    inventory = new_inventory()
    inventory.apply([seen(PRINTER, "10.66.7.9")])
    inventory.set_register([ROW], T)
    first = one(inventory)
    inventory.take_changes()
    inventory.set_register([ROW], T + 1)
    assert one(inventory) is first
    assert inventory.take_changes().devices == ()


def test_a_serial_number_ties_when_no_mac_does() -> None:
    inventory = new_inventory()
    inventory.set_register([ROW], T)
    told: Any = {"at": T, "source": "tap", "interface": "eth0", "protocol": "ipp"}
    inventory.apply(
        [
            seen(LAPTOP, "10.66.7.11"),
            DescriptionSeen(address="10.66.7.11", serial="sn4711", **told),
        ]
    )
    assert one(inventory, LAPTOP).registered == ROW


def test_always_on_makes_down_out_of_silent_and_the_other_way_round() -> None:
    for always_on, kind in ((True, "down"), (False, "silent")):
        inventory = new_inventory(patience=2)
        row = msgspec.structs.replace(ROW, kind="workstation", always_on=always_on)
        inventory.set_register([row], T)
        inventory.apply([seen(PRINTER, "10.66.7.9")])
        inventory.snapshot(T)
        for step in range(1, 60):
            inventory.apply([silent("10.66.7.9", T + step * 15, "arp", PRINTER)])
            for one in inventory.suspects():
                inventory.confirm(one.device, "tcp", False, T + step * 15 + 1)
            inventory.snapshot(T + step * 15 + 2)
        assert details(inventory, kind), kind


def test_a_classified_machine_is_told_once_when_it_shows() -> None:
    inventory = new_inventory()
    inventory.set_register([SECRET], T)
    assert inventory.snapshot(T).register is not None
    inventory.apply([seen(PC, "10.66.7.10")])
    inventory.snapshot(T)
    for minute in range(1, 5):
        inventory.apply([seen(PC, "10.66.7.10", T + minute * 60)])
        inventory.snapshot(T + minute * 60)
    (text,) = details(inventory, "classified_seen")
    assert "row 3" in text
    assert "10.66.7.10" in text
    assert inventory.snapshot(T + 300).events_total["classified_seen"] == 1


def test_it_is_told_again_after_a_day_of_silence() -> None:
    inventory = new_inventory()
    inventory.set_register([SECRET], T)
    inventory.apply([seen(PC, "10.66.7.10")])
    inventory.snapshot(T)
    inventory.apply([seen(PC, "10.66.7.10", T + 3 * DAY)])
    inventory.snapshot(T + 3 * DAY)
    assert len(details(inventory, "classified_seen")) == 2


def test_one_that_left_long_before_it_became_classified_is_no_news() -> None:
    inventory = new_inventory()
    inventory.apply([seen(PC, "10.66.7.10")])
    inventory.set_register([SECRET], T + 30 * DAY)
    inventory.snapshot(T + 30 * DAY)
    assert details(inventory, "classified_seen") == []


def test_a_serial_number_alone_raises_no_alarm() -> None:
    inventory = new_inventory()
    inventory.set_register([SECRET], T)
    told: Any = {"at": T, "source": "tap", "interface": "eth0", "protocol": "ipp"}
    inventory.apply(
        [
            seen(LAPTOP, "10.66.7.11"),
            DescriptionSeen(address="10.66.7.11", serial="SN-9999", **told),
        ]
    )
    assert one(inventory, LAPTOP).registered == SECRET
    assert details(inventory, "classified_seen") == []


def test_that_there_is_a_register_is_known_before_it_is_read_again() -> None:
    inventory = new_inventory()
    inventory.set_register([ROW, SECRET], T)
    inventory.snapshot(T)
    totals = inventory.take_changes().totals
    assert totals is not None
    again = new_inventory(
        Saved(totals=msgspec.json.decode(msgspec.json.encode(totals), type=Totals))
    )
    assert again.snapshot(T).register == inventory.snapshot(T).register
