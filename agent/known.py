"""What is known without touching the LAN: the store, read only, as a snapshot with findings."""

import time
from collections.abc import Collection, Sequence
from pathlib import Path

from agent.config.sections import Config
from agent.errors import MissingRefusal, Refusal
from agent.plan import inventory_settings
from checks.verdict import Finding
from inventory.inventory import Inventory
from inventory.snapshot import InventoryEvent, Registered, Snapshot
from inventory.store import Store, StoreError
from inventory.vendor import vendor_of


def known_snapshot(
    config: Config, path: Path, entries: Sequence[Registered] | None = None
) -> Snapshot:
    """Return what the store holds. Raises MissingRefusal when there is none, Refusal otherwise.

    `entries`: the register as it is now; without, devices have the rows they were stored with.
    """
    return known_inventory(config, path, entries).snapshot(time.time())


def known_inventory(
    config: Config, path: Path, entries: Sequence[Registered] | None = None
) -> Inventory:
    """Return the inventory as the store holds it, to read. Raises as `known_snapshot` does."""
    store = _open(path)
    try:
        saved = store.load()
    except StoreError as error:
        raise Refusal(str(error)) from None
    finally:
        store.close()
    inventory = Inventory(inventory_settings(config), vendor_of, saved)
    if entries is not None:
        inventory.set_register(entries, time.time())
    return inventory


def known_events(path: Path, limit: int, since: float | None) -> tuple[InventoryEvent, ...]:
    """Return the newest events, newest first."""
    store = _open(path)
    try:
        return store.events(limit, since)
    except StoreError as error:
        raise Refusal(str(error)) from None
    finally:
        store.close()


def known_findings(snapshot: Snapshot, names: Collection[str] | None) -> tuple[Finding, ...]:
    """Judge a snapshot, with the named checks or all."""
    from checks import registry

    return registry.judge(snapshot, names)


def _open(path: Path) -> Store:
    if not path.exists():
        raise MissingRefusal(
            f"nothing is known yet: {path} does not exist; start lanwarden run, "
            "or lanwarden scan --config FILE"
        )
    try:
        return Store.open_readonly(path)
    except StoreError as error:
        raise Refusal(str(error)) from None
