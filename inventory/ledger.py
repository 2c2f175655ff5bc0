"""The mechanics that all observations share: new devices, signs of life, names, events, bounds."""

from collections.abc import Callable

from collectors.observation import Family
from inventory import identity, naming
from inventory.book import Book
from inventory.duplicates import Contests
from inventory.events import EventLog
from inventory.expectation import Expectation, Habits, expectation
from inventory.liveness import Turn
from inventory.networks import Networks
from inventory.record import LAST_SEEN_STEP_S, Record
from inventory.settings import Settings
from inventory.snapshot import EventKind

FIRST_PASS_S = 600.0
SETTLE_S = 600.0  # a device's names and addresses come in one after the other; none of them is news
CLASSIFIED_SEEN_S = 86400.0  # a classified machine heard after so long a silence is news again
_MAX_GATEWAYS = 256


class Ledger:
    """The book with the networks, contests and events beside it.

    `skipped` counts what could not be used, by reason. The first pass is the first `FIRST_PASS_S`
    of an empty inventory, unless it is ended earlier: what is found then was there before, so its
    `appeared` events are listed and not counted, and routers are learnt without suspicion.
    """

    def __init__(
        self,
        settings: Settings,
        vendor_of: Callable[[str], str],
        book: Book,
        networks: Networks,
        contests: Contests,
        log: EventLog,
    ) -> None:
        self.settings = settings
        self.habits = settings.habits
        self.book = book
        self.networks = networks
        self.contests = contests
        self.log = log
        self.skipped: dict[str, int] = {}
        self.gateways: set[str] = set()
        self.first_pass_until = 0.0
        self.latest = 0.0  # the latest time that an observation or the agent told
        self.tap_lost = False
        self.tap_works = False
        self.deaf: set[str] = set()  # networks whose silence proves nothing at present
        self.lost_ways: frozenset[str] = frozenset()  # next hops that do not answer
        self.is_deaf: Callable[[Record], bool] = lambda _record: False
        self.fallen: dict[tuple[str, EventKind], list[Record]] = {}  # to be told of together
        self._vendor_of = vendor_of
        self._frozen = False

    def configure(self, settings: Settings) -> None:
        """Take a new configuration."""
        self.settings = settings
        self.habits = settings.habits

    def turned(self, record: Record, turn: Turn, at: float) -> None:
        """A device's liveness took a turn: log it and have it rendered."""
        if not turn:
            return
        self.book.touch(record)
        if turn == "changed" or record.life.flapping:
            return
        # Who may sleep does so every day: that is listed, and counted nowhere.
        may_sleep = self.expected(record).may_sleep
        if turn == "came_up":
            text = f"{self.label(record)} answers again"
            self.event(record, at, "returned", text, expected=may_sleep)
            self.classified_seen(record, at)
        else:
            kinds = " and ".join(record.life.silent)
            text = f"{self.label(record)} did not answer {record.life.missed} times ({kinds})"
            self.event(record, at, "silent" if may_sleep else "down", text, expected=may_sleep)

    def fell_together(self, record: Record) -> None:
        """A device whose silence was held back as one of many is confirmed to be gone."""
        self.book.touch(record)
        network = self.networks.network_of(record.interface, record.addresses)
        kind: EventKind = "silent" if self.expected(record).may_sleep else "down"
        self.fallen.setdefault((network, kind), []).append(record)

    def expected(self, record: Record) -> Expectation:
        """How long a device may be silent, and what its silence means."""
        return expected_of(record, self.habits)

    def gateway(self, address: str) -> None:
        """An address that a route or a DHCP server names as the way out."""
        if address in self.gateways or len(self.gateways) >= _MAX_GATEWAYS:
            return
        self.gateways.add(address)
        for record in self.book.owners(address, ""):
            self.book.reconsider(record)

    def is_first_pass(self, at: float) -> bool:
        """Whether the inventory is still learning what was there before it."""
        return at < self.first_pass_until

    def known_mac(self, mac: str, at: float, interface: str, how: str) -> Record | None:
        """The device of a MAC, made when it is new; None for a MAC that names nobody."""
        record = self.book.by_mac.get(mac)
        if record is not None:
            return record
        if not identity.is_mac(mac) or identity.shared_by(mac):
            self.skip("shared_mac" if identity.is_mac(mac) else "bad_mac")
            return None
        return self.mint(mac, at, interface, how, mac)

    def mint(
        self, mac: str, at: float, interface: str, how: str, label: str, own: bool = False
    ) -> Record | None:
        """A new device for a MAC; None at the bound."""
        record = self.book.mint(mac, at, interface)
        if record is None:
            self.freeze(at)
            return None
        self.book.add_mac(record, mac)
        record.own = own
        if not own:
            self.networks.link(interface, at)
        record.vendor = self._vendor_of(mac)
        record.decide(identity.created_by_mac(at, mac, how, own))
        self.appeared(record, at, f"{label} ({record.vendor})" if record.vendor else label)
        return record

    def appeared(self, record: Record, at: float, label: str) -> None:
        """A new device is in the book: say so."""
        if self.first_pass_until == 0.0:
            self.first_pass_until = at + FIRST_PASS_S
        first = self.is_first_pass(at)
        when = "found by the first pass" if first else "seen for the first time"
        self.log.log(
            at, "appeared", f"{label}: {when}", device=record.id,
            network=self.networks.network_of(record.interface, record.addresses),
            expected=first or record.own,
        )  # fmt: skip

    def absorb(self, record: Record, other: Record, at: float, reason: str) -> None:
        """Two records turned out to be one device."""
        record.decide(identity.absorbed(at, other.id, reason))
        self.book.absorb(record, other)

    def heard(self, record: Record, at: float, family: Family | None) -> None:
        """The device sent something just now."""
        turn = record.life.heard(at, family)
        self.turned(record, turn, at)
        if turn != "came_up" and at - record.last_seen > CLASSIFIED_SEEN_S:
            self.classified_seen(record, at)
        if at - record.last_seen >= LAST_SEEN_STEP_S:
            record.last_seen = at
            self.book.touch(record)

    def named(self, record: Record, name: str, source: str, address: str, at: float) -> None:
        """A protocol gave the device a name."""
        name = naming.usable(name)
        if not name or not naming.add(record.names, name, source, address, at):
            return
        shown = naming.best(record.names, record.name)
        if shown != record.name:
            if record.name and at - record.first_seen > SETTLE_S:
                text = f"{record.name} is called {shown} now"
                self.event(record, at, "name_changed", text)
            record.name = shown
        self.book.reconsider(record)

    def classified_seen(self, record: Record, at: float) -> None:
        """A machine that may hold state secrets is on the network: say so, if it is that."""
        row = record.registered
        if row is None or not record.classified:
            return
        macs = " ".join(mac for mac in record.macs if mac in row.macs)
        addresses = ", ".join(list(record.addresses)[:4]) or "no address seen"
        self.event(
            record, at, "classified_seen",
            f"{self.label(record)} is registered as classified (row {row.row}, {macs}) and is "
            f"connected: {addresses}",
        )  # fmt: skip

    def event(
        self, record: Record, at: float, kind: EventKind, text: str, *, expected: bool = False
    ) -> None:
        """Log something that happened to a device."""
        network = self.networks.network_of(record.interface, record.addresses)
        self.log.log(at, kind, text, device=record.id, network=network, expected=expected)

    def label(self, record: Record) -> str:
        """What to call a device in a sentence."""
        if record.name:
            return record.name
        best = record.best_address("ipv4") or record.best_address("ipv6")
        address = best.address if best is not None else record.id
        return f"{address} ({record.macs[0]})" if record.macs else address

    def skip(self, reason: str) -> None:
        """Count something that could not be used."""
        self.skipped[reason] = self.skipped.get(reason, 0) + 1

    def freeze(self, at: float) -> None:
        """The bound on devices was reached; said once."""
        self.skip("learning_frozen")
        if not self._frozen:
            self._frozen = True
            text = (
                f"{len(self.book.records)} devices are known, the most allowed: no more is learnt"
            )
            self.log.log(at, "learning_frozen", text)


def expected_of(record: Record, habits: Habits) -> Expectation:
    """How long the device of a record may be silent, and what its silence means."""
    return expectation(
        record.kind, record.registered, habits, record.life.gaps,
        steady_s=record.life.steady_s(), flapping=record.life.flapping,
        behind_router=not record.macs,
    )  # fmt: skip
