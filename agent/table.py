"""Tables for people: devices, findings, events, collectors that could not do their part."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any

from agent import todo
from agent.label import device_order, label, label_and_address
from checks.verdict import Finding
from inventory.snapshot import Device, InventoryEvent, Snapshot

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    Cells = Callable[[Device, set[str]], tuple[Text, ...]]

PIPE_WIDTH = 170
PAPER_WIDTH = 100  # longer lines of prose tire the eye
PAPER_PIPE = 80
STATE_STYLES = {"up": "green", "down": "bold red", "asleep": "blue", "unknown": "dim"}
SEVERITY_STYLES = {
    "critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan", "info": "dim",
}  # fmt: skip
MOST_ADDRESSES = 3
WIDE = 170
MIDDLING = 112
NARROW = 72
INDENT = 9
_WHOLE: dict[str, Any] = {"no_wrap": True}
_FOLDED: dict[str, Any] = {"overflow": "fold"}
# No column has a least width: rich would crop the last columns to keep it.
WIDE_COLUMNS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("NAME", _FOLDED),
    ("KIND", {"max_width": 14, **_FOLDED}),
    ("VENDOR", {"max_width": 16, **_FOLDED}),
    ("IPV4", _WHOLE),
    ("IPV6", _WHOLE),
    ("MAC", _WHOLE),
    ("STATE", _WHOLE),
    ("SERVICES", {"max_width": 14, **_FOLDED}),
)
MIDDLING_COLUMNS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("NAME, KIND", _FOLDED),
    ("ADDRESSES", _WHOLE),
    ("MAC, VENDOR", {"max_width": 30, **_FOLDED}),
    ("STATE", _WHOLE),
    ("SERVICES", {"max_width": 30, **_FOLDED}),
)
NARROW_COLUMNS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("NAME, KIND, VENDOR, SERVICES", _FOLDED),
    ("ADDRESSES, MAC", _WHOLE),
    ("STATE", _WHOLE),
)
LEAST_COLUMNS = tuple((title, _FOLDED) for title, _ in NARROW_COLUMNS)


def console(stream: IO[str]) -> "Console":
    """Return a console for the stream; into a pipe it writes wide, plain lines."""
    from rich.console import Console

    wide = None if stream.isatty() else PIPE_WIDTH
    return Console(file=stream, width=wide, highlight=False, soft_wrap=False)


class Paper:
    """Writes lines that are wrapped between words, later ones indented; 80 columns into a pipe."""

    def __init__(self, out: "Console") -> None:
        self._out = out
        self.width = max(40, min(out.width, PAPER_WIDTH if out.is_terminal else PAPER_PIPE))

    def line(self, *parts: tuple[str, str], hang: int = 0) -> None:
        """Write styled parts as one paragraph; its second line begins `hang` columns in."""
        text = _text(*parts)
        room = self.width - hang
        head = text.wrap(self._out, self.width)[0] if text.plain.strip() else text
        rest = text[len(head) :]
        rest = rest[len(rest.plain) - len(rest.plain.lstrip()) :]
        lines = [head, *(rest.wrap(self._out, room) if rest.plain else ())]
        for number, one in enumerate(lines):
            one.rstrip()
            self._out.print(_text((" " * hang if number else "", "")).append_text(one),
                            soft_wrap=True)  # fmt: skip


def print_devices(out: "Console", snapshot: Snapshot) -> None:
    """Print the devices, one row each, by address; a narrow terminal gets fewer, taller columns."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    columns, cells = _layout(out.width)
    for title, options in columns:
        table.add_column(title, **options)
    contested = todo.contested(snapshot)
    for device in sorted(snapshot.devices, key=device_order):
        table.add_row(*cells(device, contested.get(device.id, set())))
    if snapshot.devices:
        out.print(table)
    else:
        out.print("No device is known.")


def print_findings(out: "Console", findings: Iterable[Finding], snapshot: Snapshot) -> None:
    """Print the findings given, by check: its title, a line per subject, the remedy once."""
    for task in todo.by_check(findings, snapshot, todo.titles(), lambda _: True):
        _hang(out, _text((task.title, "bold"), (f" · {task.tally} · {task.check}", "dim")), 0)
        for concern in task.concerns:
            finding = concern.finding
            reason = f" ({finding.reason.replace('_', ' ')})" if finding.reason else ""
            word = _word(finding)
            style = SEVERITY_STYLES.get(word, "green" if finding.verdict == "pass" else "dim")
            head = _text((f"{word:<{INDENT}}", style), (f"{concern.who}: ", "bold"))
            _hang(out, head.append_text(_text((finding.summary + reason, ""))))
        if task.remedy:
            _hang(out, _text((" " * INDENT + task.remedy, "dim")))
        out.print()


