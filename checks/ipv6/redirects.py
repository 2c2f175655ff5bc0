"""A redirect tells a host to send through somebody else.

One that names its destination as the next hop says that the destination is a neighbour (RFC 4861
§4.5): from a router of the network that is in order.
"""

from collections.abc import Iterator
from ipaddress import IPv6Address, IPv6Network

from checks.verdict import Check, Finding, Severity
from checks.watching import fresh, unheard
from collectors.observation import RedirectSeen
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
    heard = fresh(snapshot.facts.redirects, snapshot, network, 86400.0)
    seen = [one for one in heard if not _is_neighbourly(one, network)]
    if not seen:
        doubt = unheard(CHECK, snapshot, network)
        return doubt or CHECK.passed(network, "no redirect was heard")
    routers = {router.mac for router in network.routers}
    strangers = [one for one in seen if one.mac not in routers]
    detours = [one for one in seen if one.target != one.destination]
    if not strangers and not detours:
        return CHECK.passed(network, "routers told hosts of neighbours only", heard=len(seen))
    told = [
        {"mac": one.mac, "address": one.address, "to": one.target, "for": one.destination}
        for one in (strangers or detours)[:16]
    ]
    first = (strangers or detours)[0]
    text = f"{first.address} ({first.mac}) redirects {first.destination} to {first.target}"
    if strangers:
        return CHECK.failed(network, f"{text}, and is no router", redirects=told)
    return CHECK.warned(network, text, redirects=told)


def _is_neighbourly(seen: RedirectSeen, network: Network) -> bool:
    """Whether it only says that a neighbour is a neighbour, which hosts know (RFC 4861 §8).

    Any forwarding station says so when it is sent a packet for another one, as a search for
    likely addresses does.
    """
    if seen.target != seen.destination:
        return False
    target = IPv6Address(seen.target)
    return target.is_link_local or any(
        target in IPv6Network(prefix) for prefix in network.ipv6 if ":" in prefix
    )
