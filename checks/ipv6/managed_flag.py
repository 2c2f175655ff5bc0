"""The managed flag of router advertisements must agree with what DHCPv6 servers do."""

from collections.abc import Iterator
from typing import Any

from checks.advertised import nobody
from checks.dhcp import leases_addresses, questions, servers6, unasked
from checks.routers import in_force
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Network, Snapshot

CHECK = Check(
    name="ipv6.managed_flag",
    title="The managed flag tells the truth about DHCPv6",
    severity=Severity.HIGH,
    reference="RFC 4861 §4.2, RFC 8415 §18.2",
    remedy="Run a DHCPv6 server on the network, or clear the managed flag on its router.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    for network in snapshot.networks:
        yield _judge(snapshot, network)


def _judge(snapshot: Snapshot, network: Network) -> Finding:
    routers = in_force(network.routers, snapshot.taken_at)
    if not routers:
        return nobody(CHECK, snapshot, network)
    leasing = [server for server in servers6(snapshot, network) if leases_addresses(server)]
    managed = [router.address for router in routers if router.advertisement.managed]
    asked = questions(snapshot, network, "solicit")
    evidence: dict[str, Any] = {
        "managed": managed[:16],
        "servers": [s.address for s in leasing][:16],
    }
    if leasing and managed:
        return CHECK.passed(
            network, "the flag is set, and a DHCPv6 server gives addresses", **evidence
        )
    if leasing:
        text = f"{leasing[0].address} gives addresses by DHCPv6, and no router tells hosts to ask"
        return CHECK.warned(network, text, **evidence)
    doubt = unasked(CHECK, snapshot, network, asked)
    if doubt is not None and managed:
        return doubt
    if managed:
        text = f"{managed[0]} sends hosts to DHCPv6, and no server gives them addresses"
        return CHECK.failed(network, text, questions=asked, **evidence)
    return CHECK.passed(network, "no router sends hosts to DHCPv6 for addresses", **evidence)
