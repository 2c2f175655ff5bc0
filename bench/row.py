"""One line of the table that `make bench` prints."""

import msgspec


class Row(msgspec.Struct, frozen=True):
    """A figure of ours beside a peer's, in the same unit, and the ratio that we promise.

    `peer` is None where there is nobody to compare with; the goal then bounds `ours` itself.
    `goal` is an upper bound for `ratio` (or `ours`); None: shown, not promised. `incomparable`:
    the peer is missing, so the goal is not met, whatever our own figure; the note says why.
    """

    name: str
    ours: float
    peer: float | None
    ratio: float | None
    goal: float | None
    unit: str
    note: str = ""
    incomparable: bool = False

    @property
    def met(self) -> bool:
        """Whether the goal holds; a row without a goal always does."""
        if self.incomparable:
            return self.goal is None
        value = self.ours if self.ratio is None else self.ratio
        return self.goal is None or value <= self.goal
