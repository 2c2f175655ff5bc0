"""The mechanics that all observations share: new devices, signs of life, names, events, bounds."""

from collections.abc import Callable

from collectors.observation import Family
from inventory import identity, naming
from inventory.book import Book
from inventory.duplicates import Contests
from inventory.events import EventLog
from inventory.expectation import Expectation, Habits, expectation
from inventory.identity import Decision
from inventory.limits import ANSWERS, Newcomers
from inventory.liveness import Turn
from inventory.networks import Networks
from inventory.record import LAST_SEEN_STEP_S, MAX_NAMES, Flip, Record
from inventory.settings import Settings
from inventory.snapshot import EventKind

FIRST_PASS_S = 600.0
FROZEN_AGAIN_S = 3600.0  # kept out again so long after the last time, it is another flood
SETTLE_S = 600.0  # a device's names and addresses come in one after the other; none of them is news
CLASSIFIED_SEEN_S = 86400.0  # a classified machine heard after so long a silence is news again
FLIPS = 3  # so many returns to the value before
FLIPS_OF_NAMES_S = 3600.0
_FIRM_NAMES = frozenset({"dhcp", "nbns"})  # a device has one of these at a time
_MAX_FLIPS = 16
_MAX_GATEWAYS = 256
_PER_DEVICE = ("names", "services", "groups", "evidence")


class Ledger:
    """The book with the networks, contests and events beside it.

    `skipped` counts what could not be used, by reason. The first pass is the first `FIRST_PASS_S`
    of an empty inventory, unless it is ended earlier: what is found then was there before, so its
    `appeared` events are listed and not counted, and routers are learnt without suspicion.
    `displaced` counts what the bounds of single devices kept or pushed out.
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
        self.vendor_of = vendor_of
        self.newcomers = Newcomers(settings.new_devices_per_minute)
        self.displaced: dict[str, int] = dict.fromkeys(
            ("names", "services", "groups", "evidence"), 0
        )
        self._frozen_at = float("-inf")

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
        record = self.admitted(mac, at, interface, own, how in ANSWERS)
        if record is None:
            return None
        self.book.add_mac(record, mac)
        record.own = own
        if not own:
            self.networks.link(interface, at)
        record.vendor = self.vendor_of(mac)
        record.decide(identity.created_by_mac(at, mac, how, own))
        self.appeared(record, at, f"{label} ({record.vendor})" if record.vendor else label)
        return record

    def admitted(
        self, key: str, at: float, interface: str, own: bool = False, answered: bool = False
    ) -> Record | None:
        """A record for a MAC or address, unless too many are known or new ones come too fast."""
        record = None
        if own or self._admits(at, answered):
            record = self.book.mint(key, at, interface)
        else:
            self.book.refused += 1
        if record is None:
            self.freeze(at)
        return record

    def _admits(self, at: float, answered: bool) -> bool:
        newcomers = self.newcomers
        if newcomers.left == 0:
            return False
        if self.is_first_pass(at) or self.first_pass_until == 0.0:
            admitted = newcomers.admit_first(at, answered)
        else:
            admitted = newcomers.admit(at)
        if admitted and newcomers.left is not None:
            newcomers.left -= 1
        return admitted

    def forget_invented(self, now: float) -> None:
        """Take out what a flood invented."""
        for record in self.newcomers.invented(self.book.records.values(), now):
            self.book.remove(record)

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
        if len(record.names) >= MAX_NAMES and all(
            (known.name, known.source) != (name, source) for known in record.names
        ):
            self.displaced["names"] += 1
        if not name or not naming.add(record.names, name, source, address, at):
            return
        if source in _FIRM_NAMES:
            self.alternates(record, f"{source} name", name, at, FLIPS_OF_NAMES_S)
        shown = naming.best(record.names, record.name)
        if shown != record.name:
            if record.name and at - record.first_seen > SETTLE_S:
                text = f"{record.name} is called {shown} now"
                self.event(record, at, "name_changed", text)
            record.name = shown
        self.book.reconsider(record)

    def alternates(self, record: Record, kind: str, value: str, at: float, within_s: float) -> None:
        """A device of one MAC says who it is: two values in turn, again and again, are two systems.

        `kind` is in words: a key of a port, a name of a protocol.
        """
        flip = record.flips.get(kind)
        if flip is None:
            if len(record.flips) < _MAX_FLIPS:
                record.flips[kind] = Flip(value)
            return
        if flip.value == value:
            return
        returned = flip.before == value
        flip.before, flip.value = flip.value, value
        if not returned or at - flip.since > within_s:
            flip.count, flip.since = 0, at
        flip.count += returned
        if flip.count >= FLIPS and len(record.macs) == 1 and not (record.proxy or record.own):
            self.conflicts(record, at, f"its {kind} is {value} and {flip.before} in turn")

    def conflicts(self, record: Record, at: float, reason: str) -> None:
        """One MAC stands for two systems: say it once; nothing is merged on their evidence."""
        known, record.conflict, record.conflict_at = record.conflict, reason, at
        self.book.reconsider(record)
        if not known:
            record.decide(Decision(at, "conflict", (reason,)))
            text = f"{record.macs[0]} stands for two systems, as a cloned MAC does: {reason}"
            self.event(record, at, "identity_conflict", text)

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
        """A newcomer was kept out; said once for as long as that goes on."""
        self.skip("learning_frozen")
        if at - self._frozen_at >= FROZEN_AGAIN_S:
            known, most = len(self.book.records), self.newcomers.per_minute
            text = f"{known} devices are known, the most allowed: no more is learnt"
            if self.newcomers.left == 0:
                text = f"{known} devices are known, as many as may be learnt here: no more is"
            elif known < self.book.max_devices:
                text = (
                    f"More than {most} new devices a minute, {known} are known: invented MACs or a "
                    "loop; while it lasts few are learnt"
                )
            self.log.log(at, "learning_frozen", text)
        self._frozen_at = at


def expected_of(record: Record, habits: Habits) -> Expectation:
    """How long the device of a record may be silent, and what its silence means."""
    return expectation(
        record.kind, record.registered, habits, record.life.gaps,
        steady_s=record.life.steady_s(), flapping=record.life.flapping,
        behind_router=not record.macs,
    )  # fmt: skip
