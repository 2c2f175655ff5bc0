"""Ties the rows of the register to devices: by MAC, else by serial number.

A tied record carries its row (`record.registered`), and with it what the officer says of the
device. The row stays with the record in the store, so it is in force before the file is read again.
"""

from collections.abc import Sequence

from inventory import naming
from inventory.ledger import CLASSIFIED_SEEN_S, Ledger
from inventory.record import Record
from inventory.register.rows import serial_key
from inventory.snapshot import Registered

SOURCE = "register"


class Ties:
    """The rows in force: those that a store kept, until `set` is called.

    `changed` says that the store has something to write.
    """

    def __init__(self, ledger: Ledger, kept: Sequence[Registered] = ()) -> None:
        self.entries: tuple[Registered, ...] = ()
        self.changed = False
        self._ledger = ledger
        self._by_mac: dict[str, Registered] = {}
        self._by_serial: dict[str, Registered] = {}
        self._known = bool(kept)
        self._index(kept)

    def set(self, entries: Sequence[Registered], at: float) -> None:
        """Take the rows of a register in the place of those before; none: there is no register."""
        self._known = True
        self.changed = self.changed or tuple(entries) != self.entries
        self._index(entries)
        for record in list(self._ledger.book.records.values()):
            if self.tie(record, at):
                self._ledger.book.reconsider(record)

    def take_changed(self) -> tuple[Registered, ...] | None:
        """The rows when they changed since the last call."""
        if not self.changed:
            return None
        self.changed = False
        return self.entries

    def _index(self, entries: Sequence[Registered]) -> None:
        self.entries = tuple(entries)
        self._by_mac, self._by_serial = {}, {}
        for entry in entries:
            for mac in entry.macs:
                self._by_mac.setdefault(mac, entry)
            if entry.serial:
                self._by_serial.setdefault(serial_key(entry.serial), entry)

    def tie(self, record: Record, at: float) -> bool:
        """Give a record the row it has now; whether that changed."""
        if not self._known:
            return False
        entry = self._row_of(record)
        if entry == record.registered:
            return False
        was_classified = record.classified
        record.registered = entry
        self._name(record, entry, at)
        self._ledger.book.touch(record)
        is_here = at - record.last_seen <= CLASSIFIED_SEEN_S
        if record.classified and not was_classified and is_here:
            self._ledger.classified_seen(record, at)
        return True

    def _row_of(self, record: Record) -> Registered | None:
        """The row of its MACs, the first in the file of several, else of its serial numbers."""
        rows = [self._by_mac[mac] for mac in record.macs if mac in self._by_mac]
        if not rows and self._by_serial:
            serials = {record.serial or ""}
            serials.update(mark.value for mark in record.marks.values() if mark.kind == "serial")
            if record.announcement is not None:
                serials.add(record.announcement.serial)
            keys = {serial_key(serial) for serial in serials if serial}
            rows = [self._by_serial[key] for key in keys if key in self._by_serial]
        return min(rows, key=lambda row: row.row) if rows else None

    def _name(self, record: Record, entry: Registered | None, at: float) -> None:
        """Put the officer's name before all others, or take it away. It is no event: he knows."""
        record.names[:] = [known for known in record.names if known.source != SOURCE]
        name = naming.usable(entry.name) if entry is not None else ""
        if name:
            naming.add(record.names, name, SOURCE, "", at)
        record.name = naming.best(record.names, record.name)
