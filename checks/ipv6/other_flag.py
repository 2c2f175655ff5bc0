"""The other flag of router advertisements must agree with what DHCPv6 servers do."""

from collections.abc import Iterator

from checks.advertised import nobody
from checks.dhcp import questions, servers6, unasked
from checks.routers import in_force
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Network, Snapshot

CHECK = Check(
    name="ipv6.other_flag",
    title="The other flag tells the truth about DHCPv6",
    severity=Severity.MEDIUM,
    reference="RFC 4861 §4.2, RFC 8415 §18.2.6",
    remedy="Run a stateless DHCPv6 server that gives resolvers, or clear the other flag"
    " on the router.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    for network in snapshot.networks:
        yield _judge(snapshot, network)


def _judge(snapshot: Snapshot, network: Network) -> Finding:
    routers = in_force(network.routers, snapshot.taken_at)
    if not routers:
        return nobody(CHECK, snapshot, network)
    told = [router.address for router in routers if router.advertisement.other]
    if not told:
        return CHECK.passed(network, "no router sends hosts to DHCPv6 for resolvers")
    answers = [
        server.address for server in servers6(snapshot, network) if server.message == "reply"
    ]
    if answers:
        return CHECK.passed(network, f"{answers[0]} answers as the flag says", servers=answers[:16])
    asked = questions(snapshot, network, "information_request")
    doubt = unasked(CHECK, snapshot, network, asked)
    if doubt is not None:
        return doubt
    text = f"{told[0]} sends hosts to DHCPv6 for resolvers, and no server answers"
    return CHECK.warned(network, text, questions=asked, other=told[:16])
