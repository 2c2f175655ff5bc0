"""A client must reach NAT64 by the same prefix whichever way it learnt it."""

from collections.abc import Iterator
from typing import Any

from checks.nat64 import advertised_prefixes, dns64_prefixes, resolvers_asked
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Network, Snapshot

CHECK = Check(
    name="ipv6.pref64_agrees_with_dns64",
    title="PREF64 and DNS64 name the same prefix",
    severity=Severity.HIGH,
    reference="RFC 8781 §5.1",
    remedy="Advertise the prefix that the resolvers use, or change it there: routers and"
    " resolvers must agree.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    for network in snapshot.networks:
        yield _judge(snapshot, network)


def _judge(snapshot: Snapshot, network: Network) -> Finding:
    told = advertised_prefixes(network, snapshot.taken_at)
    made = dns64_prefixes(snapshot)
    evidence: dict[str, Any] = {"advertised": sorted(told)[:8], "dns64": sorted(made)[:8]}
    if not told:
        return CHECK.not_applicable(network, "no router advertises a NAT64 prefix")
    if not made:
        if not resolvers_asked(snapshot):
            return CHECK.unknown(network, "not_probed", "resolvers were not asked yet", **evidence)
        return CHECK.not_applicable(network, "no resolver does DNS64")
    if told == made:
        return CHECK.passed(network, f"both name {min(told)}", **evidence)
    text = f"routers advertise {min(told)}, resolvers use {min(made)}"
    return CHECK.failed(network, text, **evidence)
