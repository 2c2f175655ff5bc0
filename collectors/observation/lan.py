"""What is seen of a LAN and its devices, and of the own host."""

from typing import Literal

import msgspec

Family = Literal["ipv4", "ipv6"]
Transport = Literal["tcp", "udp"]

# How an address was seen on a MAC. `own` and the replies are first-hand; `neighbour_table` is what
# a kernel remembers; `dhcp` is what a server handed out; `datagram` is the source of a message that
# stays on the link (multicast DNS, LLMNR, NetBIOS, SSDP, WS-Discovery, DHCPv6).
How = Literal[
    "arp_reply", "arp_request", "arp_announcement", "neighbour_advertisement",
    "neighbour_solicitation", "dad", "router_solicitation", "router_advertisement", "echo_reply",
    "parameter_problem", "mld_report", "dhcp", "neighbour_table", "own", "datagram",
    "router_table",
]  # fmt: skip


# How a neighbour advertisement with its link address holds the target (RFC 4861 §7.2.4): `sole`, as
# its own unicast address (override), or `shared`, an anycast address or that of a host for which
# it is a proxy. An advertisement without the link address says nothing of it.
Hold = Literal["", "sole", "shared"]


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
    hold: Hold = ""


class EchoAnswered(Observation, frozen=True, kw_only=True):
    """An address answered an echo request through a router, so no MAC belongs to it.

    `hop_limit` is the TTL that was left of the answer.
    """

    address: str
    rtt_s: float | None = None
    hop_limit: int | None = None


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


class Dhcpv6ClientSeen(Observation, frozen=True, kw_only=True):
    """What a DHCPv6 client on the link says of itself (RFC 8415); `duid` is hexadecimal.

    `duid_mac` is the MAC inside the identifier, of one of its interfaces at some time. `enterprise`
    and `vendor_class` are of option 16. `requested` are option codes, None when it sent no list.
    """

    mac: str
    address: str
    message: Literal[
        "solicit", "request", "confirm", "renew", "rebind", "release", "decline",
        "information_request",
    ]  # fmt: skip
    duid: str = ""
    duid_kind: Literal["llt", "en", "ll", "uuid", "unknown", ""] = ""
    duid_mac: str = ""
    hostname: str = ""
    vendor_class: str = ""
    enterprise: int | None = None
    requested: tuple[int, ...] | None = None
    wants_address: bool = False
    wants_prefix: bool = False


class Dhcpv6ServerSeen(Observation, frozen=True, kw_only=True):
    """What a DHCPv6 server or relay on the link says (ADVERTISE, REPLY, RECONFIGURE).

    `client_mac` is the station that the frame went to, empty when it went to a group. `status` is
    the code of the message or of an association (RFC 8415 §21.13), None for success.
    """

    mac: str
    address: str
    message: Literal["advertise", "reply", "reconfigure"]
    duid: str = ""
    client_mac: str = ""
    client_duid: str = ""
    addresses: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    resolvers: tuple[str, ...] = ()
    preference: int = 0
    status: int | None = None


class Dhcpv6Relayed(Observation, frozen=True, kw_only=True):
    """A relay passed on what a client of another link said, or is told (RFC 8415 §9).

    `mac` is what the first relay saw of the client (RFC 6939), empty when it did not tell; `peer`
    the client's own address there, `link` an address of that link. `duid` is the client's.
    `addresses` are those that a reply leases. The sender of the frame is not told: it may be any
    relay, server or router on the way.
    """

    message: Literal[
        "solicit", "request", "confirm", "renew", "rebind", "release", "decline",
        "information_request", "advertise", "reply", "reconfigure",
    ]  # fmt: skip
    duid: str
    mac: str = ""
    peer: str = ""
    link: str = ""
    hostname: str = ""
    vendor_class: str = ""
    enterprise: int | None = None
    addresses: tuple[str, ...] = ()


