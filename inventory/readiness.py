"""What is known of readiness for IPv6 beyond devices and routers; part of the snapshot."""

import msgspec

from collectors.observation import (
    AdvertisementRefused,
    DhcpServerSeen,
    Dhcpv6ServerSeen,
    DomainSeen,
    Family,
    NeighbourCompared,
    PathProbed,
    QuerierSeen,
    ReachTried,
    RedirectSeen,
    ResolverTried,
    SnmpSeen,
    StackSeen,
    TrunkOffered,
    TunnelSeen,
    TwinTried,
)


class Asked(msgspec.Struct, frozen=True, omit_defaults=True):
    """How often servers of a link were asked by one kind of message since the agent started."""

    interface: str
    message: str
    count: int
    last_at: float


class Edge(msgspec.Struct, frozen=True, omit_defaults=True):
    """A device asked for an address on its link, as one does before talking to it.

    `days` is on how many days (UTC); `target_device` is empty while nobody holds the address.
    """

    device: str
    target: str
    family: Family
    count: int
    days: int
    first_seen: float
    last_seen: float
    target_device: str = ""
    interface: str = ""


class Lookup(msgspec.Struct, frozen=True, omit_defaults=True):
    """A client's questions to resolvers for one name, on `days` days (UTC); see `LookedUp`."""

    client: str
    name: str
    a: int
    aaaa: int
    first_seen: float
    last_seen: float
    days: int = 1
    answers: tuple[str, ...] = ()
    lacks: tuple[Family, ...] = ()
    with_answers: bool = False


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of readiness beyond devices and routers: the last observation of each thing.

    A resolver's entry is per question and transport; a DHCP server's per message. All is bounded.
    """

    asked: tuple[Asked, ...] = ()
    dhcp: tuple[DhcpServerSeen, ...] = ()
    dhcpv6: tuple[Dhcpv6ServerSeen, ...] = ()
    queriers: tuple[QuerierSeen, ...] = ()
    compared: tuple[NeighbourCompared, ...] = ()
    tunnels: tuple[TunnelSeen, ...] = ()
    redirects: tuple[RedirectSeen, ...] = ()
    trunks: tuple[TrunkOffered, ...] = ()
    refused: tuple[AdvertisementRefused, ...] = ()
    resolvers: tuple[ResolverTried, ...] = ()
    reached: tuple[ReachTried, ...] = ()
    paths: tuple[PathProbed, ...] = ()
    stack: StackSeen | None = None
    domains: tuple[DomainSeen, ...] = ()
    twin: tuple[TwinTried, ...] = ()
    edges: tuple[Edge, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    snmp: tuple[SnmpSeen, ...] = ()
