"""A router advertisement that breaks the rules is ignored, or tries to trick hosts."""

from collections.abc import Iterator

from checks.verdict import Check, Finding, Severity
from checks.watching import fresh, unheard
from inventory.snapshot import Network, Snapshot

CHECK = Check(
    name="ipv6.ra_valid",
    title="Router advertisements are well formed",
    severity=Severity.HIGH,
    reference="RFC 4861 §6.1.2",
    remedy="Find the sender by its MAC: hosts ignore such advertisements, and a forger"
    " sends them on purpose.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    for network in snapshot.networks:
        yield _judge(snapshot, network)


def _judge(snapshot: Snapshot, network: Network) -> Finding:
    refused = fresh(snapshot.facts.refused, snapshot, network, 86400.0)
    if refused:
        told = [
            {"mac": one.mac, "address": one.address, "reason": one.reason} for one in refused[:16]
        ]
        text = f"{refused[0].address} ({refused[0].mac}) advertises, and hosts must not heed it"
        return CHECK.failed(network, f"{text}: {refused[0].reason}", refused=told)
    doubt = unheard(CHECK, snapshot, network)
    return doubt or CHECK.passed(network, "every advertisement that was heard is well formed")
