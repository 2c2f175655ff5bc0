"""`lanwarden devices`: what is known, without touching the LAN; why, and corrections by hand."""

import sys
from typing import TYPE_CHECKING

from cyclopts import App

from agent.commands.options import AsJson, ConfigFile, path_of_store
from agent.errors import EXIT_DONE, EXIT_INCOMPLETE, UsageRefusal

if TYPE_CHECKING:
    from agent.config.sections import Config
    from inventory.inventory import Inventory
    from inventory.orders import Action
    from inventory.snapshot import Device, Snapshot

app = App(
    name="devices",
    help_epilogue="""\
Reads the store that the agent keeps; sends nothing.

Examples:
  lanwarden devices
  lanwarden devices show 10.66.7.21
  lanwarden devices merge d-bv3qk7hd2a d-x7f2m4pq6c
  lanwarden devices split d-bv3qk7hd2a 00:1b:a9:00:00:09
  lanwarden devices --json | jq -r '.devices[] | select(.state == "down") | .name'
""",
)


@app.default
def devices(*, json: AsJson = False, config: ConfigFile = None) -> int:
    """Show the devices that are known."""
    from agent.config.paths import read_config
    from agent.known import known_findings, known_snapshot

    settings = read_config(config)
    snapshot = known_snapshot(settings, path_of_store(settings))
    if json:
        from exporters import document as documents

        findings = known_findings(snapshot, None)
        made = documents.document(snapshot, findings, snapshot.taken_at, snapshot.taken_at)
        sys.stdout.buffer.write(documents.encode(made, pretty=True))
        return EXIT_DONE
    from agent import table

    out = table.console(sys.stdout)
    table.print_devices(out, snapshot)
    table.print_counts(out, snapshot)
    table.print_suggested(out, snapshot)
    return EXIT_DONE


@app.command
def show(device: str, *, json: AsJson = False, config: ConfigFile = None) -> int:
    """Show one device: what is known, why it is one device, and why it is that kind.

    Parameters
    ----------
    device
        Its id, a MAC, an address or a name.
    """
    _, snapshot, inventory = _known(config)
    found = _find(snapshot, inventory, device)
    why = inventory.explain(found.id)
    if json:
        import msgspec

        text = msgspec.json.encode({"device": found, "identity": why})
        sys.stdout.buffer.write(msgspec.json.format(text) + b"\n")
        return EXIT_DONE
    from agent import table
    from agent.device_page import print_device

    print_device(table.console(sys.stdout), found, why, snapshot)
    return EXIT_DONE


@app.command
def merge(device: str, other: str, *, config: ConfigFile = None) -> int:
    """Merge two devices that are one; the agent never splits them again by itself.

    Parameters
    ----------
    device
        The device that keeps its id: an id, a MAC, an address or a name.
    other
        The device that becomes a part of it.
    """
    settings, snapshot, inventory = _known(config)
    kept = _find(snapshot, inventory, device)
    gone = _find(snapshot, inventory, other)
    if kept.id == gone.id:
        raise UsageRefusal(f'"{device}" and "{other}" are one device already: {kept.id}')
    return _order(settings, "merge", kept.id, gone.id)


@app.command
def split(device: str, mac: str, *, config: ConfigFile = None) -> int:
    """Make what a MAC brought into a device one of its own again; they are never merged again.

    Parameters
    ----------
    device
        The device: its id, a MAC, an address or a name.
    mac
        One of its MACs, as `lanwarden devices show` lists them.
    """
    from agent.device_finder import canonical_mac

    settings, snapshot, inventory = _known(config)
    found = _find(snapshot, inventory, device)
    wanted = canonical_mac(mac)
    if wanted not in found.macs:
        has = ", ".join(found.macs) or "none"
        raise UsageRefusal(f'{found.id} has no MAC "{mac}"; it has {has}')
    if len(found.macs) == 1:
        raise UsageRefusal(f"{found.id} has one MAC only; there is nothing to split")
    return _order(settings, "split", found.id, wanted)


def _known(config: ConfigFile) -> "tuple[Config, Snapshot, Inventory]":
    import time

    from agent.config.paths import read_config
    from agent.known import known_inventory

    settings = read_config(config)
    inventory = known_inventory(settings, path_of_store(settings))
    return settings, inventory.snapshot(time.time()), inventory


def _find(snapshot: "Snapshot", inventory: "Inventory", text: str) -> "Device":
    from agent.device_finder import find

    return find(snapshot, inventory.holder(text.strip().lower()) or text)


def _order(config: "Config", action: "Action", device: str, other: str) -> int:
    from agent.by_hand import order

    outcome = order(config, path_of_store(config), action, device, other)
    if outcome is None:
        print(
            "The agent holds the store and has not answered yet; the order is kept and will be "
            "carried out. See: lanwarden events"
        )
        return EXIT_INCOMPLETE
    if not outcome.done:
        raise UsageRefusal(outcome.text)
    print(f"{outcome.text}.")
    return EXIT_DONE
