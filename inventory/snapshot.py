"""One immutable picture of everything that is known, from which every surface is rendered.

Times are Unix seconds (UTC). Addresses are canonical text without zone, MACs lower-case. `None`
means unknown, never "no".

Structs of plain values are `gc=False`: they can be in no cycle, and they are many.
"""

from typing import Literal

import msgspec

from collectors.observation import Family, HostSeen, How, RouterAdvertised, Transport
from inventory.readiness import Facts
from inventory.traits import Advert, Announcement, Description, Key, Mark, Page

State = Literal["up", "down", "unknown", "asleep"]
# Why a state is unknown; empty when it is known. The first block are illnesses of the agent itself.
StateReason = Literal[
    "", "tap_lost", "no_carrier", "mass_silence", "clock_stepped", "suspended", "stalled",
    "router_down", "restarted", "never_heard", "no_evidence", "unconfirmed",
]  # fmt: skip
IllReason = Literal[
    "tap_lost", "no_carrier", "mass_silence", "clock_stepped", "suspended", "stalled",
]  # fmt: skip
AddressKind = Literal[
    "link-local", "eui-64", "stable-privacy", "temporary", "dhcpv6", "manual", "unique-local",
    "global", "private", "public", "loopback", "unknown",
]  # fmt: skip
# How an IPv6 address came about; "unknown": that cannot be told yet, or not at all.
Assignment = Literal["eui-64", "stable-privacy", "temporary", "dhcpv6", "manual", "unknown"]
DeviceKind = Literal[
    "router", "switch", "access_point", "firewall", "server", "workstation", "laptop", "phone",
    "tablet", "printer", "scanner", "camera", "nas", "ups", "voip", "tv", "iot",
    "virtual_machine", "hypervisor", "management_controller", "other", "unknown",
]  # fmt: skip
EventKind = Literal[
    "appeared", "returned", "silent", "address", "name_changed", "duplicate_address", "down",
    "tap_gap", "store_renewed", "learning_frozen", "router", "classified_seen", "scanner_ill",
    "scanner_well", "flapping", "responder", "merged", "split", "identity_conflict",
]  # fmt: skip
CollectorStatus = Literal["ok", "failed", "skipped"]

# A router that offers no default route names no lifetime. It may keep silent for
# MaxRtrAdvInterval, 1800 s at most (RFC 4861 §6.2.1).
LONGEST_SILENCE_S = 1800.0

# `Router.last_seen` may be late by so much: not every advertisement is written down.
LAST_SEEN_SLACK_S = 60.0


class Address(msgspec.Struct, frozen=True, gc=False):
    """An address of a device; `origin` is how it was first seen.

    `assigned` and `why` are about IPv6 of any scope; `kind` tells the scope first, and repeats
    `assigned` for global addresses. `born_at`: when the device was seen to form it (duplicate
    address detection). `interfaces`: the links on which it is heard, the present one first.
    """

    address: str
    family: Family
    kind: AddressKind
    origin: How
    first_seen: float
    last_seen: float
    answers: bool | None = None  # answered the last probe meant for it; None: never probed
    assigned: Assignment = "unknown"
    why: str = ""
    born_at: float | None = None
    interfaces: tuple[str, ...] = ()


class Name(msgspec.Struct, frozen=True, gc=False):
    """A name and the protocol that gave it."""

    name: str
    source: str
    last_seen: float


