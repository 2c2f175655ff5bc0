"""The aggregate: observations in, one immutable picture out, and what the store has to keep."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from collectors.contract import Target
from collectors.observation import AnyObservation
from collectors.scope import Card, Scope
from inventory import identity
from inventory.book import Book
from inventory.duplicates import Contests, Crossing, share_addresses
from inventory.edges import Edges
from inventory.events import EventLog
from inventory.facts import FactBook
from inventory.identities import Identities
from inventory.joiner import Joiner
from inventory.kinds.classify import classify
from inventory.ledger import Ledger
from inventory.limits import Refusals, room_of
from inventory.merging import Merger
from inventory.networks import Networks, link_id
from inventory.own_cards import OwnCards
from inventory.record import MAX_SUGGESTIONS, Record
from inventory.register.ties import Ties
from inventory.saved import Changes, Saved, SavedDevice, Totals
from inventory.settings import Settings
from inventory.shown import ShownDevices
from inventory.snapshot import (
    CollectorRun,
    IllReason,
    InventoryEvent,
    Limit,
    Registered,
    RegisterState,
    Snapshot,
    TapState,
    VirtualRouter,
)
from inventory.targets import Targets

__all__ = ["Inventory", "Settings"]

MAX_CYCLES = 10
MAX_RUNS = 64
_IPV6_CYCLE = "link_query"
_ECHO_SWEEP = "echo"

_encode_into = msgspec.json.Encoder().encode_into


class Inventory(Identities):
    """Everything that is known of the LAN. One thread; pure but for its own state.

    `vendor_of` names the maker of a MAC, or gives "". `saved` is what a store gave back.
    """

    def __init__(
        self, settings: Settings, vendor_of: Callable[[str], str], saved: Saved | None = None
    ) -> None:
        saved = saved or Saved()
        totals = saved.totals
        contests = Contests()
        for network in saved.networks:
            for duplicate in network.duplicates:
                contests.restore(network.interface, duplicate)
        self._book = Book(saved.devices, settings.max_devices)
        self._networks = Networks(saved.networks, saved.as_left)
        self._contests = contests
        self._log = EventLog(totals.event_number, totals.events_total, saved.events)
        self._ledger = Ledger(settings, vendor_of, self._book, self._networks, contests, self._log)
        self._ledger.first_pass_until = totals.first_pass_until
        self._facts = FactBook(saved.facts, Edges(saved.edges, self._device_of, self._holder_of))
        self._joiner = Joiner(self._ledger)
        self._merger = Merger(self._ledger, self._facts, totals.responders, self._joiner.cards)
        self._merger.own_host.facts = totals.host
        self._own_cards = OwnCards(self._ledger, self._merger.rounds)
        self._targets = Targets(self._ledger)
        self._refusals = Refusals()
        self._runs = {run.name: run for run in saved.runs}
        self._unsaved_runs: set[str] = set()
        self._restored = bool(saved.devices)
        self._tap = TapState(available=False, reason="not started")
        self._ties = Ties(self._ledger, saved.rows)
        self._register = totals.register
        self._shown = ShownDevices(self._book, self._networks)
        self._snapshot = Snapshot(totals.snapshot_number, 0.0, settings.site)
        self._totals = totals
        if saved.renewed:
            self._log.log(saved.renewed_at, "store_renewed", saved.renewed)

    def configure(self, settings: Settings) -> None:
        """Take a new configuration; every device is rendered again."""
        if settings.policy.routers != self._ledger.settings.policy.routers:
            self._book.unsure.update(self._book.records)
        self._ledger.configure(settings)
        self._book.max_devices = settings.max_devices
        self._ledger.newcomers.per_minute = settings.new_devices_per_minute
        self._book.unrendered.update(self._book.records)

    def set_scope(self, scope: Scope) -> None:
        """Take what may be probed, and the links that hold it."""
        self._networks.set_scope(scope)
        self._targets.set_scope(scope)
        self._merger.routed.set_scope(scope)
        self._ledger.newcomers.room = room_of(scope)
        self._book.unrendered.update(self._book.records)

    def bound_newcomers(self, most: int) -> None:
        """Learn at most so many devices from now on, however long that takes."""
        self._ledger.newcomers.left = most

    def apply(self, observations: Iterable[AnyObservation]) -> None:
        """Merge observations in their order. Never raises on what a network said."""
        self._merger.apply(observations)

    def set_register(self, entries: Sequence[Registered] | None, at: float) -> None:
        """Take the officer's register in the place of the one before; None: there is none.

        Its rows are tied to devices by MAC, else by serial number, now and whenever a device
        appears. What they say outlives rescans and restarts, until the row is gone.
        """
        self._ledger.latest = max(self._ledger.latest, at)
        self._ties.set(entries or (), at)
        self._register = None
        if entries is not None:
            classified = sum(entry.classified for entry in entries)
            self._register = RegisterState(len(entries), classified, at)

    def record_run(self, run: CollectorRun) -> None:
        """Note how a collector's run went; a good link query completes an IPv6 discovery cycle."""
        if run.name == _ECHO_SWEEP:
            self._merger.routed.sweep_ended(run.finished_at)
        before = self._runs.get(run.name)
        if run.last_success_at is None:
            earlier = before.last_success_at if before is not None else None
            at = run.finished_at if run.status == "ok" else earlier
            run = msgspec.structs.replace(run, last_success_at=at)
        if before is None and len(self._runs) >= MAX_RUNS:
            return
        self._runs[run.name] = run
        self._unsaved_runs.add(run.name)
        if run.name != _IPV6_CYCLE or run.status != "ok":
            return
        for record in self._book.records.values():
            began = run.finished_at - run.duration_s
            if record.cycles < MAX_CYCLES and record.macs and record.first_seen <= began:
                record.cycles += 1
                self._book.touch(record)

    def set_tap(self, state: TapState, at: float) -> None:
        """Note the tap's state; when it is lost, all that depends on it is unknown."""
        was, self._tap = self._tap, state
        self._ledger.latest = max(self._ledger.latest, at)
        if was.available == state.available:
            return
        self._networks.set_listening(state.available, at)
        self._ledger.tap_lost = not state.available
        self._ledger.tap_works = state.available
        rounds = self._merger.rounds
        if state.available:
            rounds.get_well("tap_lost", at, "The tap works again")
            self._distrust_the_past(at)
        else:
            rounds.fall_ill(
                "tap_lost", at, f"The tap is lost ({state.reason or 'no reason given'})"
            )

    def set_cards(self, cards: Mapping[str, Card], at: float) -> None:
        """Take the own interfaces as they are now; who is behind one that cannot hear is unknown.

        A card that is back under another name goes on where it was; no device changes for that.
        """
        self._ledger.latest = max(self._ledger.latest, at)
        self._own_cards.follow(cards, at)

    def lose_sight(self, reason: IllReason, at: float, detail: str) -> None:
        """Something happened to the agent itself: no state holds without fresh evidence.

        `detail` is the beginning of a sentence, such as "The clock was set back by 3600 s".
        """
        self._ledger.latest = at
        self._merger.rounds.fall_ill(reason, at, detail)

    def end_round(self, began_at: float, at: float) -> None:
        """A round of presence is complete: judge it, before suspects are asked again."""
        self._ledger.latest = max(self._ledger.latest, at)
        self._classify()
        self._merger.rounds.end_round(began_at, at)

    def end_first_pass(self, at: float) -> None:
        """The first complete pass over an empty inventory is done: what comes now is new."""
        if self._ledger.is_first_pass(at):
            self._ledger.first_pass_until = at

    def targets(self) -> tuple[Target, ...]:
        """Known devices in scope, for collectors that ask something; not those that are down."""
        return self._targets.known()

    def presence(self) -> tuple[Target, ...]:
        """Whom to probe for life now, one address per family.

        A device that sleeps is asked now and then only, and no more when it has been gone for days.
        """
        self._classify()
        return self._targets.presence()

    def suspects(self) -> tuple[Target, ...]:
        """Who missed too many rounds and waits for a second kind of probe to decide."""
        self._classify()
        return self._targets.suspects()

    def contested(self) -> tuple[Target, ...]:
        """Addresses that two stations claimed once: asking again decides, half a second later."""
        return self._targets.contested()

    def crossings(self) -> tuple[Crossing, ...]:
        """Contested addresses that may be one host with two cards: a crossed echo decides."""
        return self._contests.crossings(self._shared)

    def unite(self, crossing: Crossing, at: float) -> None:
        """A crossed echo was answered by one card alone: its two MACs are one host.

        Believed when the two cards answer for the same addresses, at least two, none a gateway's.
        An attacker who passes on what he attracts brings about the same echo, but not the rest.
        """
        if not self._shared(crossing):
            return
        first, second = (self._book.by_mac[mac] for mac in crossing.macs)
        for address in self._contests.unite(crossing.link, crossing.macs, at):
            text = f"{address} is no duplicate: {' and '.join(crossing.macs)} are cards of one host"
            self._log.log(
                at, "duplicate_address", text, network=link_id(crossing.link), expected=True,
                pace=crossing.address,
            )  # fmt: skip
        for record, other in ((first, second), (second, first)):
            if all(d.action != "suggested" or d.other != other.id for d in record.decisions):
                record.decide(identity.one_host(at, other.id, crossing.address, crossing.macs))
            if other.id not in record.crossed:
                record.crossed = [*record.crossed, other.id][-MAX_SUGGESTIONS:]
            self._book.reconsider(record)

    def confirm(self, device: str, kind: str, answered: bool, at: float) -> None:
        """The outcome of the second kind of probe to a suspect."""
        record = self._book.records.get(device)
        if record is None or record.own or (self._ledger.tap_lost and not answered):
            return
        self._classify()
        if not answered and self._ledger.is_deaf(record):
            return
        together = record.life.blind == "mass_silence"
        turn = record.life.confirm(at, kind, answered, self._ledger.expected(record).patience)
        if together and turn == "went_down":
            self._ledger.fell_together(record)
        else:
            self._ledger.turned(record, turn, at)

    def snapshot(self, now: float) -> Snapshot:
        """The picture at a moment. What did not change is the same object as in the last one."""
        self._merger.sightings.settle_contests(now)
        self._merger.rounds.tell_fallen(now)
        self._merger.routed.settle(now)
        self._merger.review.go_round(now)
        self._joiner.settle(now)
        self._classify()
        settings = self._ledger.settings
        self._ledger.forget_invented(now)
        changed = self._shown.update(now, settings)
        before = self._snapshot
        devices = before.devices
        if changed or len(devices) != len(self._shown):
            devices = self._shown.all()
        networks = self._networks.render(
            now, settings.policy, self._contests, self._device_of, self._active
        )
        frozen = {
            "devices": len(self._book.records) >= settings.max_devices
            or self._ledger.newcomers.is_flooded(now),
            "routers": self._networks.are_routers_full(now),
        }
        after = Snapshot(
            number=before.number,
            taken_at=now,
            site=settings.site,
            devices=devices,
            networks=networks,
            runs=tuple(self._runs[name] for name in sorted(self._runs)),
            events_total=dict(self._log.totals),
            host=self._merger.own_host.facts,
            tap=self._tap,
            policy=settings.policy,
            register=self._register,
            illnesses=self._merger.rounds.illnesses,
            facts=self._facts.facts(now),
            frozen=frozen,
            limits=self._limits(frozen, now),
        )
        if changed or _differs(before, after):
            after = msgspec.structs.replace(after, number=before.number + 1)
        self._snapshot = after
        return after

    def _limits(self, frozen: dict[str, bool], now: float) -> dict[str, Limit]:
        totals = {
            **self._ledger.displaced,
            "devices": self._book.refused,
            "addresses": self._book.displaced_addresses,
            "events": self._log.muted + self._log.lost,
            "queue": self._tap.overflowed,
        }
        self._refusals.observe(totals, now)
        return self._refusals.limits(frozen, now)

    def take_changes(self) -> Changes:
        """What the store has to write since the last call; empty after. May cross to a thread."""
        self._classify()
        book, log = self._book, self._log
        buffer = bytearray(4096)
        devices = tuple([_row(book.records[name], buffer) for name in sorted(book.unsaved)])
        removed = tuple(sorted(book.removed - book.records.keys()))
        links = sorted(self._networks.changed | self._contests.changed)
        totals = Totals(
            snapshot_number=self._snapshot.number,
            event_number=log.number,
            events_total=dict(log.totals),
            first_pass_until=self._ledger.first_pass_until,
            host=self._merger.own_host.facts,
            register=self._register,
            responders=dict(self._merger.routed.responders),
        )
        edges, edges_gone = self._facts.edges.take_unsaved()
        changes = Changes(
            devices=devices,
            removed=removed,
            networks=tuple(self._networks.saved(link, self._contests) for link in links),
            networks_gone=tuple(map(link_id, self._networks.take_gone())),
            events=log.take_unsaved(),
            runs=tuple(self._runs[name] for name in sorted(self._unsaved_runs)),
            totals=totals if totals != self._totals else None,
            facts=self._facts.take_changed(),
            edges=edges,
            edges_gone=edges_gone,
            rows=self._ties.take_changed(),
        )
        for taken in (book.unsaved, book.removed, self._networks.changed, self._contests.changed):
            taken.clear()
        self._unsaved_runs.clear()
        self._totals = totals
        return changes

    def restore_changes(self, changes: Changes) -> None:
        """A commit failed: what it held is taken again next time. Bounded, as the inventory is."""
        book = self._book
        book.unsaved.update(d.id for d in changes.devices if d.id in book.records)
        book.removed.update(name for name in changes.removed if name not in book.records)
        self._networks.changed.update(network.interface for network in changes.networks)
        self._log.restore_unsaved(changes.events)
        self._unsaved_runs.update(run.name for run in changes.runs)
        if changes.totals is not None:
            self._totals = Totals(snapshot_number=-1)
        self._ties.changed = self._ties.changed or changes.rows is not None
        self._facts.restore(changes.facts is not None, changes.edges, changes.edges_gone)

    def recent_events(self, limit: int = 100) -> tuple[InventoryEvent, ...]:
        """The latest events in memory, newest first."""
        return self._log.recent(limit)

    @property
    def skipped(self) -> dict[str, int]:
        """How many observations could not be used, by reason; totals since the start."""
        return {
            **self._ledger.skipped,
            "events_muted": self._log.muted,
            "events_lost": self._log.lost,
            "routers_refused": self._networks.refused,
            "facts_refused": self._facts.refused,
            "edges_refused": self._facts.edges.refused,
        }

    def _distrust_the_past(self, at: float) -> None:
        """What a store gave back is what was, not what is."""
        if self._restored:
            self._restored = False
            for record in self._book.records.values():
                if not record.own and not record.life.blind:
                    record.life.go_blind(max(at, 0.0), "restarted")
                    self._book.unrendered.add(record.id)

    def _classify(self) -> None:
        book = self._book
        policy = self._ledger.settings.policy
        for name in tuple(book.unsure):
            record = book.records[name]
            self._ties.tie(record, max(self._ledger.latest, record.last_seen))
            if classify(record, self._ledger.gateways, policy):
                book.touch(record)
            book.unrendered.add(name)
        book.unsure.clear()

    def _shared(self, crossing: Crossing) -> frozenset[str]:
        """The addresses for which both answer, when two MACs may be cards of one host."""
        first, second = (self._book.by_mac.get(mac) for mac in crossing.macs)
        if first is None or second is None or first is second:
            return frozenset()
        return share_addresses(first, second, self._ledger.latest, self._ledger.gateways)

    def _active(self, group: VirtualRouter, interface: str) -> str:
        record = self._book.owner(group.active, interface)
        return record.id if record is not None else self._device_of(group.mac)

    def _device_of(self, mac: str) -> str:
        record = self._book.by_mac.get(mac)
        return record.id if record is not None else ""

    def _holder_of(self, address: str, interface: str) -> str:
        record = self._book.owner(address, interface)
        return record.id if record is not None else ""


def _row(record: Record, buffer: bytearray) -> SavedDevice:
    """The record as it is stored: without the reasons of its kind, which follow from the rest.

    `buffer` is room to write in, which saves half of the time.
    """
    reasons, record.kind_reasons = record.kind_reasons, ()
    _encode_into(record, buffer)
    record.kind_reasons = reasons
    return SavedDevice(record.id, record.name, record.first_seen, record.last_seen, bytes(buffer))


def _differs(before: Snapshot, after: Snapshot) -> bool:
    return (
        before.networks != after.networks
        or before.runs != after.runs
        or before.events_total != after.events_total
        or before.host != after.host
        or before.tap != after.tap
        or before.site != after.site
        or before.policy != after.policy
        or before.register != after.register
        or before.frozen != after.frozen
        or before.illnesses != after.illnesses
        or before.limits != after.limits
        or before.facts is not after.facts
    )
