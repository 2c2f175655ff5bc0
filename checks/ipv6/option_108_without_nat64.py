"""Option 108 without NAT64 cuts clients off from everything that has IPv4 only."""

from collections.abc import Iterator

from checks.advertised import nobody
from checks.dhcp import offers_option_108, questions, servers4, unasked
from checks.nat64 import advertised_prefixes, dns64_prefixes, resolvers_asked
from checks.routers import in_force
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Network, Snapshot

CHECK = Check(
    name="ipv6.option_108_without_nat64",
    title="Nobody is told to drop IPv4 where no NAT64 works",
    severity=Severity.CRITICAL,
    reference="RFC 8925 §4",
    remedy="Take option 108 out of the DHCP server until NAT64 works, or set NAT64 up.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    for network in snapshot.networks:
        yield _judge(snapshot, network)


def _judge(snapshot: Snapshot, network: Network) -> Finding:
    offers = offers_option_108(snapshot, network)
    if not offers:
        doubt = unasked(CHECK, snapshot, network, questions(snapshot, network, "discover"))
        if doubt is not None and not servers4(snapshot, network):
            return doubt
        return CHECK.passed(network, "no DHCP server offers option 108")
    prefixes = advertised_prefixes(network, snapshot.taken_at) | dns64_prefixes(snapshot)
    who = offers[0].address
    if prefixes:
        text = f"{who} offers option 108, and {min(prefixes)} leads to IPv4"
        return CHECK.passed(network, text, prefixes=sorted(prefixes)[:8])
    if not in_force(network.routers, snapshot.taken_at):
        finding = nobody(CHECK, snapshot, network)
        if finding.verdict == "unknown":
            return finding
    if not resolvers_asked(snapshot):
        return CHECK.unknown(network, "not_probed", "resolvers were not asked for DNS64 yet")
    text = f"{who} tells clients to drop IPv4, and nothing leads them to it"
    return CHECK.failed(network, text, servers=[one.address for one in offers][:16])
