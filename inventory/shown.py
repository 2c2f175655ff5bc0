"""The devices as they were last rendered; what did not change is the same object as before."""

from inventory import render
from inventory.book import Book
from inventory.networks import Networks
from inventory.settings import Settings
from inventory.snapshot import Device

AGEING_S = 15.0  # how often time alone is looked at: no state is older than that


class ShownDevices:
    """Renders the records of a book that are waiting for it, and those that time has changed."""

    def __init__(self, book: Book, networks: Networks) -> None:
        self._book = book
        self._networks = networks
        self._devices: dict[str, Device] = {}
        self._order: list[str] = []
        self._links: frozenset[str] = frozenset()
        self._aged_at = float("-inf")

    def __len__(self) -> int:
        return len(self._order)

    def all(self) -> tuple[Device, ...]:
        """Every device, in the order of ids."""
        return tuple([self._devices[name] for name in self._order])

    def update(self, now: float, settings: Settings) -> bool:
        """Render what waits; whether anything shown changed."""
        self._look_at_time(now, settings)
        book, changed = self._book, False
        for name in book.unrendered:
            before = self._devices.get(name)
            shown_now = render.device(book.records[name], now, settings, self._networks, before)
            if shown_now != before:
                self._devices[name] = shown_now
                changed = True
        book.unrendered.clear()
        if book.reordered:
            book.reordered = False
            for name in self._devices.keys() - book.records.keys():
                del self._devices[name]
                changed = True
            self._order = sorted(self._devices)
        return changed

    def _look_at_time(self, now: float, settings: Settings) -> None:
        book = self._book
        links = self._networks.shown_links()
        if links != self._links:
            self._links = links
            book.unrendered.update(book.records)
        if now - self._aged_at >= AGEING_S or now < self._aged_at:
            self._aged_at = now
            for name, shown in self._devices.items():
                record = book.records.get(name)
                if record is not None and render.is_stale(shown, record, now, settings):
                    book.unrendered.add(name)
