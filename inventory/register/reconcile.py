"""Compares the register with what was seen: a pure function of both."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from inventory.register import words
from inventory.register.rows import serial_key
from inventory.snapshot import Device, Registered

UNSEEN_S = 30 * 86400.0  # a device that was silent for longer counts as unseen since
DIFFERS = Literal["name", "kind", "serial"]

# Kinds that evidence tells apart badly: one for the other is no difference.
_ALIKE: tuple[frozenset[str], ...] = (
    frozenset(("workstation", "laptop", "server", "virtual_machine", "hypervisor")),
    frozenset(("phone", "tablet")),
    frozenset(("router", "firewall", "access_point", "switch")),
    frozenset(("printer", "scanner")),
)


class Unseen(msgspec.Struct, frozen=True):
    """A row whose device was not seen lately; `last_seen` None: never."""

    row: Registered
    last_seen: float | None
    device: str = ""


class Difference(msgspec.Struct, frozen=True):
    """A field in which the register and what was seen do not agree."""

    row: Registered
    device: str
    field: DIFFERS
    registered: str
    seen: str


class Doubled(msgspec.Struct, frozen=True):
    """One row on several devices, or one device in several rows."""

    rows: tuple[int, ...]
    devices: tuple[str, ...]
    text: str


class Counts(msgspec.Struct, frozen=True):
    """How many rows are seen, unseen or differ, and how many devices are in no row."""

    matched: int
    unseen: int
    unregistered: int
    differing: int


class Reconciliation(msgspec.Struct, frozen=True):
    """The comparison. `random`: unregistered devices whose MAC is random; they are not counted."""

    counts: Counts
    unseen: tuple[Unseen, ...]
    unregistered: tuple[Device, ...]
    random: tuple[Device, ...]
    differing: tuple[Difference, ...]
    doubled: tuple[Doubled, ...]


def reconcile(
    entries: Sequence[Registered], devices: Iterable[Device], now: float
) -> Reconciliation:
    """Compare. The devices carry the rows that the inventory tied to them."""
    known = sorted(devices, key=lambda device: device.id)
    tied: dict[int, list[Device]] = defaultdict(list)
    for device in known:
        if device.registered is not None:
            tied[device.registered.row].append(device)
    unseen = []
    for row in entries:
        last = max((device.last_seen for device in tied[row.row]), default=None)
        if last is None or now - last > UNSEEN_S:
            names = tied[row.row]
            unseen.append(Unseen(row, last, names[0].id if names else ""))
    missing = [device for device in known if device.registered is None and not device.own]
    differing = [found for device in known for found in differences(device)]
    strange = [device for device in missing if not device.random_mac]
    return Reconciliation(
        Counts(
            matched=len(entries) - len(unseen),
            unseen=len(unseen),
            unregistered=len(strange),
            differing=len({found.row.row for found in differing}),
        ),
        tuple(unseen),
        tuple(strange),
        tuple(device for device in missing if device.random_mac),
        tuple(differing),
        tuple(_doubled(entries, known, tied)),
    )


def counts(rows: int, devices: Iterable[Device], now: float) -> Counts:
    """The same figures from the number of rows in force alone."""
    seen: set[int] = set()
    differing: set[int] = set()
    unregistered = 0
    for device in devices:
        row = device.registered
        if row is None:
            unregistered += not device.own and not device.random_mac
            continue
        if now - device.last_seen <= UNSEEN_S:
            seen.add(row.row)
        if differences(device):
            differing.add(row.row)
    matched = min(rows, len(seen))
    return Counts(matched, rows - matched, unregistered, len(differing))


def differences(device: Device) -> list[Difference]:
    """In what a device is not as its row says. What was not seen does not differ."""
    row = device.registered
    if row is None:
        return []
    found = []
    seen_names = [name.name for name in device.names if name.source != "register"]
    if row.name and seen_names and all(_host(row.name) != _host(name) for name in seen_names):
        found.append(Difference(row, device.id, "name", row.name, seen_names[0]))
    if row.kind is not None and _kinds_differ(row.kind, device.guessed):
        found.append(Difference(row, device.id, "kind", row.kind, device.guessed))
    serials = seen_serials(device)
    if row.serial and serials and serial_key(row.serial) not in map(serial_key, serials):
        found.append(Difference(row, device.id, "serial", row.serial, serials[0]))
    return found


def seen_serials(device: Device) -> list[str]:
    """The serial numbers that the device itself told."""
    told = [device.serial or "", *(mark.value for mark in device.marks if mark.kind == "serial")]
    if device.announcement is not None:
        told.append(device.announcement.serial)
    return [serial for serial in dict.fromkeys(told) if serial_key(serial)]


def _host(name: str) -> str:
    return words.fold(name.partition(".")[0])


def _kinds_differ(registered: str, guessed: str) -> bool:
    if guessed in ("unknown", "other") or registered in ("other", guessed):
        return False
    return not any({registered, guessed} <= alike for alike in _ALIKE)


def _doubled(
    entries: Sequence[Registered], devices: Sequence[Device], tied: dict[int, list[Device]]
) -> Iterable[Doubled]:
    for row in entries:
        on = tied[row.row]
        if len(on) > 1:
            yield Doubled(
                (row.row,), tuple(device.id for device in on),
                f"row {row.row} is on {len(on)} devices: one machine with several cards, "
                "or a MAC that was copied",
            )  # fmt: skip
    by_mac = {mac: row.row for row in entries for mac in row.macs}
    for device in devices:
        rows = sorted({by_mac[mac] for mac in device.macs if mac in by_mac})
        if len(rows) > 1:
            yield Doubled(
                tuple(rows), (device.id,),
                f"rows {', '.join(map(str, rows))} are one device; row {rows[0]} is used",
            )  # fmt: skip
