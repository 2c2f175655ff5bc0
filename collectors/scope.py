"""What may be probed: the networks that the officer named, and nothing else."""

import ipaddress
from collections.abc import Iterable

import msgspec

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Link(msgspec.Struct, frozen=True):
    """An own interface that touches a network in scope, and what the agent is on it."""

    interface: str
    index: int
    mac: str
    ipv4: tuple[str, ...] = ()  # own addresses with prefix length, e.g. "10.66.7.2/24"
    ipv6: tuple[str, ...] = ()  # own addresses with prefix length, link-local ones included


class Card(msgspec.Struct, frozen=True):
    """An own interface: whether frames can arrive on it, and what it is whatever its name.

    `mac` is empty where the interface has no card of its own (VLANs, bridges, bonds borrow theirs).
    """

    up: bool
    index: int = 0
    mac: str = ""


class Scope(msgspec.Struct, frozen=True):
    """The networks that may be probed, less the excluded ones, and the links that hold them.

    `networks` and `exclude` are CIDR text as in the config. An empty `networks` means: listen only.
    An IPv6 link-local address is in scope on a link that holds a network in scope.
    """

    networks: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    authority: str = ""

    def contains(self, address: str) -> bool:
        """Whether an address (canonical text, no zone) may be probed."""
        parsed = ipaddress.ip_address(address)
        if parsed.version == 6 and parsed.is_link_local:
            return bool(self.networks)
        return _within(parsed, self.networks) and not _within(parsed, self.exclude)


def _within(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, networks: Iterable[str]
) -> bool:
    return any(address in ipaddress.ip_network(network) for network in networks)
