"""All device records with the ways to find them: by id, by MAC, by address. Bounded."""

from collections.abc import Iterable, Sequence

from inventory import addresses, identity, parting
from inventory.record import MAX_ADDRESSES, MAX_MACS, AddressRecord, Part, Record

EPHEMERAL_S = 86400.0  # a random MAC that is silent for longer may make room for another device
MAX_OWNERS = 8  # devices that hold one address; it is link-local on many links, or contested
_EVICT_EVERY_S = 60.0
_EVICT_EVERY = 64  # devices kept out: times may jump, in a capture


class Book:
    """The records; `unrendered`, `unsaved`, `unsure` are ids to render, to write, to classify.

    `unjudged` are ids of devices whose addresses changed: see `inventory.address_review`.
    `undecided` are ids whose identity may have to be judged anew, `left` those that are gone.

    At `max_devices` nothing new is learnt (`refused` counts), except in the place of a random MAC
    that has been silent for a day: a flood of invented stations does not push out real ones.
    """

    def __init__(self, records: Iterable[Record], max_devices: int) -> None:
        self.max_devices = max_devices
        self.records: dict[str, Record] = {}
        self.by_mac: dict[str, Record] = {}
        self.unrendered: set[str] = set()
        self.unsaved: set[str] = set()
        self.unsure: set[str] = set()
        self.unjudged: set[str] = set()
        self.undecided: set[str] = set()
        self.left: set[str] = set()
        self.removed: set[str] = set()
        self.reordered = True
        self.refused = 0
        self.displaced_addresses = 0
        self._owners: dict[str, tuple[Record, ...]] = {}
        self._evicted_at = float("-inf")
        self._kept_out = _EVICT_EVERY
        for record in records:
            self._index(record)
            self.unrendered.add(record.id)
            self.unsure.add(record.id)
            if record.marks or record.names:
                self.undecided.add(record.id)

    def touch(self, record: Record) -> None:
        """The record changed: render and write it."""
        self.unrendered.add(record.id)
        self.unsaved.add(record.id)

    def reconsider(self, record: Record) -> None:
        """What the record's kind is guessed from changed."""
        self.touch(record)
        self.unsure.add(record.id)
        self.undecided.add(record.id)

    def owners(self, address: str, interface: str) -> Sequence[Record]:
        """Whoever uses an address on a link; an unknown link (empty) matches every one."""
        found = self._owners.get(address, ())
        if not found or not interface:
            return found
        return [record for record in found if _is_on(record.addresses[address], interface)]

    def owner(self, address: str, interface: str = "") -> Record | None:
        """The device that an address belongs to: the one known longest when several claim it."""
        found = self.owners(address, interface)
        return min(found, key=lambda record: record.first_seen) if found else None

    def mint(self, key: str, at: float, interface: str) -> Record | None:
        """A new record for a MAC or address; None when the bound is reached."""
        if len(self.records) >= self.max_devices and not self._evict(at):
            self.refused += 1
            return None
        name = self._free_id(identity.device_id(key), key)
        record = Record(name, at, at, interface)
        self.records[name] = record
        self.reordered = True
        self.removed.discard(name)
        self.reconsider(record)
        return record

    def add_mac(self, record: Record, mac: str) -> bool:
        """Give a record one more MAC; whether there was room."""
        if len(record.macs) >= MAX_MACS:
            return False
        record.macs.append(mac)
        record.random_mac = all(map(identity.is_random, record.macs))
        self.by_mac[mac] = record
        self.unjudged.add(record.id)
        self.reconsider(record)
        return True

    def add_address(self, record: Record, seen: AddressRecord) -> None:
        """Give a record one more address; those that it left long ago go.

        At the bound the one unseen for longest goes, of those that last least: a temporary one
        before any other, and no lasting one for an address of which nothing is known yet.
        """
        self.drop_left(record)
        if len(record.addresses) >= MAX_ADDRESSES:
            first = min((*record.addresses.values(), seen), key=_claim_to_stay)
            self.displaced_addresses += 1
            if first is seen:
                return
            self.drop_address(record, first.address)
        record.addresses[seen.address] = seen
        self.unjudged.add(record.id)
        owners = self._owners[seen.address] = (*self._owners.get(seen.address, ()), record)
        if len(owners) > MAX_OWNERS:
            stalest = min(owners[:-1], key=lambda owner: owner.addresses[seen.address].last_seen)
            self.drop_address(stalest, seen.address)
        self.touch(record)

    def drop_left(self, record: Record) -> None:
        """Forget addresses that the device does not use any more."""
        for known in list(record.addresses.values()):
            if record.last_seen - known.last_seen > addresses.expires_s(known.assigned):
                self.drop_address(record, known.address)

    def drop_address(self, record: Record, address: str) -> None:
        """Take an address from a record."""
        if record.addresses.pop(address, None) is None:
            return
        left = tuple(owner for owner in self._owners[address] if owner is not record)
        if left:
            self._owners[address] = left
        else:
            del self._owners[address]
        self.touch(record)

    def absorb(self, record: Record, other: Record, part: Part | None = None) -> None:
        """Take over what another record holds, and remove it; `record` keeps its id.

        `part` is what `parting.part_of` kept of the other, to make it one of its own again.
        """
        if part is not None:
            parting.keep_part(record, other, part)
        for mac in other.macs:
            self.by_mac.pop(mac, None)
            self.add_mac(record, mac)
        held = list(other.addresses.values())
        self.remove(other)
        for seen in held:
            if seen.address not in record.addresses:
                self.add_address(record, seen)
        parting.take_over(record, other)
        self.reconsider(record)

    def detach(self, record: Record, part: Part) -> Record:
        """Make a part of a record a record of its own again, with its old id if that is free."""
        single = Record(self._free_id(part.id, part.macs[0]), part.first_seen, part.first_seen)
        self.records[single.id] = single
        self.removed.discard(single.id)
        self.reordered = True
        cards = parting.give_back(record, single, part)
        for mac in part.macs:
            record.macs.remove(mac)
            self.add_mac(single, mac)
        record.random_mac = all(map(identity.is_random, record.macs))
        for address in cards:
            if (seen := record.addresses.get(address)) is not None:
                self.drop_address(record, address)
                self.add_address(single, seen)
        self.reconsider(record)
        self.reconsider(single)
        return single

    def remove(self, record: Record) -> None:
        """Forget a record."""
        for address in list(record.addresses):
            self.drop_address(record, address)
        for mac in record.macs:
            if self.by_mac.get(mac) is record:
                del self.by_mac[mac]
        self.records.pop(record.id, None)
        for waiting in (
            self.unrendered, self.unsaved, self.unsure, self.unjudged, self.undecided,
        ):  # fmt: skip
            waiting.discard(record.id)
        self.left.add(record.id)
        self.removed.add(record.id)
        self.reordered = True

    def _free_id(self, name: str, key: str) -> str:
        attempt = 0
        while name in self.records:
            attempt += 1
            name = identity.device_id(key, attempt)
        return name

    def _index(self, record: Record) -> None:
        self.records[record.id] = record
        for mac in record.macs:
            self.by_mac[mac] = record
        alone = (record,)
        for address in record.addresses:
            known = self._owners.get(address)
            self._owners[address] = alone if known is None else (*known, record)

    def _evict(self, now: float) -> bool:
        self._kept_out += 1
        if now - self._evicted_at < _EVICT_EVERY_S or self._kept_out < _EVICT_EVERY:
            return False
        self._evicted_at = now
        self._kept_out = 0
        gone = [
            record
            for record in self.records.values()
            if record.random_mac and not record.own and now - record.last_seen > EPHEMERAL_S
        ]
        for record in gone:
            self.remove(record)
        return bool(gone)


def _is_on(known: AddressRecord, interface: str) -> bool:
    return known.interface in (interface, "") or interface in (known.also or ())


def _claim_to_stay(known: AddressRecord) -> tuple[int, float]:
    return -addresses.lasting(known.kind, known.assigned), known.last_seen
