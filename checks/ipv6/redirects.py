"""A redirect tells a host to send through somebody else."""

from collections.abc import Iterator

from checks.verdict import Check, Finding, Severity
from checks.watching import fresh, unheard
from inventory.snapshot import Network, Snapshot

CHECK = Check(
    name="ipv6.redirects",
    title="Nobody redirects hosts to another router",
    severity=Severity.MEDIUM,
    reference="RFC 4861 §8, RFC 9099 §2.3.2",
    remedy="Find the device by its MAC; on routers switch redirects off, on anything else"
    " it is an attack or a fault.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    for network in snapshot.networks:
        yield _judge(snapshot, network)


def _judge(snapshot: Snapshot, network: Network) -> Finding:
    seen = fresh(snapshot.facts.redirects, snapshot, network, 86400.0)
    if not seen:
        doubt = unheard(CHECK, snapshot, network)
        return doubt or CHECK.passed(network, "no redirect was heard")
    routers = {router.mac for router in network.routers}
    strangers = [one for one in seen if one.mac not in routers]
    told = [
        {"mac": one.mac, "address": one.address, "to": one.target, "for": one.destination}
        for one in seen[:16]
    ]
    first = (strangers or seen)[0]
    text = f"{first.address} ({first.mac}) redirects {first.destination} to {first.target}"
    if strangers:
        return CHECK.failed(network, f"{text}, and is no router", redirects=told)
    return CHECK.warned(network, text, redirects=told)
