"""`lanwarden scan`: one pass from a cold start to a snapshot, with or without a store."""

import asyncio
import contextlib
import time
from collections.abc import Collection
from pathlib import Path

import msgspec

from agent.config.sections import Config
from agent.keeper import Keeper
from agent.plan import Memories, inventory_settings, tap_settings
from agent.presence import ask_contested, cross
from agent.runner import Runner
from agent.scan import Pass, Progress
from agent.scope import scope_of
from agent.tap_session import TapSession, TapSettings
from agent.upstream import upstream_options
from checks.verdict import Finding
from collectors import catalogue
from collectors.contract import CollectorError, Limits
from collectors.scope import Scope
from inventory.inventory import Inventory
from inventory.kinds.rules import table
from inventory.snapshot import Snapshot
from inventory.vendor import vendor_of

LISTEN_S = 3.0
CONTEST_S = 0.5


class Result(msgspec.Struct, frozen=True):
    """What a pass found. `store_problem`: why it was not kept. `planned`: a dry run's lines."""

    snapshot: Snapshot
    findings: tuple[Finding, ...]
    started_at: float
    finished_at: float
    store_problem: str = ""
    planned: tuple[str, ...] = ()
    tap_missing: str = ""
    tap_remedy: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether no part of the pass failed."""
        return not self.store_problem and all(run.status != "failed" for run in self.snapshot.runs)


async def one_pass(
    config: Config,
    names: Collection[str],
    store: Path | None,
    progress: Progress,
    dry_run: bool = False,
) -> Result:
    """Make one pass over the scope of the config; with a store, start from it and add to it.

    With no networks in scope it listens for a moment and looks at the own host only. Raises
    UsageRefusal for an interface that does not exist, CollectorError when own interfaces cannot be
    read, StoreError when the store cannot be opened.
    """
    from checks import registry
    from collectors.netlink import read_links

    started_at = time.time()
    scope = scope_of(config, read_links())
    keeper = Keeper(store, time.time) if store is not None else None
    saved = await keeper.open(()) if keeper is not None else None
    await asyncio.to_thread(table)
    inventory = Inventory(inventory_settings(config), vendor_of, saved)
    inventory.set_scope(scope)
    tap = TapSession(inventory.apply, inventory.set_tap)
    try:
        settings = tap_settings(config, scope, dry_run)
        await _start(tap, settings)
        inventory.set_tap(tap.state, time.time())
        limits = Limits()
        whole = Pass(
            runner=Runner(inventory.apply, inventory.record_run),
            scope=scope,
            limits=limits,
            pace_per_second=config.tap.pace_per_second,
            targets=inventory.targets,
            tap=lambda: (tap.client, tap.missing),
            consented=config.posture.default_community,
            options=Memories(limits, time.monotonic, store).options(config),
            learnt=lambda: upstream_options(config, inventory.snapshot(time.time())),
        )
        await whole.run(_allowed(names, dry_run), progress=progress)
        await _settle_contests(tap, scope, inventory)
        if not scope.networks and tap.client is not None:
            await asyncio.sleep(LISTEN_S)
        planned = tuple(tap.client.planned) if dry_run and tap.client is not None else ()
    finally:
        await tap.close()
    # The tap has ended because we ended it; that is no reason to know less.
    ended = msgspec.structs.replace(tap.state, available=not tap.missing, reason=tap.missing)
    inventory.set_tap(ended, time.time())
    inventory.decide_identities(time.time())
    snapshot = inventory.snapshot(time.time())
    findings = registry.judge(snapshot)
    problem = await _keep(keeper, inventory, snapshot, findings)
    return Result(
        snapshot, findings, started_at, time.time(), problem, planned, tap.missing, tap.remedy
    )


async def _start(tap: TapSession, settings: TapSettings) -> None:
    try:
        await tap.start(settings)
    except CollectorError:
        return  # a tap that cannot watch can still be asked to sweep


async def _settle_contests(tap: TapSession, scope: Scope, inventory: Inventory) -> None:
    if tap.client is None:
        return
    with contextlib.suppress(CollectorError):
        await cross(tap.client, scope, inventory, time.time)
        if not inventory.contested():
            return
        await asyncio.sleep(CONTEST_S)
        await ask_contested(tap.client, scope, inventory.contested())


async def _keep(
    keeper: Keeper | None,
    inventory: Inventory,
    snapshot: Snapshot,
    findings: tuple[Finding, ...],
) -> str:
    if keeper is None:
        return ""
    from agent.readiness import kept
    from checks.readiness.assessment import assess

    inventory.end_first_pass(time.time())
    await keeper.commit(inventory.take_changes())
    problem = keeper.problem
    if not problem:
        await keeper.keep_readiness(kept(snapshot, findings, assess(snapshot, findings)))
    await keeper.close()
    return problem


def _allowed(names: Collection[str], dry_run: bool) -> frozenset[str]:
    """Leave out, in a dry run, what would send past the tap."""
    if not dry_run:
        return frozenset(names)
    entries = map(catalogue.by_name, names)
    return frozenset(entry.name for entry in entries if entry.needs_tap or not entry.active)