class Service(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One port of a device on one address, as last seen."""

    address: str
    transport: Transport
    port: int
    state: Literal["open", "closed", "filtered"]
    name: str = ""
    banner: str = ""
    evidence: str = ""
    last_seen: float = 0.0
    against: str = ""  # where it was open over the other family at the same time


class CommunityAnswer(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What an SNMP GET with a well-known community gave."""

    address: str
    community: str
    answered: bool
    system_description: str = ""
    at: float = 0.0


class DhcpClient(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What the device last said as a DHCPv4 client."""

    vendor_class: str = ""
    client_id: str = ""
    parameters: tuple[int, ...] = ()
    ipv6_only_capable: bool | None = None
    at: float = 0.0


class Dhcpv6Client(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What the device last said as a DHCPv6 client; `duid` is hexadecimal."""

    duid: str = ""
    vendor_class: str = ""
    enterprise: int | None = None
    requested: tuple[int, ...] = ()
    at: float = 0.0


class KindReason(msgspec.Struct, frozen=True, gc=False):
    """One piece of evidence for a kind: what was seen, by which rule, how much it weighs (0-1)."""

    kind: DeviceKind
    weight: float
    evidence: str
    rule: str


class Registered(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A row of the officer's register; empty and None are cells that say nothing."""

    row: int
    macs: tuple[str, ...] = ()
    name: str = ""
    division: str = ""
    kind: DeviceKind | None = None
    always_on: bool | None = None
    classified: bool = False
    serial: str = ""


class Device(msgspec.Struct, frozen=True, gc=False):
    """One device. `id` is `d-` and ten characters, stable over restarts.

    `confidence` is how sure the kind is, 0 to 1, never more than the identity allows (1 for a
    universal MAC, less for a random one, 0.3 for an address behind a router); 0 while the kind is
    unknown. `last_seen` moves in steps of 30 s. `proxy`: one station that answers for many
    addresses (proxy ARP or ND), of which only some are listed. `discovery_cycles` stops at 10.
    `groups_unseen` counts solicited-node groups that the device reported and for which no address
    is known: so many addresses, at least, exist unseen (RFC 4291 §2.7.1).
    """

    id: str
    macs: tuple[str, ...]
    name: str
    vendor: str
    kind: DeviceKind
    confidence: float
    network: str
    addresses: tuple[Address, ...]
    names: tuple[Name, ...]
    services: tuple[Service, ...]
    state: State
    reachable: dict[Family, bool]
    missed: int
    missed_total: int
    always_on: bool
    first_seen: float
    last_seen: float
    groups: tuple[str, ...] = ()
    groups_unseen: int = 0
    communities: tuple[CommunityAnswer, ...] = ()
    dhcp: DhcpClient | None = None
    dhcpv6: Dhcpv6Client | None = None
    random_mac: bool = False
    router: bool = False
    model: str | None = None
    serial: str | None = None
    os: str | None = None
    firmware: str | None = None
    division: str = ""
    own: bool = False  # the host that the agent runs on
    discovery_cycles: int = 0  # complete IPv6 discovery passes of its link since it was first seen
    proxy: bool = False
    marks: tuple[Mark, ...] = ()
    keys: tuple[Key, ...] = ()
    pages: tuple[Page, ...] = ()
    adverts: tuple[Advert, ...] = ()
    announcement: Announcement | None = None
    descriptions: tuple[Description, ...] = ()
    bridge: bool = False  # sends spanning tree messages
    kind_reasons: tuple[KindReason, ...] = ()
    suggested: tuple[str, ...] = ()  # ids of devices that may be the same one
    registered: Registered | None = None
    guessed: DeviceKind = "unknown"  # what evidence says of the kind, whatever the register says
    state_reason: StateReason = ""  # why the state is unknown
    flapping: bool = False  # it comes and goes too often for each time to be news
    patience: int = 4  # missed rounds until it is suspect: of its kind, and learnt


class RegisterState(msgspec.Struct, frozen=True, omit_defaults=True):
    """The register in force: `rows` are the good ones, `classified` how many say that."""

    rows: int
    classified: int = 0
    read_at: float = 0.0


class Router(msgspec.Struct, frozen=True):
    """A router as it last advertised itself; it is listed for a day after that.

    `withdrawn`: it was a default router and said that it is none any more (lifetime 0, RFC 4861
    §6.2.5). `earlier`: what it advertised in the day before, when that drew more to it than
    `advertisement` does: a goodbye does not undo what hosts took from it.
    """

    address: str
    mac: str
    advertisement: RouterAdvertised
    first_seen: float
    last_seen: float
    allowed: bool | None  # None: no list was configured and it was learnt first
    device: str = ""
    withdrawn: bool = False
    earlier: RouterAdvertised | None = None

    def in_force(self, now: float) -> bool:
        """Whether hosts still follow it: not withdrawn, and its lifetime has not run out."""
        return not self.withdrawn and is_lasting(self.advertisement, self.last_seen, now)


def is_lasting(advertisement: RouterAdvertised, heard_at: float, now: float) -> bool:
    """Whether the lifetime of an advertisement, heard last at a moment, has not run out."""
    lasts = advertisement.lifetime_s or LONGEST_SILENCE_S
    return heard_at + lasts + LAST_SEEN_SLACK_S >= now


class DuplicateAddress(msgspec.Struct, frozen=True):
    """One address that two stations answer for."""

    address: str
    macs: tuple[str, ...]
    first_seen: float
    last_seen: float


class VirtualRouter(msgspec.Struct, frozen=True, omit_defaults=True):
    """A group of routers that share addresses, of which one is active.

    `active` is the active router's own address, `device` its id, empty while it is not known;
    `mac` is what it sends from, which may be the group's. `since`: when it took over, or was first
    heard; `earlier` is who was active before.
    """

    protocol: Literal["vrrp", "hsrp", "carp"]
    router_id: int
    version: int
    addresses: tuple[str, ...]
    active: str
    mac: str
    priority: int
    first_seen: float
    since: float
    last_seen: float
    earlier: str = ""
    takeovers: int = 0
    device: str = ""


class Network(msgspec.Struct, frozen=True):
    """A link that the agent is on, or a routed network in scope (`interface` empty).

    `routers` are those of the last day, in force or not; `ipv6` has the prefixes of those in force.
    `solicitations` counts router solicitations sent with time enough to answer since the agent
    started; `listened_s` how long the watch has heard the link without a gap. `responders` are
    prefixes in which a firewall, NAT or proxy answers for every address: they make no devices.
    """

    id: str
    interface: str
    ipv4: tuple[str, ...]
    ipv6: tuple[str, ...]
    routers: tuple[Router, ...] = ()
    solicitations: int = 0
    listened_s: float = 0.0
    duplicates: tuple[DuplicateAddress, ...] = ()
    agent_has_ipv6: bool = False
    virtual_routers: tuple[VirtualRouter, ...] = ()
    responders: tuple[str, ...] = ()


class InventoryEvent(msgspec.Struct, frozen=True):
    """Something that happened; `detail` is one clean sentence."""

    number: int
    at: float
    kind: EventKind
    device: str
    network: str
    detail: str


class CollectorRun(msgspec.Struct, frozen=True):
    """How a collector's last run went; `reason` is set when it did not end well."""

    name: str
    status: CollectorStatus
    reason: str | None
    sent: int
    received: int
    duration_s: float
    finished_at: float
    last_success_at: float | None = None
    interval_s: float | None = None


class MustWork(msgspec.Struct, frozen=True):
    """A service that the office cannot do without: `host` is a name or an address."""

    name: str
    host: str
    port: int
    transport: Transport = "tcp"


class Policy(msgspec.Struct, frozen=True):
    """What the officer configured that checks need: pure data, in the snapshot."""

    routers: tuple[str, ...] = ()  # MACs or link-local addresses that may advertise
    dhcp_servers: tuple[str, ...] = ()
    default_community: bool = False  # the opt-in for posture.snmp_default_community
    allocations: tuple[str, ...] = ()  # IPv6 prefixes that are ours
    resolvers: tuple[str, ...] = ()  # DNS servers that devices should use
    anchors: tuple[str, ...] = ()  # far hosts by which the way out is judged, `HOST:PORT`
    domains: tuple[str, ...] = ()  # own domains
    must_work: tuple[MustWork, ...] = ()
    critical: tuple[str, ...] = ()  # MACs, addresses or names of devices that cap the score
    ipv6_only: bool = False  # the network's goal in force is IPv6-only, not dual stack
    internet: bool = True  # whether the networks are meant to reach the Internet at all
    snmp: tuple[str, ...] = ()  # networks whose devices are asked over SNMP


class TapState(msgspec.Struct, frozen=True):
    """Whether raw packets can be sent and heard, and why not."""

    available: bool
    reason: str = ""
    received: int = 0
    dropped: int = 0
    malformed: dict[str, int] = {}
    sent: dict[str, int] = {}
    restarts: int = 0
    overflowed: int = 0  # of `dropped`: observations that the queue to the agent had no room for


class Limit(msgspec.Struct, frozen=True):
    """A bound of the inventory. `reached`: full now, or something was refused in the last hour."""

    reached: bool = False
    refused: int = 0  # since the agent started


class Illness(msgspec.Struct, frozen=True):
    """The agent itself cannot tell: why, since when, and where (empty: everywhere)."""

    reason: IllReason
    network: str
    since: float
    detail: str = ""


class Snapshot(msgspec.Struct, frozen=True):
    """Everything at one moment. `number` rises by one with each snapshot that differs."""

    number: int
    taken_at: float
    site: str
    devices: tuple[Device, ...] = ()
    networks: tuple[Network, ...] = ()
    runs: tuple[CollectorRun, ...] = ()
    events_total: dict[EventKind, int] = {}
    host: HostSeen | None = None
    tap: TapState = TapState(available=False, reason="not started")
    policy: Policy = Policy()
    limits: dict[str, Limit] = {}  # by name: "devices", "addresses", "events", …
    register: RegisterState | None = None  # None: there is none, or none was read yet
    illnesses: tuple[Illness, ...] = ()
    frozen: dict[str, bool] = {}  # "devices", "routers": whether the bound keeps new ones out
    facts: Facts = Facts()
