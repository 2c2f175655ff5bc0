"""What a collector can say: small frozen values with where they came from and when.

Every observation carries `at` (Unix time, seconds, UTC), `source` (the collector's name) and, where
it was made on a link, `interface` (the name of the agent's own interface). Addresses are canonical
text (RFC 5952 for IPv6, no zone), MACs are lower-case and colon-separated. Text that came from the
network has passed `collectors.wire.text.clean_text` before it gets here.
"""

from typing import Literal

import msgspec

Family = Literal["ipv4", "ipv6"]
Transport = Literal["tcp", "udp"]

# How an address was seen on a MAC. `own` and the replies are first-hand; `neighbour_table` is what
# a kernel remembers; `dhcp` is what a server handed out.
How = Literal[
    "arp_reply", "arp_request", "arp_announcement", "neighbour_advertisement",
    "neighbour_solicitation", "dad", "router_solicitation", "router_advertisement", "echo_reply",
    "parameter_problem", "mld_report", "dhcp", "neighbour_table", "own",
]  # fmt: skip


class Observation(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """The base: where it came from and when."""

    at: float
    source: str
    interface: str = ""


class AddressSeen(Observation, frozen=True, kw_only=True):
    """A MAC uses (or, with `how="dad"`, wants to use) an address on a link."""

    mac: str
    address: str
    how: How
    router: bool = False  # the R flag of a neighbour advertisement (RFC 4861 §4.4)


class EchoAnswered(Observation, frozen=True, kw_only=True):
    """An address answered an echo request through a router, so no MAC belongs to it."""

    address: str
    rtt_s: float | None = None


class Unanswered(Observation, frozen=True, kw_only=True):
    """A known address stayed silent after `probes` probes of one kind (`arp`, `nd`, …)."""

    address: str
    kind: Literal["arp", "nd", "echo", "tcp"]
    probes: int
    mac: str = ""


class Solicited(Observation, frozen=True, kw_only=True):
    """Router solicitations were sent on a link and there was time to answer (RFC 4861 §6.3.7)."""

    count: int
    waited_s: float


class GroupsReported(Observation, frozen=True, kw_only=True):
    """Multicast groups that a node reported (RFC 3810 §5.2, RFC 2710 §3); `left` ones it left."""

    mac: str
    address: str
    groups: tuple[str, ...]
    left: tuple[str, ...] = ()
    version: Literal[1, 2] = 2
    complete: bool = False  # a current-state report: the whole list, not a change


class AdvertisedPrefix(msgspec.Struct, frozen=True):
    """A prefix information option (RFC 4861 §4.6.2); lifetimes in seconds, 2**32-1 = infinite."""

    prefix: str
    on_link: bool
    autonomous: bool
    valid_s: int
    preferred_s: int


class AdvertisedRoute(msgspec.Struct, frozen=True):
    """A route information option (RFC 4191 §2.3)."""

    prefix: str
    preference: Literal["low", "medium", "high"]
    lifetime_s: int


class AdvertisedResolvers(msgspec.Struct, frozen=True):
    """A recursive DNS server option (RFC 8106 §5.1)."""

    addresses: tuple[str, ...]
    lifetime_s: int


class AdvertisedSearch(msgspec.Struct, frozen=True):
    """A DNS search list option (RFC 8106 §5.2)."""

    domains: tuple[str, ...]
    lifetime_s: int


class AdvertisedPref64(msgspec.Struct, frozen=True):
    """A PREF64 option (RFC 8781 §4)."""

    prefix: str
    lifetime_s: int


class RouterAdvertised(Observation, frozen=True, kw_only=True):
    """A router advertisement (RFC 4861 §4.2), every option decoded."""

    mac: str
    address: str
    hop_limit: int
    managed: bool
    other: bool
    preference: Literal["low", "medium", "high"]
    lifetime_s: int
    reachable_ms: int = 0
    retransmit_ms: int = 0
    mtu: int | None = None
    prefixes: tuple[AdvertisedPrefix, ...] = ()
    routes: tuple[AdvertisedRoute, ...] = ()
    resolvers: tuple[AdvertisedResolvers, ...] = ()
    search: tuple[AdvertisedSearch, ...] = ()
    pref64: tuple[AdvertisedPref64, ...] = ()
    captive_portal: str = ""


class DhcpClientSeen(Observation, frozen=True, kw_only=True):
    """What a DHCPv4 client says of itself (RFC 2131); `ipv6_only_capable` is RFC 8925 §3.2."""

    mac: str
    message: Literal["discover", "request", "decline", "release", "inform"]
    hostname: str = ""
    vendor_class: str = ""
    client_id: str = ""
    requested_address: str = ""
    parameters: tuple[int, ...] = ()
    ipv6_only_capable: bool | None = None  # None: it sent no parameter request list


class DhcpServerSeen(Observation, frozen=True, kw_only=True):
    """What a DHCPv4 server says (OFFER, ACK, NAK)."""

    mac: str
    address: str
    message: Literal["offer", "ack", "nak"]
    client_mac: str = ""
    offered_address: str = ""
    routers: tuple[str, ...] = ()
    resolvers: tuple[str, ...] = ()
    lease_s: int | None = None
    ipv6_only_wait_s: int | None = None


class NameSeen(Observation, frozen=True, kw_only=True):
    """A name for an address or a MAC; `source` is the protocol (mdns, nbns, rdns, dhcp)."""

    name: str
    address: str = ""
    mac: str = ""


class ServiceSeen(Observation, frozen=True, kw_only=True):
    """The state of one port, and the banner where the protocol speaks first."""

    address: str
    transport: Transport
    port: int
    state: Literal["open", "closed", "filtered"]
    name: str = ""
    banner: str = ""
    evidence: str = ""  # e.g. "iac" when a telnet negotiation byte came first


class CommunityTried(Observation, frozen=True, kw_only=True):
    """One SNMPv2c GET of sysDescr.0 with a well-known community (opt-in, RFC 3416 §4.2.1)."""

    address: str
    community: str
    answered: bool
    system_description: str = ""


class InterfaceAddress(msgspec.Struct, frozen=True):
    """An address of an own interface with the kernel's flags (`tentative`, `temporary`, …)."""

    address: str
    prefix_length: int
    scope: Literal["global", "link", "host", "site"]
    flags: tuple[str, ...] = ()


class InterfaceSeen(Observation, frozen=True, kw_only=True):
    """An own interface; `interface` is its name. Ethernet-like ones only carry a MAC."""

    index: int
    mac: str
    up: bool
    carrier: bool
    mtu: int
    kind: str = ""
    addresses: tuple[InterfaceAddress, ...] = ()


class RouteSeen(Observation, frozen=True, kw_only=True):
    """A route of the agent's own host; `gateway` is empty for on-link destinations."""

    family: Family
    destination: str
    gateway: str = ""


class DiskFacts(msgspec.Struct, frozen=True):
    """One mounted file system; sizes in bytes."""

    mount: str
    device: str
    size_bytes: int
    free_bytes: int


class InterfaceCounters(msgspec.Struct, frozen=True):
    """Traffic of one own interface since boot; speed in bits per second or None."""

    name: str
    received_bytes: int
    sent_bytes: int
    receive_errors: int
    send_errors: int
    receive_drops: int
    send_drops: int
    up: bool
    speed_bps: int | None = None


class HostSeen(Observation, frozen=True, kw_only=True):
    """The agent's own host through psutil; `boot_at` is Unix time, ratios are 0 to 1."""

    hostname: str
    system: str
    release: str
    machine: str
    cpus: int
    cpu_busy_ratio: float | None
    load1: float
    memory_bytes: int
    memory_available_bytes: int
    boot_at: float
    disks: tuple[DiskFacts, ...] = ()
    interfaces: tuple[InterfaceCounters, ...] = ()


AnyObservation = (
    AddressSeen
    | EchoAnswered
    | Unanswered
    | Solicited
    | GroupsReported
    | RouterAdvertised
    | DhcpClientSeen
    | DhcpServerSeen
    | NameSeen
    | ServiceSeen
    | CommunityTried
    | InterfaceSeen
    | RouteSeen
    | HostSeen
)
