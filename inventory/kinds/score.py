"""Weighing the evidence: which kind, how sure, and why.

Evidence of different origins adds up as independent (1 - product of the doubts); of one origin only
the strongest counts for a kind. Each kind's support becomes odds, and the kinds compete: the share
of one kind in all odds is how sure it is, so that evidence for another kind lowers it. A kind that
explains evidence for another (a laptop is also a PC; a file server also prints) is not held back by
that share of it. Below `ENOUGH` the kind stays `unknown`.
"""

from collections.abc import Mapping

import msgspec

from inventory.kinds.rules import Hit, Place, Table
from inventory.snapshot import DeviceKind, KindReason, Registered

ENOUGH = 0.5
MOST = 0.95
MAX_REASONS = 8
_LEAST_DOUBT = 0.01

Pairs = tuple[tuple[Place, str], ...]


class Guess(msgspec.Struct, frozen=True):
    """The kind, how sure it is (0 to 1), why (strongest first), and the system if a rule says."""

    kind: DeviceKind = "unknown"
    confidence: float = 0.0
    reasons: tuple[KindReason, ...] = ()
    os: str = ""


def guess(pairs: Pairs, table: Table, registered: Registered | None = None) -> Guess:
    """The likeliest kind of what was seen: texts with the place where each stood.

    A row of the register that names a kind decides, with confidence 1.
    """
    told = table.told
    hits = [hit for place, text in pairs for hit in told(place, text)]
    counted = _counted(hits)
    reasons = _reasons(counted)
    system = _system(counted)
    if registered is not None and registered.kind is not None:
        row = f"row {registered.row} of the register says {registered.kind.replace('_', ' ')}"
        said = KindReason(registered.kind, 1.0, row, "register")
        return Guess(registered.kind, 1.0, (said, *reasons[: MAX_REASONS - 1]), system)
    kind, sure = _winner(_odds(counted), table.explains)
    if sure < ENOUGH:
        return Guess("unknown", 0.0, reasons, system)
    return Guess(kind, min(MOST, round(sure, 2)), reasons, system)


def _counted(hits: list[Hit]) -> dict[tuple[DeviceKind, str], Hit]:
    """The strongest hit for each kind from each origin."""
    fired = {hit.rule.name for hit in hits}
    strongest: dict[tuple[DeviceKind, str], Hit] = {}
    for hit in hits:
        rule = hit.rule
        if rule.unless and not fired.isdisjoint(rule.unless):
            continue
        if rule.needs and not fired.issuperset(rule.needs):
            continue
        key = (rule.kind, rule.origin)
        held = strongest.get(key)
        if held is None or rule.weight > held.rule.weight:
            strongest[key] = hit
    return strongest


def _odds(counted: Mapping[tuple[DeviceKind, str], Hit]) -> dict[DeviceKind, float]:
    doubts: dict[DeviceKind, float] = {}
    for (kind, _), hit in counted.items():
        doubts[kind] = doubts.get(kind, 1.0) * (1.0 - hit.rule.weight)
    return {
        kind: (1.0 - max(doubt, _LEAST_DOUBT)) / max(doubt, _LEAST_DOUBT)
        for kind, doubt in doubts.items()
    }


def _winner(
    odds: Mapping[DeviceKind, float], explains: Mapping[DeviceKind, Mapping[DeviceKind, float]]
) -> tuple[DeviceKind, float]:
    best: tuple[float, DeviceKind] = (0.0, "unknown")
    for kind, own in odds.items():
        explained = explains.get(kind, {})
        against = sum(
            rival * (1.0 - explained.get(other, 0.0))
            for other, rival in odds.items()
            if other != kind
        )
        best = max(best, (own / (1.0 + own + against), kind))
    return best[1], best[0]


def _reasons(counted: Mapping[tuple[DeviceKind, str], Hit]) -> tuple[KindReason, ...]:
    found = [hit.reason for hit in counted.values()]
    found.sort(key=lambda reason: (-reason.weight, reason.rule))
    return tuple(found[:MAX_REASONS])


def _system(counted: Mapping[tuple[DeviceKind, str], Hit]) -> str:
    naming = [hit.rule for hit in counted.values() if hit.rule.os]
    return max(naming, key=lambda rule: (rule.weight, rule.os)).os if naming else ""
