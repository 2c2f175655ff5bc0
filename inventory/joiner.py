"""Decides which records are one device, when their evidence has settled, and undoes it.

Per observation nothing happens but that an id is noted. When its evidence has been there for
`SETTLE_S`, a record is compared with those that share a value with it, found by an index; so the
order in which evidence came does not matter. Every merge and split is a decision in the record.
"""

from collections.abc import Iterable

from inventory import identity_evidence as evidence
from inventory import identity_values, parting
from inventory.cards import Cards, was_together
from inventory.identity import Decision
from inventory.identity_evidence import Facts, Held, Verdict
from inventory.identity_values import Key
from inventory.ledger import Ledger
from inventory.record import MAX_APART, MAX_SUGGESTIONS, Basis, Part, Record, Suggestion

SETTLE_S = 60.0
BATCH = 1000  # records decided on at once: the loop has other things to do
MAX_HOLDERS = 16
MAX_CHASSIS_HOLDERS = 64  # a router has a MAC per VLAN
CONFLICT_S = 7 * 86_400.0
_ROUNDS = 8
_CHASSIS_KINDS = frozenset({"serial", "chassis", "engine_id", "row"})


class OrderError(Exception):
    """A merge or split by hand that cannot be done; the text says why."""


class Joiner:
    """`cards` watches what the MACs of merged devices do."""

    def __init__(self, ledger: Ledger) -> None:
        self.cards = Cards(ledger.book)
        self._ledger = ledger
        self._book = ledger.book
        self._index: dict[Key, set[str]] = {}
        self._keys: dict[str, frozenset[Key]] = {}
        self._due: dict[str, float] = {}
        self._next = float("inf")
        self._suggested = {r.id: set(r.suggestions) for r in self._book.records.values()
                           if r.suggestions}  # fmt: skip
        self._facts: dict[str, Facts] = {}

    def settle(self, now: float, force: bool = False) -> None:
        """Decide what has settled; with `force` everything that waits."""
        self._take_in(now)
        if not force and now < self._next:
            return
        ready = sorted(name for name, due in self._due.items() if force or due <= now)
        ready = ready if force else ready[:BATCH]
        for _ in range(_ROUNDS):
            for name in ready:
                del self._due[name]
            self._decide(ready, now)
            fresh = self._take_in(now)
            ready = sorted(fresh & self._due.keys()) if force else []
            if not ready:
                break
        self._next = min(self._due.values(), default=float("inf"))

    def merge(self, record: Record, other: Record, at: float) -> str:
        """Merge two devices because the officer says so; a sentence says what was done."""
        if record is other:
            return f"{record.id} is one device already"
        if record.own or other.own:
            raise OrderError("the agent's own host knows its interfaces; it is merged with nobody")
        if not record.macs or not other.macs:
            raise OrderError("a device behind a router has no MAC, so nothing can be merged to it")
        text = f"{self._ledger.label(other)} was merged into {self._ledger.label(record)} by hand"
        self._absorb(record, other, at, "by_hand", ("the officer said so",))
        return f"{text}: {other.id} is part of {record.id} now"

    def split(self, record: Record, mac: str, at: float) -> str:
        """Make what a MAC brought into a device one of its own again; a sentence says what."""
        if record.own:
            raise OrderError("the agent's own host knows its interfaces; they are one device")
        if not record.parts or mac not in record.macs:
            raise OrderError(
                f"{mac} was not merged into {record.id}, so it cannot be split from it"
            )
        stays, single = self._separate(record, mac, at, ("the officer said so",), by_hand=True)
        for one, other in ((stays, single), (single, stays)):
            one.apart = [*one.apart, other.id][-MAX_APART:]
        return f"{mac} is {single.id} again, no more a part of {stays.id}, and stays so"

    def related(self, record: Record) -> tuple[tuple[str, Verdict], ...]:
        """The judgement on every device that shares something with this one, as things stand."""
        self._facts = {}
        return tuple((other, self._weigh(record.id, other)) for other in self._partners(record))

    # Taking in.

    def _take_in(self, now: float) -> set[str]:
        for name in self._book.left:
            self._forget(name)
        self._book.left.clear()
        fresh = set()
        for name in self._book.undecided:
            record = self._book.records[name]
            was, keys = self._keys.get(name, frozenset()), evidence.keys_of(record)
            if keys != was:
                self._reindex(name, was, keys)
                self._due[name] = now + SETTLE_S
            if keys or was or record.crossed or record.cards or name in self._suggested:
                self._due.setdefault(name, now + SETTLE_S)
                fresh.add(name)
        self._book.undecided.clear()
        if fresh:
            self._next = min(self._next, now + SETTLE_S)
        return fresh

    def _reindex(self, name: str, was: frozenset[Key], keys: frozenset[Key]) -> None:
        for key in was - keys:
            self._drop(key, name)
        for key in keys - was:
            holders = self._index.setdefault(key, set())
            if len(holders) < (MAX_CHASSIS_HOLDERS if key[0] in _CHASSIS_KINDS else MAX_HOLDERS):
                holders.add(name)
        if keys:
            self._keys[name] = keys
        else:
            self._keys.pop(name, None)

    def _drop(self, key: Key, name: str) -> None:
        if (holders := self._index.get(key)) is not None:
            holders.discard(name)
            if not holders:
                del self._index[key]

    def _forget(self, name: str) -> None:
        if name in self._book.records:
            return  # it is back already
        for key in self._keys.pop(name, ()):
            self._drop(key, name)
        self._due.pop(name, None)
        for other in self._suggested.pop(name, ()):
            self._withdraw(other, name)

    # Deciding.

    def _decide(self, ready: list[str], now: float) -> None:
        self._facts = {}
        for name in ready:
            if (record := self._book.records.get(name)) is not None:
                self._look_at(record, now)
        verdicts: dict[tuple[str, str], Verdict] = {}
        waiting, known = list(ready), set(ready)
        while waiting:
            record = self._book.records.get(waiting.pop())
            for other in self._partners(record) if record is not None else ():
                assert record is not None
                pair = (min(record.id, other), max(record.id, other))
                if pair not in verdicts:
                    verdicts[pair] = self._weigh(*pair)
                if verdicts[pair].outcome == "join" and other not in known:
                    known.add(other)
                    waiting.append(other)
        doubtful = self._doubtful(verdicts)
        for pair, verdict in sorted(verdicts.items()):
            self._note(pair, verdict, now, pair[0] in doubtful or pair[1] in doubtful)
        # What is about to be merged is looked at first: one of its cards may have moved away.
        for name in sorted(
            {n for pair, v in verdicts.items() if v.outcome == "join" for n in pair}
        ):
            if name not in ready:
                self._look_at(self._book.records[name], now)
        joins = [(pair, v) for pair, v in verdicts.items()
                 if v.outcome == "join" and not doubtful.intersection(pair)]  # fmt: skip
        self._join(joins, now)

    def _doubtful(self, verdicts: dict[tuple[str, str], Verdict]) -> set[str]:
        """Records that fit two others which contradict each other, without proof by hardware."""
        fits: dict[str, list[str]] = {}
        for (one, other), verdict in verdicts.items():
            if verdict.outcome == "join" and verdict.basis not in ("hardware", "register"):
                fits.setdefault(one, []).append(other)
                fits.setdefault(other, []).append(one)
        return {
            name
            for name, found in fits.items()
            if any(
                self._weigh(one, other).outcome == "apart"
                or evidence.contradictions(self._of(one), self._of(other))
                for at, one in enumerate(found)
                for other in found[at + 1 :]
            )
        }

    def _join(self, joins: list[tuple[tuple[str, str], Verdict]], now: float) -> None:
        became: dict[str, str] = {}
        for (one, other), verdict in sorted(joins, key=lambda join: self._ages(join[0])):
            while one in became:
                one = became[one]
            while other in became:
                other = became[other]
            if one == other:
                continue
            verdict = self._weigh(one, other)  # one of them may have become more, or less
            if verdict.outcome != "join":
                continue
            first, second = (name for _, name in self._ages((one, other)))
            records = self._book.records
            self._absorb(records[first], records[second], now, verdict.basis, verdict.reasons)
            became[second] = first
            self._facts.pop(first, None)

    def _ages(self, names: tuple[str, str]) -> list[tuple[float, str]]:
        return sorted((self._of(name).first, name) for name in names)

    def _note(self, pair: tuple[str, str], verdict: Verdict, now: float, doubtful: bool) -> None:
        if verdict.again_in is not None:
            for name in pair:
                self._due.setdefault(name, now + max(verdict.again_in, SETTLE_S))
        if verdict.outcome == "suggest" or (verdict.outcome == "join" and doubtful):
            reasons = verdict.reasons
            if doubtful:
                reasons = (*reasons, "it fits another device as well, which is not the same")
            self._suggest(*pair, reasons, now)
            self._suggest(pair[1], pair[0], reasons, now)
            return
        self._withdraw(*pair)
        self._withdraw(pair[1], pair[0])
        if verdict.outcome == "apart":
            self._keep_apart(pair, verdict.reasons, now)

    def _keep_apart(self, pair: tuple[str, str], reasons: tuple[str, ...], now: float) -> None:
        for name, other in (pair, pair[::-1]):
            record = self._book.records[name]
            last = next((d for d in reversed(record.decisions) if d.other == other), None)
            if last is None or last.action not in ("kept_apart", "split", "split_by_hand"):
                record.decide(Decision(now, "kept_apart", reasons, other))
                self._book.touch(record)

    def _suggest(self, name: str, other: str, reasons: tuple[str, ...], now: float) -> None:
        record = self._book.records[name]
        was = record.suggestions.get(other)
        if was is not None and was.reasons == reasons:
            return
        if was is None:
            if len(record.suggestions) >= MAX_SUGGESTIONS:
                return
            if all(d.action != "suggested" or d.other != other for d in record.decisions):
                record.decide(Decision(now, "suggested", reasons, other))
        record.suggestions[other] = Suggestion(was.at if was is not None else now, reasons)
        self._suggested.setdefault(name, set()).add(other)
        self._book.touch(record)

    def _withdraw(self, name: str, other: str) -> None:
        if other in self._suggested.get(name, ()):
            self._suggested[name].discard(other)
            if not self._suggested[name]:
                del self._suggested[name]
            record = self._book.records.get(name)
            if record is not None and record.suggestions.pop(other, None) is not None:
                self._book.touch(record)

    # What shows in one record alone.

    def _look_at(self, record: Record, now: float) -> None:
        if record.conflict and now - record.conflict_at > CONFLICT_S:
            record.conflict = ""
            self._book.touch(record)
        if not record.conflict and (reason := evidence.two_systems(record)):
            self._ledger.conflicts(record, now, reason)
        for part in [p for p in record.parts if p.basis == "succession"]:
            if part in record.parts and was_together(part, self._latest(record)):
                reason = f"{part.macs[0]} and the others were there at once: no succession"
                self._separate(record, part.macs[0], now, (reason,))
        if record.parts and all(p.basis not in ("by_hand", "register") for p in record.parts):
            held = frozenset(
                key[1] for card in record.cards.values() for one in card.said.values()
                for key in (("name", identity_values.folded(one.value)),
                            ("duid", one.value.lower()))
                if self._index.get(key, set()) - {record.id}
            )  # fmt: skip
            stray = self.cards.stray(record, held)
            if stray is not None:
                _, single = self._separate(record, stray.mac, now, (stray.reason,))
                single.moves = stray.moves
        elif not record.parts and not record.moves and self._is_of_two(record):
            record.moves = True
            self._book.touch(record)

    def _is_of_two(self, record: Record) -> bool:
        """Whether a card bore the DUIDs of two other devices, one after the other."""
        duids = [key for key in self._keys.get(record.id, ()) if key[0] == "duid"]
        holders = {frozenset(self._index[key] - {record.id}) for key in duids}
        return len(holders - {frozenset()}) > 1

    def _latest(self, record: Record) -> float:
        return max(card.last_seen for card in record.cards.values())

    # Doing.

    def _absorb(
        self, record: Record, other: Record, at: float, basis: Basis, reasons: tuple[str, ...]
    ) -> None:
        text = f"{self._ledger.label(other)} is the same device as {self._ledger.label(record)}"
        part = parting.part_of(other, at, basis, reasons)
        action = "merged_by_hand" if basis == "by_hand" else "absorbed"
        record.decide(Decision(at, action, reasons, other.id))  # type: ignore[arg-type]
        self._book.absorb(record, other, part)
        self.cards.follow((record,))
        self._ledger.event(record, at, "merged", f"{text}: {'; '.join(reasons)}")

    def _separate(
        self, record: Record, mac: str, at: float, reasons: tuple[str, ...], by_hand: bool = False
    ) -> tuple[Record, Record]:
        """Part a MAC from its device: who stays, and the device that has the MAC now.

        The MAC that a device began with keeps the id; then all the others become one device.
        """
        part = next((p for p in record.parts if mac in p.macs), None)
        if part is not None:
            stays, single = record, self._detach(record, part)
        else:
            first, *rest = list(record.parts)
            stays, single = self._detach(record, first), record
            for more in rest:
                self._regroup(stays, record, more)
        action = "split_by_hand" if by_hand else "split"
        for one, other in ((stays, single), (single, stays)):
            one.decide(Decision(at, action, reasons, other.id))  # type: ignore[arg-type]
            self._book.touch(one)
        self.cards.follow((stays, single))
        text = f"{mac} is a device of its own, no part of {self._ledger.label(stays)}"
        self._ledger.event(single, at, "split", f"{text}: {'; '.join(reasons)}")
        return stays, single

    def _detach(self, record: Record, part: Part) -> Record:
        single = self._book.detach(record, part)
        for one in (record, single):
            one.vendor = next(filter(None, map(self._ledger.vendor_of, one.macs)), "")
        self._facts.clear()
        return single

    def _regroup(self, stays: Record, record: Record, part: Part) -> None:
        moved = self._detach(record, part)
        kept = parting.part_of(moved, part.at, part.basis, part.reasons)
        self._book.absorb(stays, moved, kept)

    # Looking up.

    def _partners(self, record: Record) -> Iterable[str]:
        found = dict.fromkeys(self._suggested.get(record.id, ()))
        found.update(dict.fromkeys(record.crossed))
        for key in self._keys.get(record.id, ()):
            holders = self._index.get(key, set())
            if key[0] in _CHASSIS_KINDS or len(holders) < MAX_HOLDERS:
                found.update(dict.fromkeys(holders))
            if key[0] == "chassis" and (owner := self._book.by_mac.get(key[1])) is not None:
                found[owner.id] = None
        for mac in record.macs:
            found.update(dict.fromkeys(self._index.get(("chassis", mac), ())))
        return sorted(n for n in found if n != record.id and n in self._book.records)

    def _weigh(self, one: str, other: str) -> Verdict:
        return evidence.weigh(self._of(one), self._of(other), self._held)

    def _of(self, name: str) -> Facts:
        known = self._facts.get(name)
        if known is None:
            known = self._facts[name] = evidence.facts(self._book.records[name])
        return known

    def _held(self, key: Key) -> Held:
        holders = [self._of(n) for n in self._index.get(key, ()) if n in self._book.records]
        pairs = [(a, b) for at, a in enumerate(holders) for b in holders[at + 1 :]]
        return Held(
            len(holders),
            disputed=any(evidence.contradictions(a, b) for a, b in pairs),
            crowded=any(evidence.overlap(a, b) for a, b in pairs),
        )
