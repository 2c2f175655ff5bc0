"""A network whose switches snoop on multicast groups needs somebody who queries them."""

from collections.abc import Iterator
from typing import Any

from checks.verdict import Check, Finding, Severity
from checks.watching import fresh, unheard
from inventory.snapshot import Network, Snapshot

CHECK = Check(
    name="ipv6.mld_querier",
    title="Multicast groups are queried where that is needed",
    severity=Severity.LOW,
    reference="RFC 3810 §7.6.2, RFC 4541 §3",
    remedy="Enable one MLD querier on the network, best on its router.",
)

ALIVE_S = 260.0  # two query intervals and the longest response (RFC 3810 §9.5)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    for network in snapshot.networks:
        yield _judge(snapshot, network)


def _judge(snapshot: Snapshot, network: Network) -> Finding:
    queriers = fresh(snapshot.facts.queriers, snapshot, network, ALIVE_S)
    told = sorted({one.address for one in queriers if one.address != "::"})
    evidence: dict[str, Any] = {"queriers": told[:16], "listened_s": round(network.listened_s)}
    if len(told) > 1:
        text = f"{told[0]} and {told[1]} both query: one should give way"
        return CHECK.warned(network, text, **evidence)
    if told:
        return CHECK.passed(network, f"{told[0]} queries the groups", **evidence)
    doubt = unheard(CHECK, snapshot, network)
    if doubt is not None:
        return doubt
    if network.listened_s < ALIVE_S:
        text = f"the network was heard for {network.listened_s:.0f} of {ALIVE_S:.0f} s"
        return CHECK.unknown(network, "observed_too_short", text, **evidence)
    tried = fresh(snapshot.facts.compared, snapshot, network, 2 * 86400.0)
    if any(one.unicast and not one.multicast for one in tried):
        return CHECK.warned(network, "nobody queries, and multicast gets lost", **evidence)
    if any(one.multicast for one in tried):
        return CHECK.passed(
            network, "nobody queries, and multicast arrives all the same", **evidence
        )
    return CHECK.unknown(network, "not_probed", "multicast was not tried", **evidence)
