"""The log of what happened: numbered, counted, bounded in memory."""

from collections import deque

from inventory.snapshot import EventKind, InventoryEvent

MAX_RECENT = 1000
MAX_UNSAVED = 10_000
MAX_PER_DEVICE = 10  # events of one kind of one subject in `PER_DEVICE_S`: who provokes, bores
PER_DEVICE_S = 3600.0
_MAX_PACED = 50_000


class EventLog:
    """Events in order; those that the store has not taken yet are kept apart, and bounded.

    `totals` counts what alerts may be built on: an event that was logged as `expected` (a device
    found by the first pass over a LAN) is listed, but not counted.
    """

    def __init__(
        self,
        number: int = 0,
        totals: dict[EventKind, int] | None = None,
        recent: tuple[InventoryEvent, ...] = (),
    ) -> None:
        self.number = number
        self.totals: dict[EventKind, int] = dict(totals or {})
        self.lost = 0  # events that fell out before a store could take them
        self._recent: deque[InventoryEvent] = deque(recent, maxlen=MAX_RECENT)
        self._unsaved: deque[InventoryEvent] = deque()
        self.muted = 0  # events that came too often for one subject
        self._paced: dict[tuple[str, EventKind], tuple[float, int]] = {}

    def log(
        self,
        at: float,
        kind: EventKind,
        detail: str,
        *,
        device: str = "",
        network: str = "",
        expected: bool = False,
        pace: str = "",
    ) -> None:
        """Add one event; `detail` is one sentence of clean text.

        `pace`: whose events are bounded per hour, when it is not the device.
        """
        if (pace or device) and self._too_often(at, pace or device, kind):
            self.muted += 1
            return
        self.number += 1
        event = InventoryEvent(self.number, at, kind, device, network, detail)
        self._recent.append(event)
        self._unsaved.append(event)
        self._bound()
        if not expected:
            self.totals[kind] = self.totals.get(kind, 0) + 1

    def recent(self, limit: int) -> tuple[InventoryEvent, ...]:
        """The latest events, newest first."""
        return tuple(reversed(self._recent))[: max(0, limit)]

    def take_unsaved(self) -> tuple[InventoryEvent, ...]:
        """What the store has to write; empty after."""
        taken = tuple(self._unsaved)
        self._unsaved.clear()
        return taken

    def restore_unsaved(self, events: tuple[InventoryEvent, ...]) -> None:
        """Put back what could not be written, before what came since."""
        self._unsaved.extendleft(reversed(events))
        self._bound()

    def _too_often(self, at: float, device: str, kind: EventKind) -> bool:
        since, count = self._paced.get((device, kind), (at, 0))
        if at - since >= PER_DEVICE_S:
            since, count = at, 0
        if len(self._paced) >= _MAX_PACED:
            self._paced.clear()
        self._paced[device, kind] = (since, count + 1)
        return count >= MAX_PER_DEVICE

    def _bound(self) -> None:
        while len(self._unsaved) > MAX_UNSAVED:
            self._unsaved.popleft()
            self.lost += 1
