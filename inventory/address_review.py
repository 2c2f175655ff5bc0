"""Judges the addresses of devices again when something about them changes, and once an hour."""

from collectors.observation import RouterAdvertised
from inventory import addresses
from inventory.address_kinds import HOUR_S, Judgement, Owner, Surroundings, Use, judge, prefix_of
from inventory.addresses import solicited_group
from inventory.ledger import SETTLE_S, Ledger
from inventory.record import AddressRecord, Record

EVERY_S = HOUR_S
AT_ONCE = 256  # devices that one picture waits for; the rest of the hour's round comes later
ALONE_S = 30.0  # addresses that a device forms within this time come of one cause
_FORMED = frozenset({"eui-64", "stable-privacy"})


class AddressReview:
    """Keeps the assignment of IPv6 addresses up to date, and tells of new lasting ones."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._round: list[str] = []
        self._began: float | None = None  # the first round is an hour after the start
        self._around: dict[str, Surroundings] = {}

    def now(self) -> None:
        """Judge the devices whose addresses changed."""
        book = self._ledger.book
        while book.unjudged:
            self._review(book.records[book.unjudged.pop()])

    def go_round(self, now: float) -> None:
        """Judge the next few of all devices, each once an hour, and forget what they left."""
        if self._began is None:
            self._began = now
        if not 0 <= now - self._began < EVERY_S:
            self._began = now
            self._around.clear()
            self._round = [
                record.id for record in self._ledger.book.records.values() if not record.own
            ]
        for name in self._round[-AT_ONCE:]:
            record = self._ledger.book.records.get(name)
            if record is not None:
                self._ledger.book.drop_left(record)
                self._review(record)
        del self._round[-AT_ONCE:]

    def router_advertised(self, seen: RouterAdvertised) -> None:
        """A router spoke: what it says of its prefixes may change what is judged on its link."""
        before = self._around.get(seen.interface)
        if before is None:
            return
        after = self._ledger.networks.surroundings(seen.interface, seen.at)
        if after == before:
            return
        self._around[seen.interface] = after
        self._round += [
            record.id
            for record in self._ledger.book.records.values()
            if record.interface == seen.interface and not record.own
        ]

    def asked(self, record: Record, known: AddressRecord, at: float) -> None:
        """A device asks whether an address is free (RFC 4862 §5.4): it is forming it."""
        near = [
            other
            for other in record.addresses.values()
            if other is not known and abs(other.dad_at - at) <= ALONE_S
        ]
        for other in near:
            if at - other.first_seen <= ALONE_S:
                other.alone = False
        known.dad_at = at
        if known.first_seen == at:
            known.alone = not near
        elif at - known.first_seen > ALONE_S:
            known.alone = False if near else known.alone
        self._ledger.book.unjudged.add(record.id)

    def _review(self, record: Record) -> None:
        if record.own:
            return
        links: dict[str, list[AddressRecord]] = {}
        for known in record.addresses.values():
            if known.family == "ipv6":
                links.setdefault(known.interface, []).append(known)
        for interface, held in links.items():
            self._review_link(record, interface, held)

    def _review_link(self, record: Record, interface: str, held: list[AddressRecord]) -> None:
        around = self._around.get(interface)
        latest = max(record.last_seen, *(known.last_seen for known in held))
        if around is None:
            around = self._ledger.networks.surroundings(interface, latest)
            self._around[interface] = around
        owner = Owner(
            tuple(record.macs),
            frozenset(a.address for a in record.addresses.values() if a.family == "ipv4"),
            record.dhcpv6 is not None,
        )
        uses = [
            Use(
                known.address, known.first_seen, known.last_seen, known.leased, known.alone,
                bool(record.groups) and solicited_group(known.address) in record.groups,
            )
            for known in held
        ]  # fmt: skip
        found = judge(uses, owner, around, latest)
        known_now = [one for one in held if self._settle(record, one, found[one.address])]
        news = [one for one in known_now if self._is_news(record, one, around, latest)]
        for known in news:
            text = f"{self._ledger.label(record)} uses {known.address} ({known.assigned})"
            self._ledger.event(record, known.first_seen, "address", text)

    def _settle(self, record: Record, known: AddressRecord, found: Judgement) -> bool:
        """Write a judgement down; whether the assignment became known by it."""
        was = known.assigned
        if (was, known.why) == (found.assigned, found.why):
            return False
        known.assigned, known.why = found.assigned, found.why
        known.kind = addresses.scoped(known.kind, found.assigned)
        self._ledger.book.touch(record)
        return was == "unknown"

    def _is_news(
        self, record: Record, new: AddressRecord, around: Surroundings, latest: float
    ) -> bool:
        """Whether the officer should hear of an address: not of those that change by design.

        When the network is renumbered, every device forms new addresses, which is the router's
        news. An address that is found out to be lasting after days is none.
        """
        if record.proxy or new.virtual or new.kind == "link-local":
            return False
        if new.first_seen - record.first_seen <= SETTLE_S or latest - new.first_seen > HOUR_S:
            return False
        if new.assigned in ("manual", "dhcpv6"):
            return True
        if new.assigned not in _FORMED:
            return False
        prefix = prefix_of(new.address)
        if not around.autonomous.get(prefix):
            return True
        return any(
            known is not new
            and known.assigned in _FORMED
            and known.kind != "link-local"
            and prefix_of(known.address) == prefix
            for known in record.addresses.values()
            if known.family == "ipv6"
        )