def print_todo(
    out: "Console", findings: Sequence[Finding], snapshot: Snapshot, *, conflicts: bool = True
) -> None:
    """Print what needs doing, worst first, or that nothing does; `conflicts`: addresses too."""
    tasks = todo.tasks(findings, snapshot, todo.titles())
    tasks = tuple(task for task in tasks if conflicts or not task.duplicates)
    if tasks:
        out.print(_text(("What needs doing", "bold")))
        for task in tasks:
            _print_task(out, task)
        if any(task.count > todo.MOST_NAMED for task in tasks):
            out.print(_text(("Every name: lanwarden findings --all", "dim")))
    elif findings:
        out.print("No check found anything that needs doing.")


def print_events(out: "Console", events: Iterable[InventoryEvent], snapshot: Snapshot) -> None:
    """Print events, newest first; moments are in UTC."""
    devices = {device.id: label(device) for device in snapshot.devices}
    networks = {network.id: todo.network_name(network) for network in snapshot.networks}
    shown = False
    for event in events:
        shown = True
        about = devices.get(event.device, event.device)
        where = about or networks.get(event.network, event.network)
        _hang(
            out,
            _text(
                (f"{datetime.fromtimestamp(event.at, UTC):%Y-%m-%d %H:%M:%SZ}  ", "dim"),
                (f"{event.kind.replace('_', ' '):<18}", "bold"),
                (f"{where}  " if where else "", ""),
                (event.detail, ""),
            ),
            22,
        )
    if not shown:
        out.print("Nothing has happened yet.")


def print_gaps(out: "Console", snapshot: Snapshot) -> None:
    """Print what the collectors could not do, and why."""
    for run in snapshot.runs:
        if run.status != "ok":
            style = "red" if run.status == "failed" else "dim"
            _hang(out, _text((f"{run.name} {run.status}: ", style), (run.reason or "", "")), 2)


def print_counts(out: "Console", snapshot: Snapshot) -> None:
    """Print how many devices there are, by family and state."""
    devices = snapshot.devices
    both = [{address.family for address in device.addresses} for device in devices]
    parts = [
        f"{len(devices)} devices",
        f"{sum('ipv4' in families for families in both)} with IPv4",
        f"{sum('ipv6' in families for families in both)} with IPv6",
    ]
    down = sum(device.state == "down" for device in devices)
    if down:
        parts.append(f"{down} down")
    contested = len(todo.duplicates(snapshot))
    if contested:
        parts.append(f"{contested} duplicate address{'es' if contested > 1 else ''}")
    unseen = sum(device.groups_unseen for device in devices)
    if unseen:
        parts.append(f"at least {unseen} more IPv6 addresses in use, not seen in full yet")
    _hang(out, _text((", ".join(parts), "")), 0)


def print_suggested(out: "Console", snapshot: Snapshot, *, kept: bool = True) -> None:
    """Print which devices may be one and the same, with the commands that tell why and merge them.

    Not `kept`: nothing that was found is in a store, so there is nothing yet to merge.
    """
    known = {device.id: device for device in snapshot.devices}
    pairs = sorted(
        {
            tuple(sorted((one.id, other), key=lambda name: (known[name].first_seen, name)))
            for one in snapshot.devices
            for other in one.suggested
            if other in known
        },
        key=lambda pair: [device_order(known[name]) for name in pair],
    )
    for first, second in pairs[: todo.MOST_NAMED]:
        both = f"{label_and_address(known[first])} and {label_and_address(known[second])}"
        _hang(out, _text((f"{both} may be one device", "")), 0)
        if kept:
            _hang(out, _text((f"  why: lanwarden devices show {first}", "dim")), 0)
            _hang(out, _text((f"  if so: lanwarden devices merge {first} {second}", "dim")), 0)
    if (more := len(pairs) - todo.MOST_NAMED) > 0:
        _hang(out, _text((f"{more} more pairs may be one device each", "")), 0)
    if pairs and not kept:
        text = "lanwarden run, or a scan with --config, keeps what it takes to merge them"
        _hang(out, _text((text, "dim")), 0)


def _print_task(out: "Console", task: todo.Task) -> None:
    style = SEVERITY_STYLES[task.severity]
    head = _text((f"{task.severity:<{INDENT}}", style), (task.title, "bold"))
    _hang(out, head.append(f": {task.outcome}"))
    for duplicate in task.duplicates[: todo.MOST_NAMED]:
        _hang(out, _text((" " * INDENT + str(duplicate), "")))
    more = task.count - todo.MOST_NAMED
    rest = f" and {more} more" if more > 0 else ""
    if task.count == 1 and task.concerns:
        only = task.concerns[0]
        _hang(out, _text((f"{'':{INDENT}}{only.who}: {only.finding.summary}", "")))
    elif task.concerns:
        names = ", ".join(concern.who for concern in task.concerns[: todo.MOST_NAMED])
        _hang(out, _text((f"{'':{INDENT}}{names}{rest}", "")))
    elif rest:
        _hang(out, _text((f"{'':{INDENT - 1}}{rest}", "")))
    _hang(out, _text((" " * INDENT + task.remedy, "dim")))


