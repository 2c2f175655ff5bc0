"""What is known without touching the LAN: the store, read only, as a snapshot with findings."""

import time
from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec

from agent.config.sections import Config
from agent.errors import MissingRefusal, Refusal
from agent.plan import inventory_settings
from checks.verdict import Finding
from inventory.history import Assessed, nearest
from inventory.inventory import Inventory
from inventory.saved import Saved
from inventory.snapshot import CollectorRun, InventoryEvent, Registered, Snapshot, TapState
from inventory.store import Store, StoreError
from inventory.vendor import vendor_of


def known_snapshot(
    config: Config, path: Path, entries: Sequence[Registered] | None = None
) -> Snapshot:
    """Return what the store holds. Raises MissingRefusal when there is none, Refusal otherwise.

    `entries`: the register as it is now; without, devices have the rows they were stored with.
    """
    snapshot = known_inventory(config, path, entries).snapshot(time.time())
    return msgspec.structs.replace(snapshot, tap=_tap_of(snapshot.runs))


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
    now = time.time()
    inventory = Inventory(inventory_settings(config), vendor_of, _as_left(saved, now))
    if entries is not None:
        inventory.set_register(entries, now)
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


def known_readiness_at(path: Path, wanted: float) -> Assessed:
    """The assessment that was in force at a moment, else the first after it.

    Raises MissingRefusal when none is kept, Refusal when the store cannot be read.
    """
    store = _open(path)
    try:
        at = nearest(store.readiness_moments(), wanted)
        found = store.readiness_at(at) if at is not None else None
    except StoreError as error:
        raise Refusal(str(error)) from None
    finally:
        store.close()
    if at is None:
        raise MissingRefusal(
            "no assessment is kept yet; lanwarden run keeps one after each readiness scan, "
            "lanwarden scan --config FILE after itself"
        )
    if found is None:
        raise Refusal(f"the assessment in {path} cannot be read; name another date")
    return found


def _as_left(saved: Saved, now: float) -> Saved:
    """What was saved, with the links as heard for as long as when the agent last wrote."""
    left_at = max((run.finished_at for run in saved.runs), default=now)
    networks = tuple(
        msgspec.structs.replace(one, listening_since=one.listening_since + (now - left_at))
        if one.listening_since is not None
        else one
        for one in saved.networks
    )
    return msgspec.structs.replace(saved, networks=networks, as_left=True)


def _tap_of(runs: Sequence[CollectorRun]) -> TapState:
    """Whether the agent had a tap when it last ran: what it heard then is what is judged."""
    from collectors import catalogue

    tapped = {entry.name for entry in catalogue.CATALOGUE if entry.needs_tap}
    latest = max(
        (run for run in runs if run.name in tapped),
        key=lambda run: run.finished_at,
        default=None,
    )
    if latest is None:
        return TapState(False, "no collector that needs it has run yet")
    available = latest.status != "skipped" or not (latest.reason or "").startswith("no tap")
    return TapState(available, "" if available else latest.reason or "")


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
