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
    Dhcpv6Relayed,
    Dhcpv6ServerSeen,
    EchoAnswered,
    EngineSeen,
    GroupsReported,
    HostSeen,
    InterfaceSeen,
    KeySeen,
    NameSeen,
    NeighbourAnnounced,
    NeighbourTold,
    PageSeen,
    RouterAdvertised,
    RouteSeen,
    ServiceAdvertised,
    ServiceSeen,
    Solicited,
    Unanswered,
    VirtualRouterSeen,
)
from inventory.address_review import AddressReview
from inventory.announcements import Announcements
from inventory.cards import Cards
from inventory.evidence import Evidence
from inventory.facts import FactBook
from inventory.ledger import Ledger
from inventory.own_host import OwnHost
from inventory.rounds import Rounds
from inventory.routed import Routed
from inventory.sightings import Sightings
from inventory.statements import Statements
from inventory.virtual_routers import VirtualRouters


class Merger:
    """Applies observations to the ledger, in order; never raises on what a network said."""

    def __init__(
        self, ledger: Ledger, facts: FactBook, responders: dict[str, int | None], cards: Cards
    ) -> None:
        self.routed = Routed(ledger, responders)
        self.review = AddressReview(ledger)
        self._cards = cards
        self._unjudged = ledger.book.unjudged
        self.sightings = Sightings(ledger, self.review)
        self.rounds = Rounds(ledger)
        self.own_host = OwnHost(ledger, self.rounds)
        statements = Statements(ledger, self.sightings)
        announcements = Announcements(ledger)
        evidence = Evidence(ledger)
        self._handlers: dict[type, Callable[[Any], None]] = {
            AddressSeen: self.sightings.address_seen,
            EchoAnswered: self.routed.echo_answered,
            Unanswered: self.sightings.unanswered,
            Solicited: ledger.networks.solicited,
            GroupsReported: statements.groups_reported,
            RouterAdvertised: _both(statements.router_advertised, self.review.router_advertised),
            DhcpClientSeen: _both(statements.dhcp_client, evidence.dhcp_client),
            DhcpServerSeen: _both(statements.dhcp_server, facts.note_dhcp),
            Dhcpv6ClientSeen: _both(announcements.dhcpv6_client, evidence.dhcpv6_client),
            Dhcpv6Relayed: announcements.dhcpv6_relayed,
            Dhcpv6ServerSeen: _both(announcements.dhcpv6_server, facts.note),
            NeighbourAnnounced: _both(
                announcements.neighbour_announced, evidence.neighbour_announced
            ),
            NeighbourTold: announcements.neighbour_told,
            BridgeSeen: evidence.bridge_seen,
            VirtualRouterSeen: VirtualRouters(ledger).announced,
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
        handlers, unjudged, cards = self._handlers, self._unjudged, self._cards
        for observation in observations:
            handlers[type(observation)](observation)
            if unjudged:
                self.review.now()
            if cards.watched:
                cards.note(observation)


def _both(first: Callable[[Any], None], second: Callable[[Any], None]) -> Callable[[Any], None]:
    def handle(seen: Any) -> None:
        first(seen)
        second(seen)

    return handle