class NeighbourAnnounced(Observation, frozen=True, kw_only=True):
    """A switch, phone or host announced itself by LLDP or CDP; `mac` is that of its port.

    `lifetime_s` 0 takes the announcement back. `vlan` is the untagged one of the port.
    """

    protocol: Literal["lldp", "cdp"]
    mac: str
    chassis: str
    port: str
    lifetime_s: int
    chassis_mac: str = ""
    name: str = ""
    description: str = ""
    port_description: str = ""
    model: str = ""
    serial: str = ""
    capabilities: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    vlan: int | None = None


class BridgeSeen(Observation, frozen=True, kw_only=True):
    """A bridge sent a spanning tree message; `root` and `bridge` are MACs, empty in a TCN."""

    mac: str
    message: Literal["configuration", "rapid", "topology_change"]
    root: str = ""
    root_priority: int = 0
    bridge: str = ""
    bridge_priority: int = 0
    instance: int = 0  # the VLAN, or the number of the tree
    cost: int = 0
    changed: bool = False  # the topology change flag


class VirtualRouterSeen(Observation, frozen=True, kw_only=True):
    """The active router of a group announced itself; `mac` may be the group's own.

    `router_id` is the number of the group. CARP has a skew where the others have a priority: it is
    given as 255 less the skew, and CARP does not tell its `addresses`.
    """

    mac: str
    address: str
    router_id: int
    version: Literal[1, 2, 3]
    priority: int
    interval_s: float
    addresses: tuple[str, ...] = ()
    protocol: Literal["vrrp", "hsrp", "carp"] = "vrrp"


class TrunkOffered(Observation, frozen=True, kw_only=True):
    """A switch port negotiates trunks (DTP): a station that answers may see every VLAN."""

    mac: str
    mode: Literal["on", "off", "desirable", "auto", "unknown"]
    trunking: bool
    domain: str = ""


class ServiceAdvertised(Observation, frozen=True, kw_only=True):
    """A station says that it offers a service; nothing was probed.

    `kind` is a DNS-SD type (`_ipp._tcp`), a UPnP type or a WS-Discovery type; `name` the instance
    or the stable identifier; `server` what it calls its software; `gone` takes it back.
    """

    protocol: Literal["mdns", "ssdp", "wsd"]
    mac: str
    address: str
    kind: str
    name: str = ""
    port: int = 0
    location: str = ""
    server: str = ""
    details: tuple[str, ...] = ()  # `key=value` of a DNS-SD TXT record (RFC 6763 §6)
    gone: bool = False


class KeySeen(Observation, frozen=True, kw_only=True):
    """The public key that a service proved or presented; nobody logged in.

    `fingerprint` is `SHA256:` and base64 without padding, of the SSH key blob (RFC 4253 §6.6) or
    of the certificate's SubjectPublicKeyInfo. `subject` is the certificate's common name.
    """

    address: str
    protocol: Literal["ssh", "tls"]
    port: int
    algorithm: str
    fingerprint: str
    subject: str = ""
    self_signed: bool = False


class EngineSeen(Observation, frozen=True, kw_only=True):
    """An SNMP engine answered discovery (RFC 3414 §4); `engine_id` is hexadecimal."""

    address: str
    engine_id: str
    enterprise: int | None = None


class PageSeen(Observation, frozen=True, kw_only=True):
    """The start page of a web service: one GET of `/`, no redirect followed to another host."""

    address: str
    port: int
    secure: bool
    status: int
    title: str = ""
    server: str = ""


class DescriptionSeen(Observation, frozen=True, kw_only=True):
    """What a device says of its make: a UPnP description, a WS-Discovery or IPP answer."""

    address: str
    protocol: Literal["upnp", "wsd", "ipp", "mdns"]
    manufacturer: str = ""
    model: str = ""
    serial: str = ""
    uuid: str = ""
    name: str = ""
    device_type: str = ""
    firmware: str = ""


class NameSeen(Observation, frozen=True, kw_only=True):
    """A name for an address or a MAC; `source` is the protocol (mdns, nbns, rdns, dhcp, …)."""

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
    # The address of the other family where the port was open between two tries that failed here.
    against: str = ""


class CommunityTried(Observation, frozen=True, kw_only=True):
    """One SNMPv2c GET of sysDescr.0 with a well-known community (opt-in, RFC 3416 §4.2.1)."""

    address: str
    community: str
    answered: bool
    system_description: str = ""
