"""Who asks whom for an address, each pair told at once and then once a minute with a count.

Most frames of a busy link are such questions, so one that is known costs a look-up and an addition.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Final

from collectors.observation import AddressSeen, TargetAsked
from collectors.tap.belief import Belief
from collectors.wire import ethernet, ipv6
from collectors.wire.address import ip_text

INTERVAL_S: Final = 60.0
SIZE: Final = 16384  # pairs of one link
NEW_PER_S: Final = 250  # pairs: a sweep of somebody else's must not crowd the rest out
ASKING: Final = frozenset(("arp_request", "neighbour_solicitation"))


class Tally:
    """How often one station asked for one target since that was last told.

    An empty `target` is one that is not told: an own address, or one that nobody can have.
    """

    __slots__ = ("address", "count", "due", "last", "mac", "target")

    def __init__(self, mac: str, address: str, target: str, now: float) -> None:
        self.mac = mac
        self.address = address
        self.target = target
        self.count = 0
        self.last = now
        self.due = now + INTERVAL_S


class Askings:
    """The questions of one link; `owns` says which addresses are the agent's.

    `tallies` holds those of the last minute by MAC and target (octets), soonest due first.
    Questions for the agent's own addresses are left out: its own probes cause them. What is beyond
    the bounds is counted in `refused`, and is taken up when it is asked again later.
    """

    def __init__(
        self,
        interface: str,
        belief: Belief,
        owns: Callable[[str], bool],
        size: int = SIZE,
        new_per_s: int = NEW_PER_S,
    ) -> None:
        self.tallies: OrderedDict[bytes, Tally] = OrderedDict()
        self.refused = 0
        self._interface = interface
        self._belief = belief
        self._owns = owns
        self._size = size
        self._new_per_s = new_per_s
        self._second = 0.0
        self._new = 0

    def heard(self, mac: bytes, target: bytes, seen: AddressSeen) -> TargetAsked | None:
        """Take note of a question; what there is to tell of it at once."""
        tally = self.tallies.get(mac + target)
        if tally is None:
            return self.begin(mac, target, seen) if self.admits(seen.at) else None
        tally.count += 1
        tally.last = seen.at
        return None

    def admits(self, now: float) -> bool:
        """Whether there is room for one more pair; counts what there is none for."""
        if not 0 <= now - self._second < 1.0:
            self._second, self._new = now, 0
        if self._new < self._new_per_s and len(self.tallies) < self._size:
            return True
        self.refused += 1
        return False

    def begin(self, mac: bytes, target: bytes, seen: AddressSeen) -> TargetAsked | None:
        """Take note of a question that is not in `tallies`; ask `admits` before."""
        now = seen.at
        self._new += 1
        text = "" if self._belief.doubt_address(target) else ip_text(target)
        if text and self._owns(text):
            text = ""
        tally = Tally(seen.mac, seen.address, text, now)
        self.tallies[mac + target] = tally
        return self._told(tally, 1) if text else None

    def due(self, now: float) -> Iterator[TargetAsked]:
        """Yield the counts whose minute is over; forget pairs that asked no more."""
        while self.tallies:
            key, tally = next(iter(self.tallies.items()))
            if tally.due - INTERVAL_S <= now < tally.due:
                return
            del self.tallies[key]
            if tally.count and tally.target:
                yield self._told(tally, tally.count)
                tally.count = 0
                tally.due = now + INTERVAL_S
                self.tallies[key] = tally

    def rest(self) -> Iterator[TargetAsked]:
        """Yield all counts that are not told yet, and forget everything."""
        for tally in self.tallies.values():
            if tally.count and tally.target:
                yield self._told(tally, tally.count)
        self.tallies.clear()

    def _told(self, tally: Tally, count: int) -> TargetAsked:
        return TargetAsked(
            at=tally.last,
            source="tap",
            interface=self._interface,
            mac=tally.mac,
            address=tally.address,
            target=tally.target,
            family="ipv6" if ":" in tally.target else "ipv4",
            count=count,
        )


def target_in(outer: ethernet.Ethernet) -> bytes:
    """Whom an ARP request or a plain neighbour solicitation asks for; only where `ASKING` holds."""
    if outer.ethertype == ethernet.ARP:
        return outer.payload[24:28]
    if outer.payload[6] == ipv6.ICMPV6:
        return outer.payload[48:64]
    return b""
