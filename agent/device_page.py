"""One device for people: what is known of it, why it is one device, and why it is that kind."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agent.label import label, label_and_address
from inventory.identities import Explanation
from inventory.identity import Decision
from inventory.snapshot import Device, Snapshot

if TYPE_CHECKING:
    from rich.console import Console

_WORDS = {
    "created": "it was new", "joined": "an interface was added",
    "absorbed": "{other} was found to be the same", "suggested": "{other} may be the same",
    "merged_by_hand": "{other} was merged into it by hand",
    "split_by_hand": "{other} was split from it by hand", "split": "{other} was split from it",
    "kept_apart": "{other} was kept apart", "conflict": "its MAC stands for two systems",
}  # fmt: skip


def print_device(out: "Console", device: Device, why: Explanation, snapshot: Snapshot) -> None:
    """Print everything on one device; moments are in UTC."""
    names = {other.id: label_and_address(other) for other in snapshot.devices}
    _line(out, f"{label(device)}  {device.id}", "bold")
    _facts(out, device)
    _table(out, "Addresses", ("ADDRESS", "KIND", "FIRST SEEN", "LAST SEEN"), (
        (a.address, a.kind, _moment(a.first_seen), _moment(a.last_seen)) for a in device.addresses
    ))  # fmt: skip
    _table(out, "Names", ("NAME", "SOURCE", "LAST SEEN"),
           ((n.name, n.source, _moment(n.last_seen)) for n in device.names))  # fmt: skip
    _table(out, "Services", ("PORT", "STATE", "NAME", "BANNER"), (
        (f"{s.address} {s.transport} {s.port}", s.state, s.name, s.banner) for s in device.services
    ))  # fmt: skip
    _table(out, "Marks", ("KIND", "VALUE", "WHERE", "LAST SEEN"), (
        (m.kind.replace("_", " "), m.value, m.where, _moment(m.last_seen)) for m in device.marks
    ))  # fmt: skip
    _identity(out, device, why, names)
    _table(out, f"Why it is {device.kind}", ("KIND", "WEIGHT", "EVIDENCE", "RULE"), (
        (r.kind, f"{r.weight:.2f}", r.evidence, r.rule) for r in device.kind_reasons
    ))  # fmt: skip


def _facts(out: "Console", device: Device) -> None:
    sure = f", confidence {device.confidence:.2f}" if device.confidence else ""
    rows = [
        ("State", f"{device.state}, last seen {_moment(device.last_seen)}"),
        ("Kind", f"{device.kind}{sure}"),
        ("MACs", ", ".join(device.macs)),
        ("Maker", device.vendor),
        ("Model", device.model or ""),
        ("Serial number", device.serial or ""),
        ("System", " ".join(filter(None, (device.os, device.firmware)))),
        ("First seen", _moment(device.first_seen)),
        ("Register", _register(device)),
    ]
    for title, text in rows:
        if text:
            _line(out, f"  {title:<14} {text}")


def _register(device: Device) -> str:
    row = device.registered
    if row is None:
        return "no row"
    told = [f"row {row.row}", row.name, row.division, row.kind or "", row.serial]
    return ", ".join(filter(None, told)) + (", classified" if row.classified else "")


def _identity(out: "Console", device: Device, why: Explanation, names: dict[str, str]) -> None:
    _line(out, "\nWhy it is one device", "bold")
    for decision in why.decisions:
        _line(out, f"  {_moment(decision.at)}  {sentence(decision, names)}")
    if why.conflict:
        _line(out, f"  Nothing is merged on its evidence: {why.conflict}.", "red")
    if why.moves:
        _line(out, "  It is a card that moves between devices; it is merged with none.")
    for part in why.parts:
        for mac in part.macs[:1]:
            _line(out, f"  To make {mac} a device of its own again:")
            _line(out, f"    lanwarden devices split {device.id} {mac}")
    for other in why.apart:
        _line(out, f"  {_named(other, names)} stays apart: that was said by hand.")
    if why.suggestions:
        _line(out, "\nMay be the same device", "bold")
    for other, suggestion in sorted(why.suggestions.items()):
        _line(out, f"  {_named(other, names)}: {'; '.join(suggestion.reasons)}. If so:")
        _line(out, f"    lanwarden devices merge {device.id} {other}")


def sentence(decision: Decision, names: dict[str, str]) -> str:
    """Say a decision in one sentence."""
    what = _WORDS[decision.action].format(other=_named(decision.other, names))
    return f"{what}: {'; '.join(decision.reasons)}." if decision.reasons else f"{what}."


def _named(device: str, names: dict[str, str]) -> str:
    return f"{device} ({names[device]})" if device in names else device


def _table(
    out: "Console", title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]
) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    held = list(rows)
    if not held:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in held:
        table.add_row(*(Text(cell) for cell in row))
    _line(out, f"\n{title}", "bold")
    out.print(table)


def _line(out: "Console", text: str, style: str = "") -> None:
    from rich.text import Text

    out.print(Text(text, style=style), soft_wrap=True)


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%SZ}" if at else "never"
