"""What is seen of a network's readiness for IPv6: who was asked what, and what came of it."""

from typing import Literal

import msgspec

from collectors.observation.lan import Family, Observation, Transport

Outcome = Literal["answered", "refused", "timeout", "unreachable", "error"]


class DhcpAsked(Observation, frozen=True, kw_only=True):
    """DHCP servers of a link were asked and had time to answer; no lease was requested.

    `discover` is DHCPv4 with option 108 in its list (RFC 8925 §3.1), the others DHCPv6
    (RFC 8415 §18.2.1, §18.2.6).
    """

    message: Literal["discover", "solicit", "information_request"]
    count: int
    waited_s: float


class QuerierSeen(Observation, frozen=True, kw_only=True):
    """Somebody queries the multicast groups of a link (RFC 3810 §5.1; version 1: RFC 2710 §3)."""

    mac: str
    address: str
    version: Literal[1, 2]
    interval_s: int = 0  # 0: the message does not say
    robustness: int = 0


class NeighbourCompared(Observation, frozen=True, kw_only=True):
    """A neighbour was solicited by multicast and by unicast (RFC 4861 §7.2); who got an answer."""

    mac: str
    address: str
    multicast: bool
    unicast: bool
    probes: int = 0  # of each kind


class TargetAsked(Observation, frozen=True, kw_only=True):
    """A station asked who has an address, as it does before it talks to it: ARP or ND.

    `address` is the asker's. `count` is how often since the last such observation.
    """

    mac: str
    address: str
    target: str
    family: Family
    count: int = 1


class TunnelSeen(Observation, frozen=True, kw_only=True):
    """A station sends IPv6 in IPv4, or looks for a way to (RFC 7123 §3)."""

    mac: str
    address: str
    kind: Literal["6in4", "6to4", "teredo", "isatap", "gre"]
    peer: str = ""


class RedirectSeen(Observation, frozen=True, kw_only=True):
    """A station redirects hosts to another next hop (RFC 4861 §4.5)."""

    mac: str
    address: str
    target: str
    destination: str


class AdvertisementRefused(Observation, frozen=True, kw_only=True):
    """A router advertisement that no host may heed (RFC 4861 §6.1.2), and why."""

    mac: str
    address: str
    reason: str


class ResolverTried(Observation, frozen=True, kw_only=True):
    """One question to one resolver over one transport. `question` is `NAME TYPE`."""

    resolver: str
    family: Family
    transport: Transport
    origin: Literal["host", "ra", "dhcpv4", "dhcpv6", "config"]
    question: str
    outcome: Outcome
    rcode: str = ""  # NOERROR, NXDOMAIN, ...; set when answered
    answers: tuple[str, ...] = ()
    duration_s: float | None = None


class ReachTried(Observation, frozen=True, kw_only=True):
    """A TCP connection to a configured anchor, or to the router (`name` empty), by one family."""

    name: str
    address: str
    family: Family
    port: int
    outcome: Outcome
    duration_s: float | None = None


class PathSize(msgspec.Struct, frozen=True):
    """One size of IPv6 packet; `too_big_mtu` is what a router on the way said (RFC 4443 §3.2)."""

    size_bytes: int
    answered: bool
    too_big_mtu: int | None = None


class PathProbed(Observation, frozen=True, kw_only=True):
    """Echo requests of several sizes to a far address, and a TCP upload of 8 kB and more.

    `upload` is `stalled` when the connection came up and the data was never acknowledged.
    `fragments`: whether an echo request in fragments was answered; None when it was not sent.
    """

    address: str
    sizes: tuple[PathSize, ...]
    upload: Literal["ok", "stalled", "no_connection", "not_tried"] = "not_tried"
    fragments: bool | None = None


class Listener(msgspec.Struct, frozen=True):
    """A port on which the own host listens, by family; `None`: it cannot be told."""

    transport: Transport
    port: int
    ipv4: bool
    ipv6: bool | None
    process: str = ""
    loopback_only: bool = False


