"""The way of an observation to the one that knows what to do with it."""

from collections.abc import Callable, Iterable
from typing import Any

from collectors.observation import (
    AddressSeen,
    AnyObservation,
    BridgeSeen,
    CommunityTried,
    DescriptionSeen,
    DhcpClientSeen,
    DhcpServerSeen,
    Dhcpv6ClientSeen,
    Dhcpv6ServerSeen,
    EchoAnswered,
    EngineSeen,
    GroupsReported,
    HostSeen,
    InterfaceSeen,
    KeySeen,
    NameSeen,
    NeighbourAnnounced,
    PageSeen,
    RouterAdvertised,
    RouteSeen,
    ServiceAdvertised,
    ServiceSeen,
    Solicited,
    TrunkOffered,
    Unanswered,
    VirtualRouterSeen,
)
from inventory.announcements import Announcements
from inventory.evidence import Evidence
from inventory.facts import FactBook
from inventory.ledger import Ledger
from inventory.own_host import OwnHost
from inventory.sightings import Sightings
from inventory.statements import Statements


class Merger:
    """Applies observations to the ledger, in order; never raises on what a network said."""

    def __init__(self, ledger: Ledger, facts: FactBook) -> None:
        self.sightings = Sightings(ledger)
        self.own_host = OwnHost(ledger)
        statements = Statements(ledger, self.sightings)
        announcements = Announcements(ledger, self.sightings)
        evidence = Evidence(ledger)
        self._handlers: dict[type, Callable[[Any], None]] = {
            AddressSeen: self.sightings.address_seen,
            EchoAnswered: self.sightings.echo_answered,
            Unanswered: self.sightings.unanswered,
            Solicited: ledger.networks.solicited,
            GroupsReported: statements.groups_reported,
            RouterAdvertised: statements.router_advertised,
            DhcpClientSeen: statements.dhcp_client,
            DhcpServerSeen: _both(statements.dhcp_server, facts.note),
            Dhcpv6ClientSeen: announcements.dhcpv6_client,
            Dhcpv6ServerSeen: _both(announcements.dhcpv6_server, facts.note),
            NeighbourAnnounced: announcements.neighbour_announced,
            BridgeSeen: evidence.bridge_seen,
            VirtualRouterSeen: _not_used_yet,
            TrunkOffered: _not_used_yet,
            ServiceAdvertised: evidence.service_advertised,
            KeySeen: evidence.key_seen,
            EngineSeen: evidence.engine_seen,
            PageSeen: evidence.page_seen,
            DescriptionSeen: evidence.description_seen,
            NameSeen: statements.name_seen,
            ServiceSeen: statements.service_seen,
            CommunityTried: statements.community_tried,
            InterfaceSeen: self.own_host.interface_seen,
            RouteSeen: self.own_host.route_seen,
            HostSeen: self.own_host.host_seen,
            **facts.handlers(),
        }

    def apply(self, observations: Iterable[AnyObservation]) -> None:
        """Merge observations."""
        handlers = self._handlers
        for observation in observations:
            handlers[type(observation)](observation)


def _both(first: Callable[[Any], None], second: Callable[[Any], None]) -> Callable[[Any], None]:
    def handle(seen: Any) -> None:
        first(seen)
        second(seen)

    return handle


def _not_used_yet(_: object) -> None:
    """Nothing that is kept of a device or network follows from this observation so far."""
