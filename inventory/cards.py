"""What each of several MACs of one device does and says, so that a wrong merge shows."""

from collections.abc import Iterable
from typing import NamedTuple

from collectors.observation import (
    AddressSeen,
    AnyObservation,
    DhcpClientSeen,
    Dhcpv6ClientSeen,
    NameSeen,
)
from inventory import identity_values as values
from inventory.book import Book
from inventory.record import MAX_CARD_ADDRESSES, MAX_SAID, Card, Part, Record, Said
from inventory.traits import (
    Mark,
)

AT_ONCE_S = 60.0
TOGETHER = 3  # so often heard at once, over so long: it was no succession
TOGETHER_S = 120.0
_FORGET_S = 3600.0
_OF_ONE = {"ssh_key": "SSH host keys", "engine_id": "SNMP engines", "chassis": "LLDP chassis"}


class Stray(NamedTuple):
    """A card of another device, and what shows it; `moves`: it was plugged into that just now."""

    mac: str
    reason: str
    moves: bool = False


class Cards:
    """`watched` are the MACs of devices that were merged; nothing is kept of the others."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self.watched: set[str] = {mac for record in book.records.values() for mac in record.cards}

    def note(self, seen: AnyObservation) -> None:
        """Note what a watched MAC did. A kernel's memory proves no life."""
        mac = getattr(seen, "mac", "")
        record = self._book.by_mac.get(mac) if mac in self.watched else None
        card = record.cards.get(mac) if record is not None else None
        if record is None or card is None:
            return
        if isinstance(seen, AddressSeen):
            if seen.how == "neighbour_table":
                return
            _bounded(card.addresses, seen.address, seen.at)
        elif isinstance(seen, DhcpClientSeen) and seen.hostname:
            self._said(record, card, "name dhcp", seen.hostname, seen.at)
        elif isinstance(seen, Dhcpv6ClientSeen) and seen.duid:
            self._said(record, card, "duid", seen.duid, seen.at)
        elif isinstance(seen, NameSeen) and seen.name:
            self._said(record, card, f"name {seen.source}", seen.name, seen.at)
        card.last_seen = max(card.last_seen, seen.at)
        for part in record.parts:
            if part.basis == "succession":
                self._together(record, part, seen.at)

    def follow(self, records: Iterable[Record]) -> None:
        """Take note of records that were merged or split just now."""
        for record in records:
            self.watched.difference_update(record.macs)
            self.watched.update(record.cards)

    def stray(self, record: Record, others_hold: frozenset[str]) -> Stray | None:
        """The card that turned out to be of another device than the others, if there is one.

        `others_hold` are values that other records hold: who says one of them is there now.
        """
        shared = {text for part in record.parts for text in _merged_with(part)}
        for mac, card in record.cards.items():
            rest = [other for name, other in record.cards.items() if name != mac]
            for kind, said in card.said.items():
                told = [other.said[kind] for other in rest if kind in other.said]
                if said.value in shared or not told:
                    continue  # what they had in common when they were merged
                if any(_same(kind, said.value, other.value) for other in told):
                    continue
                moved = kind == "duid" or _canonical(kind, said.value) in others_hold
                if moved or max(other.last for other in told) >= said.first:
                    reason = f"{mac} says {said.value}, the others {told[0].value}"
                    return Stray(mac, reason, moved)
        return _by_marks(record)

    def _said(self, record: Record, card: Card, kind: str, value: str, at: float) -> None:
        was = card.said.get(kind)
        if was is None and len(card.said) >= MAX_SAID:
            return
        if was is not None and was.value == value:
            was.last = max(was.last, at)
        else:
            card.said[kind] = Said(value, at, at)
        others = any(kind in other.said for other in record.cards.values() if other is not card)
        if (was is None or was.value != value) or (
            others and record.id not in self._book.undecided
        ):
            self._book.undecided.add(record.id)

    def _together(self, record: Record, part: Part, at: float) -> None:
        inside = [record.cards[mac].last_seen for mac in part.macs if mac in record.cards]
        outside = [c.last_seen for mac, c in record.cards.items() if mac not in part.macs]
        if not inside or not outside or min(max(inside), max(outside)) < at - AT_ONCE_S:
            return
        if at - part.together_since > _FORGET_S:
            part.together, part.together_since = 0, at
        part.together += 1
        if was_together(part, at):
            self._book.undecided.add(record.id)


def was_together(part: Part, at: float) -> bool:
    """Whether what was taken for a successor was there beside the one that it succeeded."""
    return part.together >= TOGETHER and at - part.together_since >= TOGETHER_S


def _by_marks(record: Record) -> Stray | None:
    """By different keys, engines or chassis that two cards showed in one and the same period."""
    shown: dict[tuple[str, str], list[tuple[str, Mark]]] = {}
    cards = {address: mac for mac, card in record.cards.items() for address in card.addresses}
    for mark in record.marks.values():
        place, _, service = mark.where.partition(" ")
        mac = place if place in record.cards else cards.get(place, "")
        if mac and mark.kind in _OF_ONE and values.key(mark) is not None:
            shown.setdefault((mark.kind, service), []).append((mac, mark))
    newest = record.macs[::-1]
    for (kind, _), held in shown.items():
        for mac, mark in sorted(held, key=lambda one: newest.index(one[0])):
            if any(other != mac and _differ_at_once(mark, rival) for other, rival in held):
                return Stray(mac, f"{mac} and the others show different {_OF_ONE[kind]}")
    return None


def _differ_at_once(mark: Mark, other: Mark) -> bool:
    at_once = mark.first_seen <= other.last_seen and other.first_seen <= mark.last_seen
    return at_once and mark.value != other.value


def _merged_with(part: Part) -> Iterable[str]:
    yield from (name for _, name in part.names)
    if part.dhcpv6 is not None:
        yield part.dhcpv6.duid


def _same(kind: str, one: str, other: str) -> bool:
    return _canonical(kind, one) == _canonical(kind, other)


def _canonical(kind: str, value: str) -> str:
    return value.lower() if kind == "duid" else values.folded(value)


def _bounded(held: dict[str, float], address: str, at: float) -> None:
    if address not in held and len(held) >= MAX_CARD_ADDRESSES:
        del held[min(held, key=lambda known: held[known])]
    held[address] = at
