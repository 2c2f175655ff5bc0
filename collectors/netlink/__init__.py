"""The agent's own host as its kernel sees it: interfaces, addresses with their flags, routes."""

import ipaddress
from collections.abc import AsyncIterator, Iterable

from collectors.contract import Context
from collectors.netlink.kernel import (
    Interface,
    Route,
    in_thread,
    in_thread_async,
    read_interfaces,
    read_routes,
)
from collectors.observation import (
    AddressSeen,
    AnyObservation,
    InterfaceAddress,
    InterfaceSeen,
    RouteSeen,
)
from collectors.scope import Card, Link, Network

NAME = "netlink"

# An address with one of these is not (or not yet) ours to claim (RFC 4862 §5.4).
UNSETTLED = frozenset({"tentative", "dadfailed"})
# Kinds of interface whose MAC is that of another one, or of several (ip-link(8)).
BORROWERS = frozenset({"vlan", "macvlan", "macvtap", "ipvlan", "bridge", "bond", "team"})
SMALLEST_SUGGESTED_IPV4 = 30
LARGEST_SUGGESTED_IPV4 = 16


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Yield an InterfaceSeen per link, a RouteSeen per route, and an AddressSeen (`own`) for each
    settled address of the links in scope; sends nothing. Raises CollectorError without netlink.
    """
    interfaces, routes = await in_thread_async(read_routes)
    in_scope = frozenset(link.interface for link in context.scope.links)
    for observation in observe(interfaces, routes, in_scope, context.clock()):
        yield observation


def observe(
    interfaces: Iterable[Interface],
    routes: Iterable[Route],
    in_scope: frozenset[str],
    at: float,
) -> Iterable[AnyObservation]:
    """The observations that follow from the kernel's tables at a time."""
    for link in interfaces:
        yield InterfaceSeen(
            at=at,
            source=NAME,
            interface=link.name,
            index=link.index,
            mac=link.mac,
            up=link.up,
            carrier=link.carrier,
            mtu=link.mtu,
            kind=link.kind,
            addresses=link.addresses,
        )
        if link.name in in_scope and link.mac:
            for own in link.addresses:
                if UNSETTLED.isdisjoint(own.flags):
                    yield AddressSeen(
                        at=at,
                        source=NAME,
                        interface=link.name,
                        mac=link.mac,
                        address=own.address,
                        how="own",
                    )
    for route in routes:
        yield RouteSeen(
            at=at,
            source=NAME,
            interface=route.interface,
            family=route.family,
            destination=route.destination,
            gateway=route.gateway,
        )


def read_links(networks: Iterable[str] | None = None) -> tuple[Link, ...]:
    """The own links that are up and hold one of the networks (CIDR text), ordered by index.

    None: every link that is up and is not loopback. Blocks for some milliseconds; may be called
    inside an event loop and in any network namespace. Raises CollectorError without netlink,
    ValueError for a network that is none.
    """
    wanted = None if networks is None else tuple(map(ipaddress.ip_network, networks))
    return links_of(in_thread(read_interfaces), wanted)


def read_cards() -> dict[str, Card]:
    """Every own interface, the loopback too: so none at all means that they were not read.

    Blocks for some milliseconds. Raises CollectorError without netlink.
    """
    return {
        link.name: Card(
            link.up and link.carrier, link.index, "" if link.kind in BORROWERS else link.mac
        )
        for link in in_thread(read_interfaces)
    }


def network_suggestions() -> tuple[str, ...]:
    """The networks that this host could be given as its scope: those that its LAN links hold.

    IPv4 between /16 and /30 and IPv6 /64 to /127; no loopback, no tunnels (they have no MAC), no
    link-local networks, no links that are down. Raises CollectorError without netlink.
    """
    return suggestions_of(in_thread(read_interfaces))


def links_of(
    interfaces: Iterable[Interface], networks: Iterable[Network] | None
) -> tuple[Link, ...]:
    """The part of `read_links` that needs no kernel."""
    wanted = None if networks is None else tuple(networks)
    found = []
    for link in interfaces:
        settled = [own for own in link.addresses if UNSETTLED.isdisjoint(own.flags)]
        if not link.up or (wanted is None and link.loopback):
            continue
        if wanted is not None and not any(_within(own, wanted) for own in settled):
            continue
        texts = [f"{own.address}/{own.prefix_length}" for own in settled]
        found.append(
            Link(
                interface=link.name,
                index=link.index,
                mac=link.mac,
                ipv4=tuple(text for text in texts if ":" not in text),
                ipv6=tuple(text for text in texts if ":" in text),
            )
        )
    return tuple(found)


def suggestions_of(interfaces: Iterable[Interface]) -> tuple[str, ...]:
    """The part of `network_suggestions` that needs no kernel."""
    found: dict[str, None] = {}
    for link in interfaces:
        if not link.up or link.loopback or not link.mac:
            continue
        for own in link.addresses:
            network = ipaddress.ip_interface(f"{own.address}/{own.prefix_length}").network
            if own.scope == "global" and _is_suggestible(network):
                found[str(network)] = None
    return tuple(found)


def _within(own: InterfaceAddress, networks: Iterable[Network]) -> bool:
    address = ipaddress.ip_address(own.address)
    return any(address in network for network in networks)


def _is_suggestible(network: Network) -> bool:
    if network.version == 4:
        return LARGEST_SUGGESTED_IPV4 <= network.prefixlen <= SMALLEST_SUGGESTED_IPV4
    return 64 <= network.prefixlen <= 127 and not network.is_link_local
