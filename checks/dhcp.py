"""What several checks ask about DHCP on a network: who was asked, who answered with what."""

from collections.abc import Collection, Iterable
from typing import TypeVar

from checks.verdict import Check, Finding
from collectors.observation import DhcpServerSeen, Dhcpv6ServerSeen
from inventory.snapshot import Device, Network, Snapshot

FEWEST_QUESTIONS = 2  # one lost packet must not look like a network without a server
REMEMBERED_S = 7 * 86400.0  # what a server said longer ago is history
Server = TypeVar("Server", DhcpServerSeen, Dhcpv6ServerSeen)

NO_ADDRESSES = 2  # the status NoAddrsAvail (RFC 8415 §21.13)


def questions(snapshot: Snapshot, network: Network, *messages: str) -> int:
    """How often servers of the network were asked by these messages since the agent started."""
    return sum(
        one.count
        for one in snapshot.facts.asked
        if one.interface == network.interface and one.message in messages
    )


def servers6(snapshot: Snapshot, network: Network) -> list[Dhcpv6ServerSeen]:
    """What DHCPv6 servers on the network said in the last week, one per server and message."""
    return _fresh(snapshot.facts.dhcpv6, snapshot, network)


def servers4(snapshot: Snapshot, network: Network) -> list[DhcpServerSeen]:
    """What DHCPv4 servers on the network said in the last week, one per server and message."""
    return _fresh(snapshot.facts.dhcp, snapshot, network)


def leases_addresses(server: Dhcpv6ServerSeen) -> bool:
    """Whether a server gives addresses, and not only resolvers."""
    return bool(server.addresses) and server.status != NO_ADDRESSES


def offers_option_108(snapshot: Snapshot, network: Network) -> list[DhcpServerSeen]:
    """Offers that tell a client to do without IPv4 (RFC 8925 §3.3)."""
    return [one for one in servers4(snapshot, network) if one.ipv6_only_wait_s is not None]


def is_listed(mac: str, address: str, allowed: Collection[str]) -> bool:
    """Whether the officer's list names a server by MAC or address."""
    listed = {entry.lower().partition("%")[0] for entry in allowed}
    return mac.lower() in listed or address.lower() in listed


def tells_option_108(device: Device) -> bool | None:
    """Whether a device can do without IPv4 by its own word; None: it has not said (RFC 8925)."""
    return device.dhcp.ipv6_only_capable if device.dhcp is not None else None


def unasked(check: Check, snapshot: Snapshot, network: Network, count: int) -> Finding | None:
    """The finding that silence of servers proves nothing; None when it does."""
    if not network.interface:
        return check.unknown(network, "not_listened", "the agent is not on this network")
    if not snapshot.tap.available:
        return check.unknown(network, "no_tap", "raw packets cannot be sent or heard")
    if count < FEWEST_QUESTIONS:
        text = f"servers were asked {count} of {FEWEST_QUESTIONS} times"
        return check.unknown(network, "not_solicited", text, questions=count)
    return None


def _fresh(seen: Iterable[Server], snapshot: Snapshot, network: Network) -> list[Server]:
    return [
        one
        for one in seen
        if one.interface == network.interface and one.at + REMEMBERED_S >= snapshot.taken_at
    ]
