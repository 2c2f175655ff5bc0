"""Where the tap may send: what it was started with, whatever the agent asks for."""

import ipaddress
from collections.abc import Callable, Iterable

from collectors.tap.messages import (
    MAX_TARGETS,
    ArpSweep,
    Candidate,
    Command,
    DhcpCensus,
    EchoProbe,
    EchoSweep,
    LinkQuery,
    NeighbourCompare,
    Sender,
    Solicit,
    Watch,
)
from collectors.tap.own import OwnLink

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_WAIT_S = 30.0
MAX_TRIES = 5
# Enough for a verdict, too little to fill a neighbour cache (RFC 6583 §6).
MAX_COMPARED = 64
MAX_COMPARE_PACE = 50


class Refused(Exception):
    """A command that the tap will not carry out, and why."""


class Fence:
    """The networks that may be targeted less the excluded ones, and the usable interfaces.

    IPv6 link-local addresses and groups are allowed on interfaces that hold an allowed network.
    With no interfaces named, all may be used. Texts must be CIDR; ValueError otherwise.
    """

    def __init__(
        self,
        networks: Iterable[str],
        exclude: Iterable[str],
        interfaces: Iterable[str],
        own_links: Callable[[], tuple[OwnLink, ...]],
    ) -> None:
        self.networks = tuple(ipaddress.ip_network(text) for text in networks)
        self.exclude = tuple(str(ipaddress.ip_network(text)) for text in exclude)
        self._excluded = tuple(ipaddress.ip_network(text) for text in self.exclude)
        self.interfaces = frozenset(interfaces)
        self._own_links = own_links

    def require_allowed(self, command: Command) -> None:
        """Raise Refused unless every target of the command lies inside."""
        if isinstance(command, Watch):
            for interface in command.interfaces:
                self._require_interface(interface)
        elif isinstance(command, ArpSweep | EchoSweep):
            self._require_wait(command.wait_s)
            self._require_networks(command.networks, command.exclude)
            if not all(_is_ipv4(address) for address in command.known):
                raise Refused("the known addresses of a sweep are IPv4 addresses")
        elif isinstance(command, Solicit | EchoProbe):
            self._require_wait(command.wait_s, command.tries)
            self._require_candidates(command.sender, command.candidates)
            if isinstance(command, EchoProbe) and not all(one.mac for one in command.candidates):
                raise Refused("an echo probe needs the MAC of every candidate")
        elif isinstance(command, LinkQuery):
            self._require_wait(command.wait_s)
            self._require_holding(self.link(command.sender))
        elif isinstance(command, DhcpCensus):
            self._require_wait(command.wait_s, command.tries)
            self._require_wait(command.gap_s)
            self._require_holding(self.link(command.sender))
        elif isinstance(command, NeighbourCompare):
            self._require_comparison(command)

    def link(self, sender: Sender) -> OwnLink:
        """The sender's interface as the kernel knows it; Refused when the sender is not it."""
        self._require_interface(sender.interface)
        for link in self._own_links():
            if link.name == sender.interface:
                if not link.mac:
                    raise Refused(f"{link.name} is not an Ethernet interface")
                if link.mac != sender.mac.lower():
                    raise Refused(f"{sender.mac} is not the MAC of {link.name}")
                return link
        raise Refused(f"there is no interface {sender.interface}")

    def networks_of(self, candidates: Iterable[Candidate]) -> tuple[Network, ...]:
        """Those of the allowed networks that hold a candidate."""
        addresses = [ipaddress.ip_address(candidate.address) for candidate in candidates]
        return tuple(
            network for network in self.networks if any(address in network for address in addresses)
        )

    def _require_networks(self, texts: Iterable[str], others: Iterable[str]) -> None:
        targets = 0
        for text in texts:
            network = _parsed(text)
            if network.version != 4:
                raise Refused(f"{text} is not an IPv4 network")
            if not any(_is_within(network, allowed) for allowed in self.networks):
                raise Refused(f"{text} is outside the networks that may be probed")
            targets += network.num_addresses
        if targets > MAX_TARGETS:
            raise Refused(f"{targets} addresses are more than one sweep takes ({MAX_TARGETS})")
        for text in others:
            _parsed(text)

    def _require_candidates(self, sender: Sender, candidates: tuple[Candidate, ...]) -> None:
        link = self.link(sender)
        if len(candidates) > MAX_TARGETS:
            raise Refused(f"more than {MAX_TARGETS} candidates")
        for candidate in candidates:
            self._require_address(candidate.address, link)
            if candidate.mac and not _is_station(candidate.mac):
                raise Refused(f"{candidate.mac!r} is not the MAC of a station")

    def _require_comparison(self, command: NeighbourCompare) -> None:
        self._require_wait(command.wait_s, command.tries)
        self._require_candidates(command.sender, command.candidates)
        if len(command.candidates) > MAX_COMPARED:
            raise Refused(f"more than {MAX_COMPARED} neighbours to compare")
        if not all(one.mac and ":" in one.address for one in command.candidates):
            raise Refused("a comparison needs the MAC and an IPv6 address of every neighbour")
        if not 1 <= command.pace_per_second <= MAX_COMPARE_PACE:
            raise Refused(f"a comparison sends 1 to {MAX_COMPARE_PACE} frames a second")

    def _require_address(self, text: str, link: OwnLink) -> None:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            raise Refused(f"{text!r} is not an address") from None
        if address.is_multicast or address.is_unspecified:
            raise Refused(f"{text} is not the address of one node")
        if address.version == 6 and address.is_link_local:
            self._require_holding(link)
        elif not any(address in network for network in self.networks):
            raise Refused(f"{text} is outside the networks that may be probed")
        if any(address in network for network in self._excluded):
            raise Refused(f"{text} is excluded from probing")

    def _require_holding(self, link: OwnLink) -> None:
        if not any(link.touches(network) for network in self.networks):
            raise Refused(f"{link.name} holds none of the networks that may be probed")

    def _require_interface(self, name: str) -> None:
        if self.interfaces and name not in self.interfaces:
            raise Refused(f"{name} is not among the interfaces that may be used")

    def _require_wait(self, wait_s: float, tries: int = 1) -> None:
        if not 0 < wait_s <= MAX_WAIT_S:
            raise Refused(f"a wait of {wait_s} s is not above 0 and at most {MAX_WAIT_S:.0f} s")
        if not 1 <= tries <= MAX_TRIES:
            raise Refused(f"{tries} tries are not 1 to {MAX_TRIES}")


def _parsed(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise Refused(f"{text!r} is not a network") from None


def _is_within(network: Network, allowed: Network) -> bool:
    if isinstance(network, ipaddress.IPv4Network):
        return isinstance(allowed, ipaddress.IPv4Network) and network.subnet_of(allowed)
    return isinstance(allowed, ipaddress.IPv6Network) and network.subnet_of(allowed)


def _is_ipv4(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


def _is_station(mac: str) -> bool:
    octets = mac.split(":")
    try:
        values = [int(octet, 16) for octet in octets]
    except ValueError:
        return False
    is_mac = len(values) == 6 and all(len(octet) == 2 for octet in octets)
    return is_mac and any(values) and not values[0] & 1
