"""What a collector can say: small frozen values with where they came from and when.

Every observation carries `at` (Unix time, seconds, UTC), `source` (the collector's name) and, where
it was made on a link, `interface` (the name of the agent's own interface). Addresses are canonical
text (RFC 5952 for IPv6, no zone), MACs are lower-case and colon-separated. Text that came from the
network has passed `collectors.wire.text.clean_text` before it gets here.
"""

from collectors.observation.lan import (
    AddressSeen,
    AdvertisedPref64,
    AdvertisedPrefix,
    AdvertisedResolvers,
    AdvertisedRoute,
    AdvertisedSearch,
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
    Family,
    GroupsReported,
    Hold,
    How,
    KeySeen,
    NameSeen,
    NeighbourAnnounced,
    Observation,
    PageSeen,
    RouterAdvertised,
    ServiceAdvertised,
    ServiceSeen,
    Solicited,
    Transport,
    TrunkOffered,
    Unanswered,
    VirtualRouterSeen,
)
from collectors.observation.own import (
    DiskFacts,
    HostSeen,
    InterfaceAddress,
    InterfaceCounters,
    InterfaceSeen,
    RouteSeen,
)
from collectors.observation.readiness import (
    AdvertisementRefused,
    DhcpAsked,
    DomainHost,
    DomainSeen,
    Listener,
    LookedUp,
    NeighbourCompared,
    Outcome,
    PathProbed,
    PathSize,
    QuerierSeen,
    ReachTried,
    RedirectSeen,
    ResolverTried,
    StackAddress,
    StackRoute,
    StackSeen,
    TargetAsked,
    TunnelSeen,
    TwinTried,
)
from collectors.observation.snmp import (
    NeighbourTold,
    SnmpAddress,
    SnmpInterface,
    SnmpListener,
    SnmpSeen,
)

__all__ = [
    "AddressSeen",
    "AdvertisedPref64",
    "AdvertisedPrefix",
    "AdvertisedResolvers",
    "AdvertisedRoute",
    "AdvertisedSearch",
    "AdvertisementRefused",
    "AnyObservation",
    "BridgeSeen",
    "CommunityTried",
    "DescriptionSeen",
    "DhcpAsked",
    "DhcpClientSeen",
    "DhcpServerSeen",
    "Dhcpv6ClientSeen",
    "Dhcpv6Relayed",
    "Dhcpv6ServerSeen",
    "DiskFacts",
    "DomainHost",
    "DomainSeen",
    "EchoAnswered",
    "EngineSeen",
    "Family",
    "GroupsReported",
    "Hold",
    "HostSeen",
    "How",
    "InterfaceAddress",
    "InterfaceCounters",
    "InterfaceSeen",
    "KeySeen",
    "Listener",
    "LookedUp",
    "NameSeen",
    "NeighbourAnnounced",
    "NeighbourCompared",
    "NeighbourTold",
    "Observation",
    "Outcome",
    "PageSeen",
    "PathProbed",
    "PathSize",
    "QuerierSeen",
    "ReachTried",
    "RedirectSeen",
    "ResolverTried",
    "RouteSeen",
    "RouterAdvertised",
    "ServiceAdvertised",
    "ServiceSeen",
    "SnmpAddress",
    "SnmpInterface",
    "SnmpListener",
    "SnmpSeen",
    "Solicited",
    "StackAddress",
    "StackRoute",
    "StackSeen",
    "TargetAsked",
    "Transport",
    "TrunkOffered",
    "TunnelSeen",
    "TwinTried",
    "Unanswered",
    "VirtualRouterSeen",
]

AnyObservation = (
    AddressSeen
    | EchoAnswered
    | Unanswered
    | Solicited
    | GroupsReported
    | RouterAdvertised
    | DhcpClientSeen
    | DhcpServerSeen
    | Dhcpv6ClientSeen
    | Dhcpv6Relayed
    | Dhcpv6ServerSeen
    | NeighbourAnnounced
    | BridgeSeen
    | VirtualRouterSeen
    | TrunkOffered
    | ServiceAdvertised
    | KeySeen
    | EngineSeen
    | PageSeen
    | DescriptionSeen
    | NameSeen
    | ServiceSeen
    | CommunityTried
    | InterfaceSeen
    | RouteSeen
    | HostSeen
    | DhcpAsked
    | QuerierSeen
    | AdvertisementRefused
    | NeighbourCompared
    | TargetAsked
    | TunnelSeen
    | RedirectSeen
    | ResolverTried
    | ReachTried
    | PathProbed
    | StackSeen
    | DomainSeen
    | TwinTried
    | LookedUp
    | SnmpSeen
    | NeighbourTold
)
