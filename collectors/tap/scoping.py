"""What collectors over the tap share: which parts of the scope a link reaches, running commands."""

import asyncio
import ipaddress
from collections.abc import Iterable, Sequence

from collectors.contract import CollectorError, Context, Tap
from collectors.observation import AnyObservation
from collectors.scope import Link, Scope
from collectors.tap.messages import MAX_TARGETS, Command, Finished, Sender

IPv4Networks = tuple[ipaddress.IPv4Network, ...]


def sender_of(link: Link) -> Sender:
    """The link as the tap's commands name it."""
    return Sender(
        interface=link.interface,
        mac=link.mac,
        ipv4=tuple(own.partition("/")[0] for own in link.ipv4),
        ipv6=tuple(own.partition("/")[0] for own in link.ipv6),
    )


def on_link_networks(scope: Scope) -> dict[str, IPv4Networks]:
    """By interface, the IPv4 parts of the scope that ARP reaches; each part on one link only."""
    found: dict[str, IPv4Networks] = {}
    taken: list[ipaddress.IPv4Network] = []
    for link in scope.links:
        subnets = [ipaddress.IPv4Interface(own).network for own in link.ipv4]
        parts = [
            part
            for wanted in _ipv4(scope.networks)
            for subnet in subnets
            if (part := _common(wanted, subnet)) is not None
        ]
        new = tuple(part for part in _collapsed(parts) if not _is_covered(part, taken))
        if link.mac and new:
            found[link.interface] = new
            taken.extend(new)
    return found


def routed_networks(scope: Scope) -> IPv4Networks:
    """The IPv4 parts of the scope that no own link reaches without a router."""
    rest = list(_collapsed(_ipv4(scope.networks)))
    for link in scope.links:
        for own in link.ipv4:
            subnet = ipaddress.IPv4Interface(own).network
            rest = [part for network in rest for part in _without(network, subnet)]
    return _collapsed(rest)


def known_in(
    networks: Iterable[ipaddress.IPv4Network], addresses: Iterable[str]
) -> tuple[str, ...]:
    """Those addresses that lie in the networks, once each."""
    parts = tuple(networks)
    return tuple(
        dict.fromkeys(
            address
            for address in addresses
            if ":" not in address and any(ipaddress.IPv4Address(address) in part for part in parts)
        )
    )


def require_sweepable(networks: Iterable[ipaddress.IPv4Network]) -> tuple[str, ...]:
    """The networks as text; CollectorError when there is more than one sweep takes."""
    parts = tuple(networks)
    total = sum(network.num_addresses for network in parts)
    if total > MAX_TARGETS:
        names = ", ".join(map(str, parts))
        raise CollectorError(
            f"{names}: {total} addresses are more than a sweep takes ({MAX_TARGETS}); name the "
            "smaller networks that are in use in [scope] networks"
        )
    return tuple(map(str, parts))


async def run_all(
    context: Context, tap: Tap, commands: Sequence[Command]
) -> tuple[AnyObservation, ...]:
    """Run commands side by side; the first error is raised after all have ended.

    Returns nothing: what is heard flows through the tap's own stream.
    """
    ended = 0

    async def run(command: Command) -> Finished:
        nonlocal ended
        try:
            return await tap.run(command)
        finally:
            ended += 1
            context.progress(ended, len(commands))

    results = await asyncio.gather(*map(run, commands), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return ()


def _ipv4(texts: Iterable[str]) -> IPv4Networks:
    return tuple(ipaddress.IPv4Network(text) for text in texts if ":" not in text)


def _collapsed(networks: Iterable[ipaddress.IPv4Network]) -> IPv4Networks:
    return tuple(ipaddress.collapse_addresses(networks))


def _common(
    one: ipaddress.IPv4Network, other: ipaddress.IPv4Network
) -> ipaddress.IPv4Network | None:
    if not one.overlaps(other):
        return None
    return one if one.prefixlen >= other.prefixlen else other


def _is_covered(part: ipaddress.IPv4Network, taken: Iterable[ipaddress.IPv4Network]) -> bool:
    return any(part.subnet_of(other) for other in taken)


def _without(network: ipaddress.IPv4Network, hole: ipaddress.IPv4Network) -> IPv4Networks:
    if not network.overlaps(hole):
        return (network,)
    if network.subnet_of(hole):
        return ()
    return tuple(network.address_exclude(hole))
