"""Two stations with one IPv6 address lose packets to each other."""

from collections.abc import Iterator

from checks.verdict import Check, Finding, Severity
from checks.watching import unheard
from inventory.snapshot import Network, Snapshot

CHECK = Check(
    name="ipv6.duplicate_address",
    title="No IPv6 address is used twice",
    severity=Severity.HIGH,
    reference="RFC 4862 §5.4",
    remedy="Give one of the devices another address; look for copied virtual machines and"
    " fixed addresses.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    for network in snapshot.networks:
        yield _judge(snapshot, network)


def _judge(snapshot: Snapshot, network: Network) -> Finding:
    doubles = [one for one in network.duplicates if ":" in one.address]
    if doubles:
        first = doubles[0]
        text = f"{first.address} is used by {' and '.join(first.macs[:2])}"
        told = [{"address": one.address, "macs": list(one.macs)[:8]} for one in doubles[:16]]
        return CHECK.failed(network, text, duplicates=told)
    doubt = unheard(CHECK, snapshot, network)
    return doubt or CHECK.passed(network, "no address was claimed twice")
