"""NAT64 with the well-known prefix must not translate to private IPv4 addresses."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

from checks.nat64 import WELL_KNOWN, advertised_prefixes, dns64_prefixes
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Network, Snapshot

CHECK = Check(
    name="ipv6.nat64_prefix_reaches_private",
    title="The NAT64 prefix can reach private addresses",
    severity=Severity.HIGH,
    reference="RFC 6052 §3.1",
    remedy="Use a prefix of your own (a /96 of your block) for NAT64 instead of 64:ff9b::/96.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    for network in snapshot.networks:
        yield _judge(snapshot, network)


def _judge(snapshot: Snapshot, network: Network) -> Finding:
    prefixes = advertised_prefixes(network, snapshot.taken_at) | dns64_prefixes(snapshot)
    if not prefixes:
        return CHECK.not_applicable(network, "no NAT64 prefix was found")
    private = [
        f"{service.name} ({service.host})"
        for service in snapshot.policy.must_work
        if _is_private(service.host)
    ]
    evidence: dict[str, Any] = {"prefixes": sorted(prefixes)[:8], "private_services": private[:16]}
    if WELL_KNOWN not in prefixes:
        return CHECK.passed(network, f"{min(prefixes)} is a prefix of one's own", **evidence)
    if private:
        text = f"{WELL_KNOWN} must not lead to private addresses: {private[0]} stays unreachable"
        return CHECK.failed(network, text, **evidence)
    if any(one.family == "ipv4" and _is_private(one.target) for one in snapshot.facts.edges):
        text = f"{WELL_KNOWN} is used where devices talk to private addresses"
        return CHECK.warned(network, text, **evidence)
    return CHECK.passed(network, "no private service was named", **evidence)


def _is_private(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.version == 4 and address.is_private
