"""The IPv6-only rehearsal as one document: what becomes of each device in each mode, and why.

`python -m exporters.rehearsal` makes docs/reference/ipv6-rehearsal.schema.json from the structs.
"""

import sys
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from checks.readiness.assessment import Readiness
from checks.readiness.rehearsal import EdgeVerdict, JudgedEdge, Translation
from exporters.document import DIALECT, encode
from exporters.network_entry import Time, to_time
from exporters.readiness import Names
from inventory.snapshot import Snapshot

SCHEMA_VERSION: Literal[1] = 1
MODES: tuple[Translation, ...] = ("m0", "m1", "m2", "m3")
WORST: tuple[EdgeVerdict, ...] = ("B", "U", "C", "T", "N")


class EdgeEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One dependency on IPv4. Verdicts: N works, T by NAT64, C by CLAT, B breaks, U unknown."""

    peer: str
    what: str
    verdicts: dict[Translation, EdgeVerdict]
    reason: str
    evidence: str
    confidence: float


class OutcomeEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a device: the worst of its edges in each mode.

    `heard`: whether its own questions were heard at all; without, every verdict is U.
    `confidence` is that of the surest edge behind the verdict without IPv4, 0 to 1.
    """

    id: str
    name: str
    heard: bool
    verdicts: dict[Translation, EdgeVerdict]
    confidence: float | None
    edges: list[EdgeEntry]


class TwinEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What the IPv6-only twin found when it tried a service; `stage` is where the try ended."""

    service: str
    works: bool
    stage: Literal["resolve", "connect", "talk", "done"]
    address: str
    via_nat64: bool
    detail: str
    at: Time


class RehearsalDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The whole rehearsal; devices stand worst first. `counts`: devices by mode and verdict."""

    schema: Literal[1] = SCHEMA_VERSION
    site: str
    taken_at: Time
    observed_days: float
    has_nat64: bool
    devices_heard: int
    devices_total: int
    twin_passed: bool
    counts: dict[Translation, dict[EdgeVerdict, int]]
    twin: list[TwinEntry]
    devices: list[OutcomeEntry]


def rehearsal_document(
    snapshot: Snapshot, readiness: Readiness, names: Names, network: str = ""
) -> RehearsalDocument:
    """Make the document; with the id of a network, of its devices alone. The agent is left out."""
    rehearsal = readiness.rehearsal
    called = {one.id: names.device(one) for one in snapshot.devices}
    devices = []
    for device in snapshot.devices:
        if device.own or network not in ("", device.network):
            continue
        edges = rehearsal.by_device.get(device.id, ())
        heard = device.id in rehearsal.heard or bool(edges)
        verdicts = {mode: _worst(edges, mode, heard) for mode in MODES}
        behind = [edge.confidence for edge in edges if edge.verdicts.get("m0") == verdicts["m0"]]
        devices.append(
            OutcomeEntry(
                id=device.id,
                name=called[device.id],
                heard=heard,
                verdicts=verdicts,
                confidence=max(behind) if behind else None,
                edges=[_edge(edge, called) for edge in sorted(edges, key=_edge_order)],
            )
        )
    counts: dict[Translation, dict[EdgeVerdict, int]] = {mode: {} for mode in MODES}
    for one in devices:
        for mode, verdict in one.verdicts.items():
            counts[mode][verdict] = counts[mode].get(verdict, 0) + 1
    return RehearsalDocument(
        site=snapshot.site,
        taken_at=to_time(snapshot.taken_at),
        observed_days=round(rehearsal.days, 2),
        has_nat64=rehearsal.has_nat64,
        devices_heard=sum(one.heard for one in devices),
        devices_total=len(devices),
        twin_passed=rehearsal.twin_passed,
        counts=counts,
        twin=[
            TwinEntry(
                service=one.service,
                works=one.works,
                stage=one.stage,
                address=one.address,
                via_nat64=one.via_nat64,
                detail=one.detail,
                at=to_time(one.at),
            )
            for one in snapshot.facts.twin
        ],
        devices=sorted(devices, key=_order),
    )


def schema() -> dict[str, Any]:
    """The JSON schema of the document."""
    made: dict[str, Any] = msgspec.json.schema(RehearsalDocument)
    return {"$schema": DIALECT, "title": "lanwarden ipv6 rehearse --json", **made}


def _worst(edges: Sequence[JudgedEdge], mode: Translation, heard: bool) -> EdgeVerdict:
    found = {edge.verdicts.get(mode, "U") for edge in edges}
    if not found:
        return "N" if heard else "U"
    return min(found, key=WORST.index)


def _edge(edge: JudgedEdge, called: dict[str, str]) -> EdgeEntry:
    return EdgeEntry(
        peer=called.get(edge.peer, edge.peer),
        what=edge.what,
        verdicts=edge.verdicts,
        reason=edge.reason,
        evidence=edge.evidence,
        confidence=edge.confidence,
    )


def _edge_order(edge: JudgedEdge) -> tuple[tuple[int, ...], float, str]:
    ranks = tuple(WORST.index(edge.verdicts.get(mode, "U")) for mode in MODES)
    return ranks, -edge.confidence, edge.what


def _order(one: OutcomeEntry) -> tuple[tuple[int, ...], str, str]:
    return tuple(WORST.index(one.verdicts[mode]) for mode in MODES), one.name, one.id


if __name__ == "__main__":
    sys.stdout.buffer.write(encode(schema(), pretty=True))