def _hang(out: "Console", text: "Text", indent: int = INDENT) -> None:
    """Print a paragraph; on a terminal it wraps between words, later lines indented."""
    if not out.is_terminal or out.width <= 2 * indent:
        out.print(text, soft_wrap=True)
        return
    first = text.wrap(out, out.width)[0]
    rest = text[len(first) :]
    rest = rest[len(rest.plain) - len(rest.plain.lstrip()) :]
    first.rstrip()
    out.print(first, soft_wrap=True)
    for line in rest.wrap(out, out.width - indent) if rest.plain else ():
        line.rstrip()
        out.print(_text((" " * indent, "")).append_text(line), soft_wrap=True)


def _word(finding: Finding) -> str:
    wrong = todo.is_wrong(finding)
    return str(finding.severity) if wrong else finding.verdict.replace("not_applicable", "n/a")


def _layout(width: int) -> "tuple[tuple[tuple[str, dict[str, Any]], ...], Cells]":
    if width >= WIDE:
        return WIDE_COLUMNS, _wide_cells
    if width >= MIDDLING:
        return MIDDLING_COLUMNS, _middling_cells
    return NARROW_COLUMNS if width >= NARROW else LEAST_COLUMNS, _narrow_cells


def _wide_cells(device: Device, contested: set[str]) -> "tuple[Text, ...]":
    return (
        _name(device),
        _text((device.kind.replace("_", " "), "")),
        _vendor(device),
        _addresses(_ipv4(device), contested),
        _ipv6(device, contested),
        _addresses(device.macs, set()),
        _state(device),
        _text((_services(device), "")),
    )


def _middling_cells(device: Device, contested: set[str]) -> "tuple[Text, ...]":
    return (
        _stack(_name(device), _kind(device)),
        _stack(_addresses(_ipv4(device), contested), _ipv6(device, contested)),
        _stack(_addresses(device.macs, set()), _vendor(device)),
        _state(device),
        _text((_services(device), "")),
    )


def _narrow_cells(device: Device, contested: set[str]) -> "tuple[Text, ...]":
    return (
        _stack(_name(device), _kind(device), _vendor(device), _text((_services(device), ""))),
        _stack(
            _addresses(_ipv4(device), contested),
            _ipv6(device, contested),
            _addresses(device.macs, set(), "dim"),
        ),
        _state(device),
    )


def _state(device: Device) -> "Text":
    """The state, with the reason where the agent has one for not knowing it."""
    shown = _text((device.state, STATE_STYLES[device.state]))
    if device.state_reason in ("", "never_heard", "no_evidence"):
        return shown
    return _stack(shown, _text((device.state_reason.replace("_", " "), "dim")))


def _kind(device: Device) -> "Text":
    return _text((device.kind.replace("_", " "), "dim"))


def _name(device: Device) -> "Text":
    own = (" (this agent)" if device.own else "", "dim")
    if device.name:
        return _text((device.name, "bold"), own)
    return _text((label(device), ""), own, (f"\n{device.id}", "dim"))


def _vendor(device: Device) -> "Text":
    return _text(("random MAC", "dim")) if device.random_mac else _text((device.vendor, ""))


def _ipv4(device: Device) -> list[str]:
    return [one.address for one in device.addresses if one.family == "ipv4"]


def _ipv6(device: Device, contested: set[str]) -> "Text":
    known = [one for one in device.addresses if one.family == "ipv6"]
    wider = [one.address for one in known if one.kind != "link-local"]
    style = "" if wider else "dim"
    return _addresses(wider or [one.address for one in known], contested, style)


def _addresses(addresses: Sequence[str], contested: set[str], style: str = "") -> "Text":
    """One address a line, at most `MOST_ADDRESSES`; those that others use too say so."""
    shown = addresses[:MOST_ADDRESSES]
    lines = [
        _text((one, style), ("\nduplicate" if one in contested else "", "bold red"))
        for one in shown
    ]
    more = len(addresses) - len(shown)
    return _stack(*lines, _text((f"and {more} more" if more else "", "dim")))


def _stack(*lines: "Text") -> "Text":
    from rich.text import Text

    return Text("\n").join(line for line in lines if line)


def _services(device: Device) -> str:
    return " ".join(
        dict.fromkeys(one.name or str(one.port) for one in device.services if one.state == "open")
    )


def _text(*parts: tuple[str, str]) -> "Text":
    """Build styled text; what stands in it is never read as markup."""
    from rich.text import Text

    return Text.assemble(*parts)
