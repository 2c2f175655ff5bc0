"""The agent's own interfaces: which can hear, which are gone, which are back under another name.

A USB card that is plugged in again, or an interface that an officer or the system renames, is the
same card on the same cable: what is known of the link goes with it, so that the watch goes on and
nobody is taken for dead.
"""

from collections.abc import Mapping

from collectors.scope import Card
from inventory.ledger import Ledger
from inventory.networks import Link
from inventory.rounds import Rounds


class OwnCards:
    """Follows the own interfaces from one look to the next."""

    def __init__(self, ledger: Ledger, rounds: Rounds) -> None:
        self._ledger = ledger
        self._rounds = rounds
        self._before: Mapping[str, Card] = {}
        self._indexes: dict[str, int] = {}  # of the links, also of those that are gone

    def follow(self, cards: Mapping[str, Card], at: float) -> None:
        """Take the interfaces as they are; none at all means that they could not be read."""
        if not cards:
            return
        networks = self._ledger.networks
        for link in self._own():
            if link.interface not in cards:
                heir = self._heir(link.interface, link.card, cards)
                if heir:
                    self._move(link.interface, heir, at)
        known = self._own()
        gone = {link.interface: Card(False) for link in known if link.interface not in cards}
        for name, card in sorted({**cards, **gone}.items()):
            turned = networks.set_carrier(name, card.up, at)
            if turned is not None:
                self._rounds.carrier(name, turned, at)
        for link in networks.links:
            if (held := cards.get(link.interface)) is not None:
                networks.know_card(link.interface, held.mac)
                self._indexes[link.interface] = held.index
        self._before = cards

    def _own(self) -> tuple[Link, ...]:
        """The links of which there is, or was, an own interface."""
        return tuple(
            link
            for link in self._ledger.networks.links
            if link.in_scope or link.card or link.interface in self._indexes
        )

    def _heir(self, name: str, mac: str, cards: Mapping[str, Card]) -> str:
        """The new name of an interface that is gone; empty when none is surely the same.

        The kernel gives an index once, so a new name with the old index is the same interface. Else
        the same card has to be there, alone with its MAC, under a name that was not there before.
        """
        fresh = {new: card for new, card in cards.items() if new not in self._before}
        index = self._indexes.get(name, 0)
        for new, card in fresh.items():
            if index and card.index == index:
                return new
        same = [new for new, card in cards.items() if mac and card.mac == mac]
        return same[0] if len(same) == 1 and same[0] in fresh else ""

    def _move(self, old: str, new: str, at: float) -> None:
        """All that was heard on one interface was heard on the other from now on."""
        ledger = self._ledger
        ledger.networks.rename(old, new, at)
        ledger.contests.rename(old, new)
        for record in ledger.book.records.values():
            touched = record.interface == old
            if touched:
                record.interface = new
            for known in record.addresses.values():
                if known.interface == old:
                    known.interface, touched = new, True
                    (known.also or {}).pop(new, None)
                if known.also and old in known.also:
                    known.also[new] = max(known.also.pop(old), known.also.get(new, 0.0))
                    touched = True
            if touched:
                ledger.book.touch(record)
        self._rounds.renamed(old, new, at)
        self._indexes.pop(old, None)
