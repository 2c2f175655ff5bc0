"""What the inventory keeps of one device between snapshots, and how it is written to the store.

Records change in place and never leave this package; everyone else gets the frozen `Device`.
Times are Unix seconds. `last_seen` moves in steps of `LAST_SEEN_STEP_S`, so that a quiet device
that answers every probe is neither rendered nor written again each time; `life` is exact.
"""

from typing import Literal

import msgspec

from collectors.observation import Family, How
from inventory.identity import Decision
from inventory.liveness import Liveness
from inventory.snapshot import (
    AddressKind,
    Assignment,
    CommunityAnswer,
    DeviceKind,
    DhcpClient,
    Dhcpv6Client,
    KindReason,
    Registered,
    Service,
)
from inventory.traits import (
    Advert,
    Announcement,
    Description,
    Key,
    Mark,
    Page,
)

LAST_SEEN_STEP_S = 30.0
MAX_ADDRESSES = 64
MAX_NAMES = 16
MAX_SERVICES = 256
MAX_GROUPS = 128
MAX_COMMUNITIES = 16
MAX_DECISIONS = 16
MAX_MACS = 32
MAX_MARKS = 32
MAX_KEYS = 64
MAX_PAGES = 16
MAX_ADVERTS = 64
MAX_APART = 64
MAX_SUGGESTIONS = 8
MAX_SAID = 8
MAX_CARD_ADDRESSES = 16


class AddressRecord(msgspec.Struct, omit_defaults=True, gc=False):
    """An address that a device uses, on the link `interface`.

    `also`: other links on which it is heard, and when last; mostly there are none. `dad_at`: when
    the device last asked whether it is free; `alone`: see `inventory.address_kinds.Use`. `virtual`:
    the address belongs to a group of routers (VRRP), and this device answers for it at present.
    """

    address: str
    family: Family
    kind: AddressKind
    origin: How
    first_seen: float
    last_seen: float
    interface: str = ""
    answers: bool | None = None
    assigned: Assignment = "unknown"
    why: str = ""
    dad_at: float = 0.0
    alone: bool | None = None
    leased: bool = False
    virtual: bool = False
    also: dict[str, float] | None = None


class NameRecord(msgspec.Struct, omit_defaults=True, gc=False):
    """A name that a protocol gave a device; `address` is set when it belongs to that address."""

    name: str
    source: str
    first_seen: float
    last_seen: float
    address: str = ""


class Said(msgspec.Struct, gc=False):
    """What a card said of itself, from when to when."""

    value: str
    first: float
    last: float


class Card(msgspec.Struct, omit_defaults=True):
    """What one of several MACs of a device did and said; `said` is by kind, the latest value."""

    last_seen: float = 0.0
    addresses: dict[str, float] = {}
    said: dict[str, Said] = {}


Basis = Literal["hardware", "joint", "succession", "register", "by_hand"]


class Part(msgspec.Struct, omit_defaults=True):
    """A device that was taken for this one: what is needed to make it one of its own again.

    `names` are pairs of source and name, `marks` keys of the record's marks. `together` counts how
    often both were heard at once since `together_since`, which a succession rules out.
    """

    id: str
    at: float
    basis: Basis
    first_seen: float
    macs: list[str] = []
    addresses: list[str] = []
    marks: list[str] = []
    names: list[tuple[str, str]] = []
    reasons: tuple[str, ...] = ()
    dhcp: DhcpClient | None = None
    dhcpv6: Dhcpv6Client | None = None
    announcement: Announcement | None = None
    decisions: list[Decision] = []
    together: int = 0
    together_since: float = 0.0


class Flip(msgspec.Struct, omit_defaults=True, gc=False):
    """Two values that one MAC shows in turn: the present one, the one before, and how often."""

    value: str
    before: str = ""
    count: int = 0
    since: float = 0.0


class Suggestion(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Why another device may be the same one; `at` is when that was first seen."""

    at: float
    reasons: tuple[str, ...]


class Record(msgspec.Struct, omit_defaults=True, eq=False):
    """Everything known of one device. `vendor` and `kind` are derived, kept for a quick start."""

    id: str
    first_seen: float
    last_seen: float
    interface: str = ""
    macs: list[str] = []
    addresses: dict[str, AddressRecord] = {}
    names: list[NameRecord] = []
    name: str = ""
    services: dict[str, Service] = {}
    communities: dict[str, CommunityAnswer] = {}
    dhcp: DhcpClient | None = None
    dhcpv6: Dhcpv6Client | None = None
    groups: set[str] = set()
    life: Liveness = msgspec.field(default_factory=Liveness)
    vendor: str = ""
    kind: DeviceKind = "unknown"
    confidence: float = 0.0
    os: str | None = None
    random_mac: bool = False
    router: bool = False
    proxy: bool = False
    own: bool = False
    cycles: int = 0
    marks: dict[str, Mark] = {}
    keys: dict[str, Key] = {}
    pages: dict[str, Page] = {}
    adverts: dict[str, Advert] = {}
    announcement: Announcement | None = None
    descriptions: dict[str, Description] = {}
    bridge: bool = False
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    kind_reasons: tuple[KindReason, ...] = ()
    registered: Registered | None = None
    guessed: DeviceKind = "unknown"  # what evidence says, when the register says `kind`
    gateway: bool = False  # a default route or a DHCP server named it when that was last known
    decisions: list[Decision] = []
    parts: list[Part] = []
    cards: dict[str, Card] = {}
    born: float = 0.0  # when its first MAC was seen, once others were merged; 0: `first_seen`
    apart: list[str] = []  # ids of devices that were split from it, and stay so
    suggestions: dict[str, Suggestion] = {}
    crossed: list[str] = []  # ids of devices that a crossed echo proved to be cards of one host
    flips: dict[str, Flip] = {}
    conflict: str = ""  # why its MAC stands for two systems, and since when
    conflict_at: float = 0.0
    moves: bool = False  # a card that was seen in two devices

    def best_address(self, family: Family) -> AddressRecord | None:
        """The address to probe for life: link-local for IPv6, else the one seen last."""
        best: AddressRecord | None = None
        for seen in self.addresses.values():
            if seen.family == family and (best is None or _worth(seen) > _worth(best)):
                best = seen
        return best

    @property
    def classified(self) -> bool:
        """Whether one of its MACs, exactly, is that of a machine that holds state secrets."""
        row = self.registered
        return row is not None and row.classified and not set(row.macs).isdisjoint(self.macs)

    def decide(self, decision: Decision) -> None:
        """Keep a decision about the identity, and the first and latest ones of many."""
        self.decisions.append(decision)
        if len(self.decisions) > MAX_DECISIONS:
            del self.decisions[1]


def _worth(seen: AddressRecord) -> tuple[bool, bool, float]:
    link_local = seen.family == "ipv6" and seen.kind == "link-local"
    return (not seen.virtual, link_local, seen.last_seen)
