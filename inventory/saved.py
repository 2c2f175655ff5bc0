"""What passes between the inventory and the store: plain, immutable, and already encoded."""

import msgspec

from collectors.observation import HostSeen, RouterAdvertised
from inventory.edges import EdgeRecord
from inventory.edges import Key as EdgeKey
from inventory.readiness import Facts
from inventory.record import Record
from inventory.snapshot import (
    CollectorRun,
    DuplicateAddress,
    EventKind,
    InventoryEvent,
    Registered,
    RegisterState,
    VirtualRouter,
)


class RouterRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A router of a link, present or gone.

    `expected`: None when it was the first of its link, or was learnt during the first pass, and so
    may be the right one; False when it came later. It counts only while no list is configured.
    """

    address: str
    mac: str
    advertisement: RouterAdvertised
    first_seen: float
    last_seen: float
    expected: bool | None = None
    withdrawn: bool = False
    earlier: RouterAdvertised | None = None


class SavedNetwork(msgspec.Struct, frozen=True, omit_defaults=True):
    """What outlives a restart of a link: routers (also those gone) and duplicate addresses.

    The own `addresses`, the `solicitations` and since when it is heard are for those who read the
    store beside the agent; an agent that starts begins anew with them.
    """

    id: str
    interface: str
    routers: tuple[RouterRecord, ...] = ()
    duplicates: tuple[DuplicateAddress, ...] = ()
    virtual_routers: tuple[VirtualRouter, ...] = ()
    addresses: tuple[str, ...] = ()  # own ones, with prefix length
    solicitations: int = 0
    listening_since: float | None = None
    card: str = ""  # the MAC of the own card there


class Totals(msgspec.Struct, frozen=True, omit_defaults=True):
    """Counters and single values that outlive a restart."""

    snapshot_number: int = 0
    event_number: int = 0
    events_total: dict[EventKind, int] = {}
    first_pass_until: float = 0.0  # devices found before are part of the first pass; 0: not begun
    host: HostSeen | None = None
    register: RegisterState | None = None
    responders: dict[str, int | None] = {}  # subnets for all of which one station answers


class SavedDevice(msgspec.Struct, frozen=True, gc=False):
    """A device as a row: the columns to search by, and the whole record as JSON."""

    id: str
    name: str
    first_seen: float
    last_seen: float
    record: bytes


class Changes(msgspec.Struct, frozen=True):
    """What changed since the last time; immutable, so that another thread may write it."""

    devices: tuple[SavedDevice, ...] = ()
    removed: tuple[str, ...] = ()
    networks: tuple[SavedNetwork, ...] = ()
    networks_gone: tuple[str, ...] = ()
    events: tuple[InventoryEvent, ...] = ()
    runs: tuple[CollectorRun, ...] = ()
    totals: Totals | None = None
    facts: Facts | None = None
    edges: tuple[EdgeRecord, ...] = ()
    edges_gone: tuple[EdgeKey, ...] = ()
    rows: tuple[Registered, ...] | None = None  # of the register; None: as they were

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return bool(
            self.devices
            or self.removed
            or self.networks
            or self.networks_gone
            or self.events
            or self.runs
            or self.totals is not None
            or self.facts is not None
            or self.edges
            or self.edges_gone
            or self.rows is not None
        )


class Saved(msgspec.Struct, frozen=True):
    """What a store gives back at the start. `renewed` says why an older store was moved aside.

    `as_left`: somebody only reads it, and wants own links as the agent left them.
    """

    devices: tuple[Record, ...] = ()
    networks: tuple[SavedNetwork, ...] = ()
    events: tuple[InventoryEvent, ...] = ()  # the latest, oldest first
    runs: tuple[CollectorRun, ...] = ()
    totals: Totals = Totals()
    facts: Facts = Facts()
    edges: tuple[EdgeRecord, ...] = ()
    rows: tuple[Registered, ...] = ()
    renewed: str = ""
    renewed_at: float = 0.0
    as_left: bool = False
