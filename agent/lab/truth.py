"""What the kernels of the lab's hosts say about themselves: the ground truth of every test."""

import msgspec

from agent.lab.namespaces import Namespace


class AddressTruth(msgspec.Struct, frozen=True):
    """An address that a kernel really has; flags as in ip-address(8)."""

    address: str
    prefix_length: int
    scope: str  # "global", "link", "host"
    flags: frozenset[str]

    @property
    def usable(self) -> bool:
        """Whether the kernel answers for it: duplicate detection is over and was passed."""
        return not self.flags & {"tentative", "dadfailed"}


class InterfaceTruth(msgspec.Struct, frozen=True):
    """A card, without lo."""

    name: str
    mac: str
    up: bool
    ipv4: tuple[AddressTruth, ...]
    ipv6: tuple[AddressTruth, ...]


class HostTruth(msgspec.Struct, frozen=True):
    """A host as its kernel sees it at one moment."""

    name: str
    kind: str
    interfaces: tuple[InterfaceTruth, ...]

    @property
    def macs(self) -> tuple[str, ...]:
        """MACs of all cards, eth0 first."""
        return tuple(card.mac for card in self.interfaces)

    @property
    def mac(self) -> str:
        """MAC of eth0."""
        return self.interfaces[0].mac

    @property
    def ipv4(self) -> tuple[str, ...]:
        """IPv4 addresses of all cards."""
        return tuple(one.address for card in self.interfaces for one in card.ipv4)

    @property
    def ipv6(self) -> tuple[str, ...]:
        """Usable IPv6 addresses of all cards, link-local ones included."""
        return tuple(one.address for card in self.interfaces for one in card.ipv6 if one.usable)

    @property
    def global_ipv6(self) -> tuple[str, ...]:
        """Usable IPv6 addresses of global scope (global and unique local)."""
        return tuple(
            one.address
            for card in self.interfaces
            for one in card.ipv6
            if one.usable and one.scope == "global"
        )

    @property
    def temporary_ipv6(self) -> tuple[str, ...]:
        """Usable privacy addresses."""
        return tuple(
            one.address
            for card in self.interfaces
            for one in card.ipv6
            if one.usable and "temporary" in one.flags
        )


def read(name: str, kind: str, namespace: Namespace) -> HostTruth:
    """Ask the kernel; raises OSError when the namespace is gone."""
    found = list(namespace.netlink.addresses())
    cards = []
    for link in namespace.netlink.links():
        if link.name == "lo":
            continue
        own = [
            AddressTruth(one.address, one.prefix_length, one.scope, one.flags)
            for one in found
            if one.index == link.index
        ]
        cards.append(
            InterfaceTruth(
                name=link.name,
                mac=link.mac,
                up=link.up,
                ipv4=tuple(one for one in own if ":" not in one.address),
                ipv6=tuple(one for one in own if ":" in one.address),
            )
        )
    return HostTruth(name, kind, tuple(sorted(cards, key=lambda card: card.name)))
