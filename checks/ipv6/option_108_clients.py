"""How many clients of a network declare that they can do without IPv4."""

from collections.abc import Iterator
from typing import Any

from checks.dhcp import tells_option_108
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Network, Snapshot

FEWEST_CLIENTS = 3
GOOD_RATIO = 0.9

CHECK = Check(
    name="ipv6.option_108_clients",
    title="Clients say that they can do without IPv4",
    severity=Severity.INFO,
    reference="RFC 8925 §3.2",
    remedy="Update or replace clients that do not list option 108 before the network drops IPv4.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    for network in snapshot.networks:
        yield _judge(snapshot, network)


def _judge(snapshot: Snapshot, network: Network) -> Finding:
    told = [
        answer
        for answer in map(
            tells_option_108, (one for one in snapshot.devices if one.network == network.id)
        )
        if answer is not None
    ]
    evidence: dict[str, Any] = {"asked_for_a_lease": len(told), "capable": sum(told)}
    if len(told) < FEWEST_CLIENTS:
        text = f"{len(told)} clients were heard asking for a lease"
        return CHECK.unknown(network, "observed_too_short", text, **evidence)
    text = f"{sum(told)} of {len(told)} clients say that they can do without IPv4"
    if sum(told) >= GOOD_RATIO * len(told) or not snapshot.policy.ipv6_only:
        return CHECK.passed(network, text, **evidence)
    return CHECK.warned(network, text, **evidence)
