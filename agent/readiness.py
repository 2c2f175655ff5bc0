"""The assessment as the agent's surfaces need it: named, dated, and kept."""

from datetime import datetime

from agent import todo
from agent.label import first_address, label
from checks.readiness import history
from checks.readiness.assessment import Readiness
from checks.verdict import Finding
from exporters.readiness import Names
from inventory.history import Assessed
from inventory.snapshot import Snapshot


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
