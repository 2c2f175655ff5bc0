"""Who asks for whom: the dependencies that a plain access port shows (ARP against ND)."""

from collections.abc import Callable, Iterable

import msgspec

from collectors.observation import Family, TargetAsked
from inventory.readiness import Edge

MAX_EDGES = 20_000
_DAY_S = 86400.0

Key = tuple[str, str, str, Family]  # interface, MAC, target, family


class EdgeRecord(msgspec.Struct, omit_defaults=True):
    """One edge as it is kept; `day` is the last UTC day on which it was seen."""

    interface: str
    mac: str
    target: str
    family: Family
    first_seen: float
    last_seen: float
    count: int = 1
    days: int = 1
    day: int = 0


class Edges:
    """Edges by MAC and target, at most `MAX_EDGES`; those unseen for longest make room.

    `device_of_mac` and `device_of_address` give ids, "" for nobody; asks that show no dependency
    (for the own address, from a device that is not known) are left out.
    """

    def __init__(
        self,
        saved: Iterable[EdgeRecord],
        device_of_mac: Callable[[str], str],
        device_of_address: Callable[[str, str], str],
    ) -> None:
        self.changed = True
        self.unsaved: set[Key] = set()
        self.dropped: set[Key] = set()
        self.refused = 0
        self._device_of_mac = device_of_mac
        self._device_of_address = device_of_address
        self._edges = {(e.interface, e.mac, e.target, e.family): e for e in saved}

    def __len__(self) -> int:
        return len(self._edges)

    def asked(self, seen: TargetAsked) -> None:
        """A station asked for an address."""
        if seen.target == seen.address or not self._device_of_mac(seen.mac):
            return
        key = (seen.interface, seen.mac, seen.target, seen.family)
        day = int(seen.at // _DAY_S)
        edge = self._edges.get(key)
        if edge is None:
            self._make_room()
            edge = self._edges[key] = EdgeRecord(*key, seen.at, seen.at, max(1, seen.count), 1, day)
        else:
            edge.count += max(1, seen.count)
            edge.last_seen = max(edge.last_seen, seen.at)
            if day > edge.day:
                edge.days += 1
                edge.day = day
        self.unsaved.add(key)
        self.changed = True

    def shown(self) -> tuple[Edge, ...]:
        """All edges of devices that are known, in a stable order."""
        found = []
        for key in sorted(self._edges):
            edge = self._edges[key]
            device = self._device_of_mac(edge.mac)
            if device:
                found.append(
                    Edge(
                        device, edge.target, edge.family, edge.count, edge.days, edge.first_seen,
                        edge.last_seen, self._device_of_address(edge.target, edge.interface),
                        edge.interface,
                    )
                )  # fmt: skip
        return tuple(found)

    def take_unsaved(self) -> tuple[tuple[EdgeRecord, ...], tuple[Key, ...]]:
        """What the store has to write and to delete; empty after."""
        kept = tuple(
            msgspec.structs.replace(self._edges[key]) for key in self.unsaved if key in self._edges
        )
        gone = tuple(self.dropped - self._edges.keys())
        self.unsaved.clear()
        self.dropped.clear()
        return kept, gone

    def _make_room(self) -> None:
        if len(self._edges) < MAX_EDGES:
            return
        by_age = sorted(self._edges, key=lambda key: self._edges[key].last_seen)
        for key in by_age[: MAX_EDGES // 50]:
            del self._edges[key]
            self.dropped.add(key)
            self.unsaved.discard(key)
            self.refused += 1
