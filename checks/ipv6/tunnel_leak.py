"""A device that tunnels IPv6 in IPv4 goes past the firewall."""

from collections.abc import Iterator

from checks.verdict import Check, Finding, Severity
from checks.watching import fresh, unheard
from inventory.snapshot import Network, Snapshot

CHECK = Check(
    name="ipv6.tunnel_leak",
    title="No device tunnels IPv6 past the network",
    severity=Severity.HIGH,
    reference="RFC 7123 §3, RFC 9099 §2.7.2",
    remedy="Switch 6to4, ISATAP and Teredo off on the devices, and block IP protocol 41"
    " and UDP 3544 at the border.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    for network in snapshot.networks:
        yield _judge(snapshot, network)


def _judge(snapshot: Snapshot, network: Network) -> Finding:
    seen = fresh(snapshot.facts.tunnels, snapshot, network, 7 * 86400.0)
    if seen:
        told = [
            {"mac": one.mac, "address": one.address, "kind": one.kind, "peer": one.peer}
            for one in seen[:16]
        ]
        who = f"{seen[0].address or seen[0].mac} uses {seen[0].kind}"
        more = f" (and {len(seen) - 1} more)" if len(seen) > 1 else ""
        return CHECK.failed(network, who + more, tunnels=told)
    doubt = unheard(CHECK, snapshot, network)
    return doubt or CHECK.passed(network, "no tunnelled IPv6 was heard")
