"""The assessment as the agent's surfaces need it: named, dated, and kept."""

import asyncio
from collections.abc import Collection
from datetime import datetime

from agent import todo
from agent.keeper import Keeper
from agent.label import first_address, label
from agent.scan import DISCOVERY
from checks.readiness import history
from checks.readiness.assessment import Readiness
from checks.verdict import Finding
from exporters.readiness import Names
from inventory.history import Assessed
from inventory.snapshot import Snapshot

DAY_S = 86400.0


def names(titles: dict[str, str] | None = None) -> Names:
    """What things are called on every surface; without `titles` every check is imported."""
    return Names(
        device=label,
        address=first_address,
        network=todo.network_name,
        titles=todo.titles() if titles is None else titles,
    )


def kept(snapshot: Snapshot, findings: tuple[Finding, ...], readiness: Readiness) -> Assessed:
    """What the store keeps of an assessment."""
    called = {one.id: label(one) for one in snapshot.devices}
    called |= {one.id: todo.network_name(one) for one in snapshot.networks}
    return history.assessed(snapshot, findings, readiness, called)


class Log:
    """Keeps an assessment after each pass that could change it, and once a day in any case.

    Discovery runs every few minutes: it counts only when nothing was kept for a day.
    """

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._due = 0.0

    def ran(self, names: Collection[str], at: float) -> None:
        """A pass of these collectors has ended."""
        last = self._keeper.readiness_at
        if not DISCOVERY.issuperset(names) or last is None or not 0 <= at - last < DAY_S:
            self._due = at

    async def follow(
        self, snapshot: Snapshot, findings: tuple[Finding, ...], readiness: Readiness
    ) -> None:
        """Keep the assessment if one is due and this one was made after the pass."""
        if not self._due or snapshot.taken_at < self._due:
            return
        self._due = 0.0
        assessed = await asyncio.to_thread(kept, snapshot, findings, readiness)
        await self._keeper.keep_readiness(assessed)


def moment(text: str, now: float) -> float:
    """Read a date, a date with a time, or how long ago ("7d"), as Unix seconds. Raises ValueError.

    Dates are in the machine's zone unless they carry their own.
    """
    from agent.config import values

    said = text.strip()
    if said[:4].isdigit() and said[4:5] == "-":
        try:
            at = datetime.fromisoformat(said).timestamp()
        except (ValueError, OverflowError, OSError):
            raise ValueError(f'"{said}" is not a date such as 2026-11-01') from None
    else:
        try:
            at = now - values.duration(said)
        except ValueError:
            raise ValueError(
                f'"{said}" is neither a date such as 2026-11-01 nor a duration such as 7d'
            ) from None
    if at > now:
        raise ValueError(f'"{said}" is in the future')
    return at
