"""What `lanwarden register` prints: the file's problems, the comparison, and both as JSON."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from agent import todo
from agent.label import device_order, label
from inventory.register.model import Register
from inventory.register.reconcile import Reconciliation, reconcile
from inventory.snapshot import Device, Snapshot

if TYPE_CHECKING:
    from rich.console import Console


def print_register(out: "Console", register: Register, most: int | None) -> None:
    """Print what was read and its problems, at most `most` of them."""
    how = f"{register.form}, {register.encoding}" if register.encoding else register.form
    if register.form == "csv":
        name = {"\t": "tab"}.get(register.delimiter, f'"{register.delimiter}"')
        how += f", separator {name}"
    total = register.problems_total
    _say(
        out,
        f"{register.source} ({how}): {len(register.entries)} rows in force, "
        f"{total} problem{'' if total == 1 else 's'}.",
    )
    shown = register.problems if most is None else register.problems[:most]
    for problem in shown:
        _say(out, f"  {problem}")
    if total > len(shown):
        _say(out, f"  and {total - len(shown)} more")


def print_counts(out: "Console", register: Register, snapshot: Snapshot) -> None:
    """Print the comparison in a line."""
    found = _compare(register, snapshot)
    counts = found.counts
    _say(
        out,
        f"{counts.matched} rows were seen in the last 30 days, {counts.unseen} were not; "
        f"{counts.unregistered} devices are in no row, and {len(found.random)} more with a random "
        f"MAC; {counts.differing} rows differ from what was seen.",
    )
    if counts.unseen or counts.unregistered or counts.differing:
        _say(out, "Which ones: lanwarden register reconcile")


def print_reconciliation(out: "Console", register: Register, snapshot: Snapshot) -> None:
    """Print the whole comparison, part by part."""
    found = _compare(register, snapshot)
    devices = {device.id: device for device in snapshot.devices}
    networks = {network.id: todo.network_name(network) for network in snapshot.networks}
    _part(
        out,
        f"Registered and not seen in the last 30 days: {len(found.unseen)}",
        (
            f"row {one.row.row}  {one.row.name or '-'}  {' '.join(one.row.macs) or one.row.serial}"
            f"  {one.row.division}  {_since(one.last_seen)}"
            for one in found.unseen
        ),
    )
    _part(
        out,
        f"Seen and in no row: {len(found.unregistered)}",
        (_stranger(device, networks) for device in sorted(found.unregistered, key=device_order)),
    )
    _part(
        out,
        f"Seen, in no row, with a random MAC (mostly telephones): {len(found.random)}",
        (_stranger(device, networks) for device in sorted(found.random, key=device_order)),
    )
    _part(
        out,
        f"The register and what was seen differ: {found.counts.differing} rows",
        (
            f"row {one.row.row}  {label(devices[one.device])}  {one.field}: "
            f"{one.registered}; seen: {one.seen}"
            for one in found.differing
        ),
    )
    _part(
        out,
        f"One row on several devices, or one device in several rows: {len(found.doubled)}",
        (
            f"{one.text} ({', '.join(label(devices[name]) for name in one.devices)})"
            for one in found.doubled
        ),
    )


def encode(register: Register, snapshot: Snapshot) -> bytes:
    """The comparison as JSON."""
    found = _compare(register, snapshot)
    made: dict[str, Any] = {
        "schema": 1,
        "register": register.source,
        "rows": len(register.entries),
        "problems": [msgspec.to_builtins(one) for one in register.problems],
        "problems_total": register.problems_total,
        "counts": msgspec.to_builtins(found.counts),
        "unseen": [
            {
                "row": one.row.row, "name": one.row.name, "macs": one.row.macs,
                "serial": one.row.serial, "division": one.row.division,
                "classified": one.row.classified, "last_seen": _moment(one.last_seen),
                "device": one.device or None,
            }
            for one in found.unseen
        ],
        "unregistered": [_entry(device) for device in found.unregistered],
        "random": [_entry(device) for device in found.random],
        "differing": [
            {
                "row": one.row.row, "device": one.device, "field": one.field,
                "registered": one.registered, "seen": one.seen,
            }
            for one in found.differing
        ],
        "doubled": [msgspec.to_builtins(one) for one in found.doubled],
    }  # fmt: skip
    return msgspec.json.format(msgspec.json.encode(made)) + b"\n"


def _compare(register: Register, snapshot: Snapshot) -> Reconciliation:
    return reconcile(register.entries, snapshot.devices, snapshot.taken_at)


def _entry(device: Device) -> dict[str, Any]:
    return {
        "device": device.id, "name": device.name, "macs": device.macs, "vendor": device.vendor,
        "kind": device.kind, "addresses": [one.address for one in device.addresses],
        "network": device.network, "first_seen": _moment(device.first_seen),
        "last_seen": _moment(device.last_seen),
    }  # fmt: skip


def _stranger(device: Device, networks: dict[str, str]) -> str:
    vendor = "random MAC" if device.random_mac else device.vendor
    parts = [
        label(device), " ".join(device.macs), vendor,
        "" if device.kind == "unknown" else device.kind.replace("_", " "),
        networks.get(device.network, ""),
        f"first seen {_day(device.first_seen)}, last {_day(device.last_seen)}",
    ]  # fmt: skip
    return "  ".join(part for part in parts if part)


def _part(out: "Console", title: str, lines: Iterable[str]) -> None:
    out.print(title, style="bold", markup=False)
    for line in lines:
        _say(out, f"  {line}")


def _say(out: "Console", text: str) -> None:
    out.print(text, markup=False, soft_wrap=True)


def _since(at: float | None) -> str:
    return "never seen" if at is None else f"not seen since {_day(at)}"


def _day(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"


def _moment(at: float | None) -> str | None:
    return None if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
