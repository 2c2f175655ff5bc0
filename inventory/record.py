"""What the inventory keeps of one device between snapshots, and how it is written to the store.

Records change in place and never leave this package; everyone else gets the frozen `Device`.
Times are Unix seconds. `last_seen` moves in steps of `LAST_SEEN_STEP_S`, so that a quiet device
that answers every probe is neither rendered nor written again each time; `life` is exact.
"""

from collections.abc import Collection

import msgspec

from collectors.observation import Family, How
from inventory.identity import Decision
from inventory.liveness import Liveness
from inventory.snapshot import (
    AddressKind,
    Advert,
    Announcement,
    CommunityAnswer,
    Description,
    DeviceKind,
    DhcpClient,
    Dhcpv6Client,
    Key,
    KindReason,
    Mark,
    Page,
    Registered,
    Service,
)

LAST_SEEN_STEP_S = 30.0
MAX_ADDRESSES = 64
MAX_NAMES = 16
MAX_SERVICES = 256
MAX_GROUPS = 128
MAX_COMMUNITIES = 16
MAX_DECISIONS = 8
MAX_MACS = 32
MAX_MARKS = 32
MAX_KEYS = 64
MAX_PAGES = 16
MAX_ADVERTS = 64


class AddressRecord(msgspec.Struct, omit_defaults=True):
    """An address that a device uses; `interface` is the link on which it was last seen."""

    address: str
    family: Family
    kind: AddressKind
    origin: How
    first_seen: float
    last_seen: float
    interface: str = ""
    answers: bool | None = None


class NameRecord(msgspec.Struct, omit_defaults=True):
    """A name that a protocol gave a device; `address` is set when it belongs to that address."""

    name: str
    source: str
    first_seen: float
    last_seen: float
    address: str = ""


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

    def is_always_on(self, kinds: Collection[DeviceKind]) -> bool:
        """Whether it should be up at all times: as the register says, else when its kind should."""
        if self.registered is not None and self.registered.always_on is not None:
            return self.registered.always_on
        return self.kind in kinds

    def decide(self, decision: Decision) -> None:
        """Keep a decision about the identity, and the first and latest ones of many."""
        self.decisions.append(decision)
        if len(self.decisions) > MAX_DECISIONS:
            del self.decisions[1]


def _worth(seen: AddressRecord) -> tuple[bool, float]:
    return (seen.family == "ipv6" and seen.kind == "link-local", seen.last_seen)
