"""What keeps a hostile LAN from filling the inventory, and how often it had to."""

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Final

from collectors.scope import Scope
from inventory.record import Record
from inventory.snapshot import Limit

BURST_MINUTES: Final = 2  # new devices of so many minutes may come at once
RECENT_S: Final = 3600.0  # a limit that kept something out within this time counts as reached
SETTLED_S: Final = 60.0  # seen again so long after it was learnt, a device is more than one frame
LOOK_EVERY_S: Final = 60.0
DOUBT_S: Final = 3600.0  # a device that a flood may have invented is kept silent for so long
LEAST_ROOM: Final = 1024  # devices that a first pass may find on any LAN
# Whoever is there answers when asked; a flood of invented stations mostly does not.
ANSWERS: Final = frozenset({"arp_reply", "neighbour_advertisement", "echo_reply"})


def room_of(scope: Scope) -> int:
    """How many devices a first pass may find: as many as there are IPv4 addresses in scope.

    While nothing may be probed, those of the own networks count.
    """
    texts = [text for text in scope.networks if ":" not in text]
    texts = texts or [own for link in scope.links for own in link.ipv4]
    networks = {ipaddress.ip_interface(text).network for text in texts}
    return max(LEAST_ROOM, sum(network.num_addresses for network in networks))


class Newcomers:
    """How many devices may be new: so many a minute, with a reserve of `BURST_MINUTES`.

    The first pass over a LAN has `room` beside that (None: no bound), and once more as much for
    stations that answer. A flood of invented MACs uses all that up; after it ends, room for real
    newcomers grows again at once.
    """

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self.room: int | None = None
        self.left: int | None = None  # devices that may be learnt at all; None: no bound
        self._found = self._answered = 0  # by the first pass
        self._first_at: float | None = None
        self._room = float(per_minute * BURST_MINUTES)
        self._at = float("-inf")
        self._full_at = float("-inf")
        self._waves: list[tuple[float, float]] = []
        self._looked_at = float("-inf")

    def admit(self, at: float) -> bool:
        """Whether one more may be learnt now."""
        self._refill(at)
        if self._room >= 1.0:
            self._room -= 1.0
            return True
        if self._waves and self._waves[-1][1] >= self._full_at:
            self._waves[-1] = (self._waves[-1][0], at)
        else:
            self._waves = [*self._waves[-3:], (self._full_at, at)]
        return False

    def admit_first(self, at: float, answered: bool) -> bool:
        """Whether one more may be learnt now, in the first pass."""
        if self._first_at is None:
            self._first_at = at
        if self.room is None:
            return True
        if self._found < self.room:
            self._found += 1
            return True
        if answered and self._answered < self.room:
            self._answered += 1
            return True
        if self.admit(at):
            return True
        # What the first pass found before may be the flood's as well.
        self._waves[-1] = (min(self._first_at, self._waves[-1][0]), at)
        return False

    def is_flooded(self, now: float) -> bool:
        """Whether somebody was kept out within the last minute."""
        return bool(self._waves) and now - self._waves[-1][1] < 60.0

    def invented(self, records: Iterable[Record], now: float) -> list[Record]:
        """Devices that a flood brought and that nothing was heard of since.

        A device that is there answers the probes for its presence long before `DOUBT_S` is over.
        One that was known before the flood, belongs to this machine, or told anything but its
        address is not among them.
        """
        if not self._waves or now - self._looked_at < LOOK_EVERY_S:
            return []
        self._looked_at = now
        return [
            record
            for record in records
            if now - record.last_seen > DOUBT_S
            and record.last_seen - record.first_seen < SETTLED_S
            and not (record.own or record.names or record.services or record.dhcp or record.marks)
            and any(began <= record.first_seen <= ended for began, ended in self._waves)
        ]

    def _refill(self, at: float) -> None:
        most = float(self.per_minute * BURST_MINUTES)
        passed = max(0.0, at - self._at)
        self._room = min(most, self._room + passed * self.per_minute / 60)
        self._at = max(self._at, at)
        if self._room >= most:
            self._full_at = at


class Refusals:
    """Running totals of what each limit kept out or pushed out, and when that was last."""

    def __init__(self) -> None:
        self._totals: dict[str, int] = {}
        self._last: dict[str, float] = {}

    def observe(self, totals: Mapping[str, int], now: float) -> None:
        """Take the totals as they are now; what grew was refused since the last time."""
        for limit, total in totals.items():
            if total > self._totals.get(limit, 0):
                self._last[limit] = now
            self._totals[limit] = total

    def limits(self, reached: Mapping[str, bool], now: float) -> dict[str, Limit]:
        """Each limit: whether it is reached, and what it refused so far."""
        return {
            name: Limit(
                reached.get(name, False) or now - self._last.get(name, float("-inf")) < RECENT_S,
                self._totals.get(name, 0),
            )
            for name in sorted(self._totals.keys() | reached.keys())
        }
