"""Tables for people: devices, findings, events, collectors that could not do their part."""

import ipaddress
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any

from agent.label import label
from checks.verdict import Finding
from inventory.snapshot import Device, InventoryEvent, Snapshot

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

PIPE_WIDTH = 170
STATE_STYLES = {"up": "green", "down": "bold red", "asleep": "blue", "unknown": "dim"}
SEVERITY_STYLES = {
    "critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan", "info": "dim",
}  # fmt: skip
SEVERITIES = tuple(SEVERITY_STYLES)
MOST_IPV6 = 3
WIDE = 150
ROOMY = 110
LONGEST_IPV6 = 39
_WHOLE: dict[str, Any] = {"no_wrap": True}
_FOLDED: dict[str, Any] = {"overflow": "fold"}
WIDE_COLUMNS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("NAME", {"min_width": 22, **_FOLDED}),
    ("KIND", {}),
    ("VENDOR", {"max_width": 20, "overflow": "ellipsis", "no_wrap": True}),
    ("IPV4", _WHOLE),
    ("IPV6", _WHOLE),
    ("MAC", _WHOLE),
    ("STATE", _WHOLE),
    ("SERVICES", _FOLDED),
)
NARROW_COLUMNS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("NAME, KIND", {"min_width": 10, **_FOLDED}),
    ("ADDRESSES", {"min_width": 15, **_FOLDED}),
    ("MAC, VENDOR", {"min_width": 12, **_FOLDED}),
    ("STATE", _WHOLE),
    ("SERVICES", {"min_width": 8, **_FOLDED}),
)


def console(stream: IO[str]) -> "Console":
    """Return a console for the stream; into a pipe it writes wide, plain lines."""
    from rich.console import Console

    wide = None if stream.isatty() else PIPE_WIDTH
    return Console(file=stream, width=wide, highlight=False, soft_wrap=False)


