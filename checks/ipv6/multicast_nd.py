"""Neighbour discovery needs multicast: a switch that loses it breaks IPv6 at random."""

from collections.abc import Iterator
from typing import Any

from checks.verdict import Check, Finding, Severity
from checks.watching import fresh, unheard
from inventory.snapshot import Network, Snapshot

CHECK = Check(
    name="ipv6.multicast_nd",
    title="Neighbours are found by multicast",
    severity=Severity.HIGH,
    reference="RFC 4861 §7.2, RFC 4541 §3",
    remedy="Enable an MLD querier for the network on its router or switch, or switch MLD"
    " snooping off.",
)

WINDOW_S = 2 * 86400.0


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    for network in snapshot.networks:
        yield _judge(snapshot, network)


def _judge(snapshot: Snapshot, network: Network) -> Finding:
    tried = fresh(snapshot.facts.compared, snapshot, network, WINDOW_S)
    alive = [one for one in tried if one.multicast or one.unicast]
    if not alive:
        text = "no neighbour was asked by multicast and by unicast"
        return unheard(CHECK, snapshot, network) or CHECK.unknown(network, "not_probed", text)
    lost = [one for one in alive if one.unicast and not one.multicast]
    evidence: dict[str, Any] = {
        "compared": len(alive),
        "multicast_lost": [{"address": one.address, "mac": one.mac} for one in lost[:16]],
    }
    if not lost:
        return CHECK.passed(network, f"{len(alive)} neighbours answer to both", **evidence)
    text = f"{len(lost)} of {len(alive)} neighbours answer to unicast and not to multicast"
    if len(lost) == 1 and len(alive) > 1:
        return CHECK.warned(network, text, **evidence)
    return CHECK.failed(network, text, **evidence)
