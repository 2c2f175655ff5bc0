"""From what the officer named to a scope: networks, and the own links that hold them."""

import ipaddress
from collections.abc import Iterable

from agent.config.sections import Config
from agent.errors import UsageRefusal
from collectors.scope import Link, Scope


def scope_of(config: Config, links: Iterable[Link], *, strict: bool = True) -> Scope:
    """Return the scope with the links that hold its networks, or those that the config names.

    `strict` raises UsageRefusal for an interface that does not exist; else it is left out, as it
    may come up later.
    """
    every = tuple(links)
    named = config.tap.interfaces
    present = {link.interface for link in every}
    for interface in named:
        if strict and interface not in present:
            listing = ", ".join(sorted(present)) or "none"
            raise UsageRefusal(
                f'there is no interface "{interface}" that is up; there are: {listing}'
            )
    scope = config.scope
    chosen = [link for link in every if link.interface in named] if named else every
    if scope.networks:
        chosen = [link for link in chosen if holds_one_of(link, scope.networks)]
    else:
        chosen = [link for link in chosen if link.mac]
    return Scope(
        networks=scope.networks,
        exclude=scope.exclude,
        links=tuple(chosen),
        authority=scope.authority,
    )


def holds_one_of(link: Link, networks: Iterable[str]) -> bool:
    """Whether one of the link's own subnets overlaps one of the networks.

    The own address may lie outside: a range of a subnet can be named without the agent in it.
    """
    wanted = [ipaddress.ip_network(network) for network in networks]
    subnets = [ipaddress.ip_interface(own).network for own in (*link.ipv4, *link.ipv6)]
    return any(
        subnet.version == network.version and subnet.overlaps(network)
        for subnet in subnets
        for network in wanted
    )


def advice(suggestions: Iterable[str]) -> str:
    """Return the sentence for somebody who named no network."""
    networks = tuple(suggestions)
    if not networks:
        return "No network was named, so nothing is probed, and this machine is on no LAN."
    options = " ".join(f"--network {network}" for network in networks[:8])
    return f"No network was named, so nothing is probed. This machine is on: {options}"