def print_devices(out: "Console", snapshot: Snapshot) -> None:
    """Print the devices, one row each, by address; a narrow terminal gets fewer, taller columns."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    wide = out.width >= WIDE
    for title, options in WIDE_COLUMNS if wide else NARROW_COLUMNS:
        roomy = title == "ADDRESSES" and out.width >= ROOMY
        table.add_column(title, **({"min_width": LONGEST_IPV6} if roomy else options))
    for device in sorted(snapshot.devices, key=device_order):
        table.add_row(*(_wide_cells(device) if wide else _narrow_cells(device)))
    if snapshot.devices:
        out.print(table)
    else:
        out.print("No device is known.")


def print_findings(out: "Console", findings: Iterable[Finding], snapshot: Snapshot) -> None:
    """Print the findings given, with evidence in the summary and the remedy below."""
    names = {f"device:{device.id}": label(device) for device in snapshot.devices}
    names |= {
        f"network:{network.id}": network.interface or " ".join(network.ipv4 + network.ipv6)
        for network in snapshot.networks
    }
    for finding in findings:
        wrong = finding.verdict in ("fail", "warn")
        word = str(finding.severity) if wrong else finding.verdict.replace("_", " ")
        style = SEVERITY_STYLES.get(word, "green" if finding.verdict == "pass" else "dim")
        subject = names.get(finding.subject, finding.subject)
        reason = f" ({finding.reason.replace('_', ' ')})" if finding.reason else ""
        out.print(
            _text((f"{word:<9}", style), (f"{subject}: ", "bold"), (finding.summary + reason, "")),
            soft_wrap=True,
        )
        if finding.remedy:
            out.print(_text((f"{'':9}{finding.remedy}", "dim")), soft_wrap=True)


def print_todo(out: "Console", findings: Sequence[Finding], snapshot: Snapshot) -> None:
    """Print what needs doing, worst first, or that nothing does."""
    todo = needs_doing(findings)
    if todo:
        out.print(_text(("What needs doing", "bold")))
        print_findings(out, todo, snapshot)
    elif findings:
        out.print("No check found anything that needs doing.")


def print_events(out: "Console", events: Iterable[InventoryEvent], snapshot: Snapshot) -> None:
    """Print events, newest first."""
    names = {device.id: label(device) for device in snapshot.devices}
    shown = False
    for event in events:
        shown = True
        moment = datetime.fromtimestamp(event.at, UTC).astimezone()
        out.print(
            _text(
                (f"{moment:%Y-%m-%d %H:%M:%S}  ", "dim"),
                (f"{event.kind.replace('_', ' '):<18}", "bold"),
                (f"{names.get(event.device, event.device)}  ", ""),
                (event.detail, ""),
            ),
            soft_wrap=True,
        )
    if not shown:
        out.print("Nothing has happened yet.")


def print_gaps(out: "Console", snapshot: Snapshot) -> None:
    """Print what the collectors could not do, and why."""
    for run in snapshot.runs:
        if run.status != "ok":
            style = "red" if run.status == "failed" else "dim"
            out.print(
                _text((f"{run.name} {run.status}: ", style), (run.reason or "", "")),
                soft_wrap=True,
            )


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
    unseen = sum(device.groups_unseen for device in devices)
    if unseen:
        parts.append(f"at least {unseen} IPv6 addresses that nothing has shown yet")
    out.print(", ".join(parts))


def needs_doing(findings: Iterable[Finding]) -> list[Finding]:
    """Return failures and warnings, worst first."""
    wrong = (finding for finding in findings if finding.verdict in ("fail", "warn"))
    return sorted(
        wrong,
        key=lambda finding: (
            finding.verdict != "fail",
            SEVERITIES.index(str(finding.severity)),
            finding.check,
            finding.subject,
        ),
    )


def device_order(device: Device) -> tuple[int, str, str]:
    """Order devices by their first IPv4 address, those without one last."""
    first = next((a.address for a in device.addresses if a.family == "ipv4"), "")
    number = int(ipaddress.IPv4Address(first)) if first else 2**32
    return number, device.name, device.id


def _wide_cells(device: Device) -> "tuple[Text, ...]":
    return (
        _name(device),
        _text((device.kind.replace("_", " "), "")),
        _vendor(device),
        _text(("\n".join(_ipv4(device)), "")),
        _ipv6(device),
        _text(("\n".join(device.macs), "")),
        _text((device.state, STATE_STYLES[device.state])),
        _text((_services(device), "")),
    )


def _narrow_cells(device: Device) -> "tuple[Text, ...]":
    addresses = _text(("".join(f"{one}\n" for one in _ipv4(device)), ""))
    macs = _text(("".join(f"{one}\n" for one in device.macs), ""))
    return (
        _name(device).append(f"\n{device.kind.replace('_', ' ')}", style="dim"),
        addresses.append_text(_ipv6(device)),
        macs.append_text(_vendor(device)),
        _text((device.state, STATE_STYLES[device.state])),
        _text((_services(device), "")),
    )


def _name(device: Device) -> "Text":
    style = "bold" if device.name else "dim"
    return _text((device.name or device.id, style), (" (this agent)" if device.own else "", "dim"))


def _vendor(device: Device) -> "Text":
    return _text(("random MAC", "dim")) if device.random_mac else _text((device.vendor, ""))


def _ipv4(device: Device) -> list[str]:
    return [one.address for one in device.addresses if one.family == "ipv4"]


def _ipv6(device: Device) -> "Text":
    known = [one for one in device.addresses if one.family == "ipv6"]
    wider = [one.address for one in known if one.kind != "link-local"]
    every = wider or [one.address for one in known]
    more = len(every) - MOST_IPV6
    return _text(
        ("\n".join(every[:MOST_IPV6]), "" if wider else "dim"),
        (f"\nand {more} more" if more > 0 else "", "dim"),
    )


def _services(device: Device) -> str:
    return " ".join(
        dict.fromkeys(one.name or str(one.port) for one in device.services if one.state == "open")
    )


def _text(*parts: tuple[str, str]) -> "Text":
    """Build styled text; what stands in it is never read as markup."""
    from rich.text import Text

    return Text.assemble(*parts)
