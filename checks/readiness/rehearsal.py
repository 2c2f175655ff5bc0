"""What would break without IPv4, predicted from who talks to whom today.

Modes: m0 IPv6 only, m1 with DNS64 and NAT64, m2 with PREF64 and a CLAT on the device (464XLAT),
m3 IPv6-mostly (option 108: IPv4 stays for those who need it). Verdicts of an edge: N works as it
is, T through NAT64, C with a CLAT only, B breaks, U unknown.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from checks.dhcp import tells_option_108
from checks.nat64 import advertised_prefixes, dns64_prefixes
from checks.readiness.dependencies import Dependency, dependencies
from checks.readiness.names import Names
from checks.readiness.outlook import Outlook
from checks.readiness.verdicts import Verdicts
from inventory.snapshot import Device, Snapshot

Translation = Literal["m0", "m1", "m2", "m3"]
EdgeVerdict = Literal["N", "T", "C", "B", "U"]

MODES: tuple[Translation, ...] = ("m0", "m1", "m2", "m3")
MOST_REASONS = 8
CRITICAL_WEIGHT = 4.0
# What a device says to IPv4 neighbours alone. It breaks nothing by itself: other ways to find it
# may exist, and do on most networks.
_NOTES = {
    "nbns": "it is found by NetBIOS names, which need IPv4",
    "ssdp": "it announces itself by SSDP; over IPv4 alone nobody finds it without IPv4",
}


class JudgedEdge(msgspec.Struct, frozen=True):
    """One dependency of a device on IPv4, judged in the four modes; `confidence` is 0 to 1.

    `peer` is a device's id, an address or a name; `what` says in words what depends on it. `weight`
    grows with frequency and confidence, fourfold for what is critical. `clat`: the device said
    itself that it can live without IPv4 (option 108), so that C is more than a hope.
    """

    device: str
    peer: str
    what: str
    verdicts: dict[Translation, EdgeVerdict]
    reason: str
    confidence: float
    evidence: str = ""
    weight: float = 0.0
    critical: bool = False
    clat: bool = False


class Outcome(msgspec.Struct, frozen=True):
    """What becomes of a device in one mode: what breaks, and what is not known; sentences."""

    breaks: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()


class Rehearsal(msgspec.Struct, frozen=True):
    """All edges, judged. `days` is over how many days dependencies were observed.

    `by_device` has those of one device, the weightiest first. `notes` are sentences by device on
    what needs IPv4 and breaks nothing by itself. `named`: devices whose questions to resolvers are
    seen in their logs.
    """

    edges: tuple[JudgedEdge, ...] = ()
    days: float = 0.0
    has_nat64: bool = False
    twin_passed: bool = False
    by_device: dict[str, tuple[JudgedEdge, ...]] = {}
    heard: frozenset[str] = frozenset()  # devices whose own questions were heard at all
    notes: dict[str, tuple[str, ...]] = {}
    named: frozenset[str] = frozenset()

    def device(self, device: str, mode: Translation) -> Outcome:
        """What becomes of a device in a mode."""
        edges = self.by_device.get(device, ())
        hoped = [
            edge for edge in edges if edge.verdicts[mode] == "C" and not edge.clat and mode == "m2"
        ]
        unsure = (*_reasons(edges, mode, "U"), *(f"{_text(e)}; has it a CLAT?" for e in hoped))
        return Outcome(_reasons(edges, mode, "B"), unsure[:MOST_REASONS])

    def worst(self, device: str, mode: Translation) -> JudgedEdge | None:
        """The edge that decides what becomes of a device in a mode; None: it needs no IPv4."""
        edges = self.by_device.get(device, ())
        order = "BUCTN"
        return min(edges, key=lambda edge: order.index(edge.verdicts[mode]), default=None)


def rehearse(snapshot: Snapshot, verdicts: Verdicts) -> Rehearsal:
    """Judge every dependency on IPv4 that was seen in the last month."""
    prefixes = dns64_prefixes(snapshot)
    for network in snapshot.networks:
        prefixes |= advertised_prefixes(network, snapshot.taken_at)
    names = Names(snapshot, prefixes)
    outlook = Outlook(snapshot, verdicts, names, prefixes)
    made = _Made(snapshot)
    edges = tuple(made.edge(one, outlook) for one in dependencies(snapshot, names))
    by_device: dict[str, list[JudgedEdge]] = {}
    for edge in edges:
        by_device.setdefault(edge.device, []).append(edge)
    for found in by_device.values():
        found.sort(key=lambda edge: -edge.weight)
    facts = snapshot.facts
    seen = [edge.first_seen for edge in facts.edges] + [one.first_seen for one in facts.lookups]
    return Rehearsal(
        edges=edges,
        days=(snapshot.taken_at - min(seen)) / 86400.0 if seen else 0.0,
        has_nat64=bool(prefixes),
        twin_passed=_twin_passed(snapshot),
        by_device={device: tuple(found) for device, found in by_device.items()},
        heard=frozenset(edge.device for edge in facts.edges),
        notes=_notes(snapshot.devices),
        named=frozenset(d.id for d in snapshot.devices if any(map(names.of, _own(d)))),
    )


class _Made:
    """Puts a dependency and its outlook into one value."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._critical = {entry.lower() for entry in snapshot.policy.critical}
        self._critical |= {one.host.lower().rstrip(".") for one in snapshot.policy.must_work}
        self._marked = {d.id for d in snapshot.devices if self._critical and self._is_critical(d)}
        self._verdicts: dict[str, dict[Translation, EdgeVerdict]] = {}

    def edge(self, found: Dependency, outlook: Outlook) -> JudgedEdge:
        view = outlook.of(found)
        clat = tells_option_108(found.device) is True
        # A device that gives IPv4 up where it may (RFC 8925 §3.2) lives as with a CLAT.
        letters = view.letters + (view.letters[2] if clat else "N")
        confidence = round(view.sure * min(1.0, 0.5 + 0.1 * found.days), 2)
        peer = found.peer.id if found.peer is not None else found.target
        critical = peer in self._marked or not self._critical.isdisjoint((found.target, found.name))
        weight = confidence * (1.0 + math.log2(1.0 + found.count / max(1, found.days)))
        return JudgedEdge(
            device=found.device.id,
            peer=peer,
            what=view.what,
            verdicts=self._letters(letters),
            reason=view.reason,
            confidence=confidence,
            evidence=found.evidence,
            weight=round(weight * (CRITICAL_WEIGHT if critical else 1.0), 2),
            critical=critical,
            clat=clat,
        )

    def _letters(self, letters: str) -> dict[Translation, EdgeVerdict]:
        known = self._verdicts.get(letters)
        if known is None:
            pairs = zip(MODES, letters, strict=True)
            known = self._verdicts[letters] = {mode: _VERDICTS[one] for mode, one in pairs}
        return known

    def _is_critical(self, device: Device) -> bool:
        own = {*device.macs, device.name.lower(), device.id, *_own(device)}
        return not self._critical.isdisjoint(own | {one.name.lower() for one in device.names})


_VERDICTS: dict[str, EdgeVerdict] = {"N": "N", "T": "T", "C": "C", "B": "B", "U": "U"}


def _own(device: Device) -> Iterable[str]:
    return (one.address for one in device.addresses)


def _reasons(
    edges: Sequence[JudgedEdge], mode: Translation, wanted: EdgeVerdict
) -> tuple[str, ...]:
    found = [_text(edge) for edge in edges if edge.verdicts.get(mode) == wanted]
    return tuple(dict.fromkeys(found))[:MOST_REASONS]


def _text(edge: JudgedEdge) -> str:
    return f"{edge.what}: {edge.reason}"


def _notes(devices: Iterable[Device]) -> dict[str, tuple[str, ...]]:
    found = {}
    for device in devices:
        said = {one.source for one in device.names} | {one.protocol for one in device.adverts}
        notes = tuple(text for source, text in _NOTES.items() if source in said)
        if notes:
            found[device.id] = notes
    return found


def _twin_passed(snapshot: Snapshot) -> bool:
    tried = {one.service: one.works for one in snapshot.facts.twin}
    wanted = [service.name for service in snapshot.policy.must_work]
    return bool(wanted) and all(tried.get(name) for name in wanted)
