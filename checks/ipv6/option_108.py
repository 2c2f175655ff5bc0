"""Option 108 lets clients that can live without IPv4 give it up by themselves."""

from collections.abc import Iterator

from checks.dhcp import offers_option_108, questions, servers4, unasked
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Network, Snapshot

CHECK = Check(
    name="ipv6.option_108",
    title="DHCP tells capable clients to do without IPv4",
    severity=Severity.INFO,
    reference="RFC 8925 §3",
    remedy="Add option 108 to the DHCP server of networks that have NAT64, and only to those.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    for network in snapshot.networks:
        yield _judge(snapshot, network)


def _judge(snapshot: Snapshot, network: Network) -> Finding:
    offers = offers_option_108(snapshot, network)
    if offers:
        text = f"{offers[0].address} offers option 108, {offers[0].ipv6_only_wait_s} s"
        return CHECK.passed(network, text, servers=[one.address for one in offers][:16])
    asked = questions(snapshot, network, "discover")
    doubt = unasked(CHECK, snapshot, network, asked)
    if doubt is not None:
        return doubt
    if not servers4(snapshot, network):
        return CHECK.not_applicable(network, "no DHCP server answers on this network")
    if not snapshot.policy.ipv6_only:
        return CHECK.not_applicable(
            network, "option 108 is not offered, as on a dual-stack network"
        )
    return CHECK.warned(network, "option 108 was asked for and not offered", questions=asked)
