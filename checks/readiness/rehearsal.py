"""What would break without IPv4, predicted from who talks to whom today.

Modes: m0 IPv6 only, m1 with DNS64 and NAT64, m2 with PREF64 and a CLAT on the device (464XLAT),
m3 IPv6-mostly (option 108: IPv4 stays for those who need it). Verdicts of an edge: N works as it
is, T through NAT64, C with a CLAT only, B breaks, U unknown.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import msgspec

from checks.nat64 import WELL_KNOWN, advertised_prefixes, dns64_prefixes
from checks.readiness.verdicts import Verdicts
from inventory.readiness import Edge
from inventory.snapshot import Device, Snapshot

Translation = Literal["m0", "m1", "m2", "m3"]
EdgeVerdict = Literal["N", "T", "C", "B", "U"]

RECENT_S = 30 * 86400.0
MOST_REASONS = 8
_VERDICTS: dict[str, EdgeVerdict] = {"N": "N", "T": "T", "C": "C", "B": "B", "U": "U"}


class JudgedEdge(msgspec.Struct, frozen=True):
    """One dependency of a device on IPv4, judged in the four modes; `confidence` is 0 to 1.

    `peer` is a device's id or an address; `what` says in words what depends on it.
    """

    device: str
    peer: str
    what: str
    verdicts: dict[Translation, EdgeVerdict]
    reason: str
    confidence: float
    evidence: str = ""


class Outcome(msgspec.Struct, frozen=True):
    """What becomes of a device in one mode: what breaks, and what is not known; sentences."""

    breaks: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()


class Rehearsal(msgspec.Struct, frozen=True):
    """All edges, judged. `days` is over how many days dependencies were observed."""

    edges: tuple[JudgedEdge, ...] = ()
    days: float = 0.0
    has_nat64: bool = False
    twin_passed: bool = False
    by_device: dict[str, tuple[JudgedEdge, ...]] = {}
    heard: frozenset[str] = frozenset()  # devices whose own questions were heard at all

    def device(self, device: str, mode: Translation) -> Outcome:
        """What becomes of a device in a mode."""
        edges = self.by_device.get(device, ())
        return Outcome(_reasons(edges, mode, "B"), _reasons(edges, mode, "U"))


def rehearse(snapshot: Snapshot, verdicts: Verdicts) -> Rehearsal:
    """Judge every dependency on IPv4 that was seen in the last month."""
    judge = _Judge(snapshot, verdicts)
    edges = tuple(judge.edges())
    by_device: dict[str, list[JudgedEdge]] = {}
    for edge in edges:
        by_device.setdefault(edge.device, []).append(edge)
    seen = [edge.first_seen for edge in snapshot.facts.edges]
    return Rehearsal(
        edges=edges,
        days=(snapshot.taken_at - min(seen)) / 86400.0 if seen else 0.0,
        has_nat64=bool(judge.prefixes),
        twin_passed=_twin_passed(snapshot),
        heard=frozenset(edge.device for edge in snapshot.facts.edges),
        by_device={device: tuple(found) for device, found in by_device.items()},
    )


class _Judge:
    def __init__(self, snapshot: Snapshot, verdicts: Verdicts) -> None:
        self._snapshot = snapshot
        self._verdicts = verdicts
        self._devices = {device.id: device for device in snapshot.devices}
        self._gateways = {
            device.id for device in snapshot.devices if device.router or device.kind == "router"
        }
        self.prefixes = dns64_prefixes(snapshot)
        for network in snapshot.networks:
            self.prefixes |= advertised_prefixes(network, snapshot.taken_at)

    def edges(self) -> Iterable[JudgedEdge]:
        recent = [
            edge
            for edge in self._snapshot.facts.edges
            if self._snapshot.taken_at - edge.last_seen <= RECENT_S
        ]
        also6 = {(edge.device, edge.target_device) for edge in recent if edge.family == "ipv6"}
        for edge in recent:
            device = self._devices.get(edge.device)
            if edge.family != "ipv4" or device is None or device.own:
                continue
            peer = self._devices.get(edge.target_device)
            if peer is None or peer is device:
                continue  # nobody has the address: a question that leads nowhere
            yield self._judge(edge, device, peer, (edge.device, edge.target_device) in also6)

    def _judge(self, edge: Edge, device: Device, peer: Device, also6: bool) -> JudgedEdge:
        label = peer.name or edge.target
        evidence = f"asked for {edge.target} {edge.count} times on {edge.days} days"
        known = min(1.0, 0.5 + 0.1 * edge.days)

        def made(verdicts: str, reason: str, sure: float) -> JudgedEdge:
            modes: tuple[Translation, ...] = ("m0", "m1", "m2", "m3")
            judged = {mode: _VERDICTS[one] for mode, one in zip(modes, verdicts, strict=True)}
            what = "the way out" if peer.id in self._gateways else f"talks to {label}"
            confidence = round(sure * known, 2)
            return JudgedEdge(device.id, peer.id, what, judged, reason, confidence, evidence)

        if self._lacks_ipv6(device):
            return made("BBBN", "the device itself does not speak IPv6", 0.95)
        if peer.id in self._gateways:
            return self._judge_way_out(made, also6)
        if self._lacks_ipv6(peer):
            translated = "B" if self.prefixes == {WELL_KNOWN} else "T"
            text = f"{label} does not speak IPv6"
            return made(f"B{translated}{translated}N", text, 0.9)
        parity = self._verdicts.verdict("service_parity", f"device:{peer.id}")
        if parity == "fail":
            return made("BTTN", f"{label} has services that answer over IPv4 only", 0.8)
        if also6:
            return made("NNNN", "both are used between the two", 0.9)
        if parity in ("pass", "not_applicable"):
            return made("NNNN", f"{label} offers the same over IPv6", 0.8)
        return made("UUUN", f"whether {label} offers the same over IPv6 is not known", 0.3)

    def _judge_way_out(
        self, made: Callable[[str, str, float], JudgedEdge], also6: bool
    ) -> JudgedEdge:
        """Where the packets go beyond the router is not seen from here."""
        if also6:
            return made("UTTN", "it goes out over both; what needs IPv4 is not seen from here", 0.4)
        return made("UUUN", "it goes out over IPv4; where to is not seen from here", 0.4)

    def _lacks_ipv6(self, device: Device) -> bool:
        return self._verdicts.verdict("device_speaks_ipv6", f"device:{device.id}") == "fail"


def _reasons(
    edges: Sequence[JudgedEdge], mode: Translation, wanted: EdgeVerdict
) -> tuple[str, ...]:
    found = [f"{edge.what}: {edge.reason}" for edge in edges if edge.verdicts.get(mode) == wanted]
    return tuple(dict.fromkeys(found))[:MOST_REASONS]


def _twin_passed(snapshot: Snapshot) -> bool:
    tried = {one.service: one.works for one in snapshot.facts.twin}
    wanted = [service.name for service in snapshot.policy.must_work]
    return bool(wanted) and all(tried.get(name) for name in wanted)
