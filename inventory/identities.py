"""The part of the inventory that answers for identities: why it is one device, and orders."""

import msgspec

from inventory.book import Book
from inventory.identity import Decision
from inventory.identity_evidence import Verdict
from inventory.joiner import Joiner, OrderError
from inventory.record import Part, Record, Suggestion


class Explanation(msgspec.Struct, frozen=True):
    """Why a device is one; `related` are the judgements on others that share something with it."""

    decisions: tuple[Decision, ...]
    parts: tuple[Part, ...]
    suggestions: dict[str, Suggestion]
    apart: tuple[str, ...]
    conflict: str
    moves: bool
    related: tuple[tuple[str, Verdict], ...]


class Identities:
    """What the officer asks of identities and orders about them; the inventory is one."""

    _book: Book
    _joiner: Joiner

    def decide_identities(self, now: float) -> None:
        """Judge now what waits to settle: for a single pass, which has no later."""
        self._joiner.settle(now, force=True)

    def merge(self, device: str, other: str, at: float) -> str:
        """Merge two devices by hand; says what was done. Raises OrderError."""
        return self._joiner.merge(self._record(device), self._record(other), at)

    def split(self, device: str, mac: str, at: float) -> str:
        """Split a MAC from its device by hand; says what was done. Raises OrderError."""
        return self._joiner.split(self._record(device), mac, at)

    def holder(self, device: str) -> str:
        """The device that has an id today: that which the one of this id was merged into, or ""."""
        if device in self._book.records:
            return device
        records = self._book.records.values()
        return next((r.id for r in records if any(p.id == device for p in r.parts)), "")

    def explain(self, device: str) -> Explanation:
        """Why a device is one device, and which others may be the same. Raises OrderError."""
        record = self._record(device)
        return Explanation(
            decisions=tuple(record.decisions),
            parts=tuple(record.parts),
            suggestions=dict(record.suggestions),
            apart=tuple(record.apart),
            conflict=record.conflict,
            moves=record.moves,
            related=self._joiner.related(record),
        )

    def decisions(self, device: str) -> tuple[Decision, ...]:
        """Why what is known of a device was taken for one device."""
        record = self._book.records.get(device)
        return tuple(record.decisions) if record is not None else ()

    def _record(self, device: str) -> Record:
        record = self._book.records.get(device)
        if record is None:
            raise OrderError(f"there is no device {device}")
        return record
