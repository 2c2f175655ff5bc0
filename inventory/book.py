"""All device records with the ways to find them: by id, by MAC, by address. Bounded."""

from collections.abc import Iterable

from inventory import identity
from inventory.record import MAX_ADDRESSES, MAX_MACS, AddressRecord, Record

EPHEMERAL_S = 86400.0  # a random MAC that is silent for longer may make room for another device
LEFT_S = 7 * 86400.0  # a device that was seen since does not use such an address any more
MAX_OWNERS = 8  # devices that hold one address; it is link-local on many links, or contested
_EVICT_EVERY_S = 60.0


class Book:
    """The records; `unrendered`, `unsaved`, `unsure` are ids to render, to write, to classify.

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
        self.removed: set[str] = set()
        self.reordered = True
        self.refused = 0
        self.displaced_addresses = 0
        self._owners: dict[str, list[Record]] = {}
        self._evicted_at = float("-inf")
        for record in records:
            self._index(record)
            self.unrendered.add(record.id)
            self.unsure.add(record.id)

    def touch(self, record: Record) -> None:
        """The record changed: render and write it."""
        self.unrendered.add(record.id)
        self.unsaved.add(record.id)

    def reconsider(self, record: Record) -> None:
        """What the record's kind is guessed from changed."""
        self.touch(record)
        self.unsure.add(record.id)

    def owners(self, address: str, interface: str) -> list[Record]:
        """Whoever uses an address on a link; an unknown link (empty) matches every one."""
        found = self._owners.get(address)
        if not found:
            return []
        if not interface:
            return found
        return [
            record for record in found if record.addresses[address].interface in (interface, "")
        ]

    def owner(self, address: str, interface: str = "") -> Record | None:
        """The device that an address belongs to: the one known longest when several claim it."""
        found = self.owners(address, interface)
        return min(found, key=lambda record: record.first_seen) if found else None

    def mint(self, key: str, at: float, interface: str) -> Record | None:
        """A new record for a MAC or address; None when the bound is reached."""
        if len(self.records) >= self.max_devices and not self._evict(at):
            self.refused += 1
            return None
        attempt = 0
        while (name := identity.device_id(key, attempt)) in self.records:
            attempt += 1
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
        self.reconsider(record)
        return True

    def add_address(self, record: Record, seen: AddressRecord) -> None:
        """Give a record one more address; those that it left long ago go.

        At the bound the one unseen for longest goes.
        """
        for known in list(record.addresses.values()):
            if record.last_seen - known.last_seen > LEFT_S:
                self.drop_address(record, known.address)
        if len(record.addresses) >= MAX_ADDRESSES:
            self.displaced_addresses += 1
            oldest = min(record.addresses.values(), key=lambda known: known.last_seen)
            self.drop_address(record, oldest.address)
        record.addresses[seen.address] = seen
        owners = self._owners.setdefault(seen.address, [])
        owners.append(record)
        if len(owners) > MAX_OWNERS:
            stalest = min(owners[:-1], key=lambda owner: owner.addresses[seen.address].last_seen)
            self.drop_address(stalest, seen.address)
        self.touch(record)

    def drop_address(self, record: Record, address: str) -> None:
        """Take an address from a record."""
        if record.addresses.pop(address, None) is None:
            return
        left = self._owners[address]
        left.remove(record)
        if not left:
            del self._owners[address]
        self.touch(record)

    def absorb(self, record: Record, other: Record) -> None:
        """Take over what another record holds, and remove it; `record` keeps its id."""
        for mac in other.macs:
            self.by_mac.pop(mac, None)
            self.add_mac(record, mac)
        held = list(other.addresses.values())
        self.remove(other)
        for seen in held:
            if seen.address not in record.addresses:
                self.add_address(record, seen)
        record.services = {**other.services, **record.services}
        record.communities = {**other.communities, **record.communities}
        record.names = record.names or other.names
        record.groups |= other.groups
        record.dhcp = record.dhcp or other.dhcp
        record.dhcpv6 = record.dhcpv6 or other.dhcpv6
        record.first_seen = min(record.first_seen, other.first_seen)
        record.life.missed_total += other.life.missed_total
        self.reconsider(record)

    def remove(self, record: Record) -> None:
        """Forget a record."""
        for address in list(record.addresses):
            self.drop_address(record, address)
        for mac in record.macs:
            if self.by_mac.get(mac) is record:
                del self.by_mac[mac]
        self.records.pop(record.id, None)
        for waiting in (self.unrendered, self.unsaved, self.unsure):
            waiting.discard(record.id)
        self.removed.add(record.id)
        self.reordered = True

    def _index(self, record: Record) -> None:
        self.records[record.id] = record
        for mac in record.macs:
            self.by_mac[mac] = record
        for address in record.addresses:
            self._owners.setdefault(address, []).append(record)

    def _evict(self, now: float) -> bool:
        if now - self._evicted_at < _EVICT_EVERY_S:
            return False
        self._evicted_at = now
        gone = [
            record
            for record in self.records.values()
            if record.random_mac and not record.own and now - record.last_seen > EPHEMERAL_S
        ]
        for record in gone:
            self.remove(record)
        return bool(gone)
