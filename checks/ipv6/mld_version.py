"""One query in version 1 keeps every host of the link in version 1 for minutes."""

from collections.abc import Iterator

from checks.verdict import Check, Finding, Severity
from checks.watching import fresh, unheard
from inventory.snapshot import Network, Snapshot

CHECK = Check(
    name="ipv6.mld_version",
    title="Multicast listening runs in version 2",
    severity=Severity.LOW,
    reference="RFC 3810 §8.2.1",
    remedy="Find the device that queries in version 1 and set its MLD version to 2.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    for network in snapshot.networks:
        yield _judge(snapshot, network)


def _judge(snapshot: Snapshot, network: Network) -> Finding:
    old = [
        one
        for one in fresh(snapshot.facts.queriers, snapshot, network, 86400.0)
        if one.version == 1
    ]
    if old:
        who = f"{old[0].address} ({old[0].mac})"
        evidence = [{"address": one.address, "mac": one.mac, "at": one.at} for one in old[:16]]
        return CHECK.warned(network, f"{who} queries in version 1", queriers=evidence)
    doubt = unheard(CHECK, snapshot, network)
    return doubt or CHECK.passed(network, "nobody queries in version 1")