class StackRoute(msgspec.Struct, frozen=True):
    """A default route of the own host; `expires_s` None: it is static."""

    family: Family
    gateway: str
    interface: str
    expires_s: int | None = None
    preference: str = "medium"
    gateway_state: str = ""  # the neighbour's state: REACHABLE, STALE, FAILED, ...


class StackAddress(msgspec.Struct, frozen=True):
    """An IPv6 address of the own host with the kernel's flags (`dadfailed`, ...)."""

    address: str
    interface: str
    flags: tuple[str, ...] = ()


class StackSeen(Observation, frozen=True, kw_only=True):
    """How the own host's IPv6 is set up. Dictionary keys of `interfaces` are their names.

    `settings` and the values of `interfaces` hold sysctl values by their last name
    (`accept_ra`, `use_tempaddr`, ...). `counters` are what the kernel counted since the last look
    (`Ip6ReasmFails`, ...); None: this is the first. `filters` says per family whether a packet
    filter drops anything inbound; None: not readable. `filtered_icmpv6`: needed types that it drops
    (RFC 4890).
    """

    enabled: bool
    settings: dict[str, str] = msgspec.field(default_factory=dict)
    interfaces: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    addresses: tuple[StackAddress, ...] = ()
    routes: tuple[StackRoute, ...] = ()
    resolvers: tuple[str, ...] = ()
    listeners: tuple[Listener, ...] = ()
    tunnels: tuple[str, ...] = ()
    prefers_ipv4: bool | None = None
    filters: dict[Family, bool | None] = msgspec.field(default_factory=dict)
    filtered_icmpv6: tuple[int, ...] = ()
    counters: dict[str, int] | None = None


class DomainHost(msgspec.Struct, frozen=True):
    """A host that serves a domain, and which of its addresses answered on which port.

    `reached` has `ADDRESS PORT OUTCOME`. `status`, `title` and `digest` (of the visible text) are
    by family, for web hosts.
    """

    name: str
    ipv4: tuple[str, ...] = ()
    ipv6: tuple[str, ...] = ()
    reached: tuple[str, ...] = ()
    status: dict[Family, int] = msgspec.field(default_factory=dict)
    title: dict[Family, str] = msgspec.field(default_factory=dict)
    digest: dict[Family, str] = msgspec.field(default_factory=dict)
    key: dict[Family, str] = msgspec.field(default_factory=dict)


class DomainSeen(Observation, frozen=True, kw_only=True):
    """One aspect of an own domain: its web hosts, name servers or mail hosts, looked at by DNS.

    `error` is set when the question itself could not be answered; `null_mx` is RFC 7505.
    `similarity` of the text that both families give, 0 to 1; `literals`: IPv4 addresses in pages.
    """

    domain: str
    aspect: Literal["web", "ns", "mx"]
    hosts: tuple[DomainHost, ...] = ()
    error: str = ""
    null_mx: bool = False
    similarity: float | None = None
    literals: tuple[str, ...] = ()


class TwinTried(Observation, frozen=True, kw_only=True):
    """The IPv6-only twin tried a service of the office's list for real; `stage` is where it ended.

    `via_nat64`: the address that worked was synthesised.
    """

    service: str
    stage: Literal["resolve", "connect", "talk", "done"]
    works: bool
    address: str = ""
    via_nat64: bool = False
    detail: str = ""


class LookedUp(Observation, frozen=True, kw_only=True):
    """A client asked a resolver for the addresses of a name, by the resolver's own log.

    `a` and `aaaa` count its questions since the last such observation. `answers` are addresses that
    the log shows for the name, `lacks` the families of which it says that there are none.
    `with_answers`: the log shows answers, so that a name without any has none.
    """

    client: str
    name: str  # lower case, no dot at the end
    a: int = 0
    aaaa: int = 0
    answers: tuple[str, ...] = ()
    lacks: tuple[Family, ...] = ()
    with_answers: bool = False
