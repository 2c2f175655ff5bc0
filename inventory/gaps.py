"""How long a device's own silences last: a small decaying histogram, from which patience is learnt.

Only silences that the device ended by itself count, seen by an agent that was not blind. A silence
longer than the last edge is an absence (a night, an outage), which says nothing about patience.
"""

import msgspec

# Upper edges in seconds, each 1.5 times the one before: 20 s to about an hour.
EDGES_S: tuple[float, ...] = tuple(20.0 * 1.5**step for step in range(14))
LONGEST_GAP_S = EDGES_S[-1]

# Silences shorter than the patience of the kind that a device is taken to have had before it was
# known: one long silence among them proves nothing, a second one within weeks does.
PRIOR = 50
TAIL = 0.02  # the share of silences that may outlast the patience
HALVED_EVERY_S = 7 * 86400.0
MOST = 4096


class Gaps(msgspec.Struct, omit_defaults=True, gc=False):
    """Counts per bucket (shorter when the long ones are empty); halved every week."""

    counts: list[int] = []
    halved_at: float = 0.0

    def learn(self, gap_s: float, at: float) -> bool:
        """A silence of so many seconds ended at a moment; whether that changed anything."""
        if not 0.0 < gap_s <= LONGEST_GAP_S:
            return False
        if not self.halved_at or at < self.halved_at:
            self.halved_at = at
        while at - self.halved_at >= HALVED_EVERY_S and self.counts:
            self._halve()
            self.halved_at += HALVED_EVERY_S
        if not self.counts:
            self.halved_at = at
        if sum(self.counts) >= MOST:
            self._halve()
        bucket = next(index for index, edge in enumerate(EDGES_S) if gap_s <= edge)
        self.counts.extend([0] * (bucket + 1 - len(self.counts)))
        self.counts[bucket] += 1
        return True

    def horizon_s(self) -> float:
        """The silence that at most `TAIL` of this device's own outlast; 0 while nothing says so."""
        allowed = TAIL * (PRIOR + sum(self.counts))
        beyond = 0
        for bucket in range(len(self.counts) - 1, -1, -1):
            beyond += self.counts[bucket]
            if beyond > allowed:
                return EDGES_S[bucket]
        return 0.0

    def _halve(self) -> None:
        self.counts = [count // 2 for count in self.counts]
        while self.counts and not self.counts[-1]:
            self.counts.pop()
