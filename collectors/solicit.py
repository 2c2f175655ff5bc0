"""Which further addresses IPv6 stations have, and which address two of them have: solicitations.

Likely addresses are asked of the one station (RFC 4861). Those that more than one may have are
asked of all, in their solicited-node group: whoever has such an address answers.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final

from collectors.candidates import Guess, Station, guesses
from collectors.contract import Context, NoData
from collectors.doubted import doubted
from collectors.memory import memory_of
from collectors.observation import AddressSeen, AnyObservation, GroupsReported, RouterAdvertised
from collectors.scope import Link
from collectors.tap.messages import Candidate, Solicit
from collectors.tap.scoping import run_all, sender_of

NAME: Final = "solicit"

ASKED_ALL: Final = "nd_asked_all"  # option: when all stations were asked for each address
MEMORY_S: Final = 1800.0
MAX_CANDIDATES: Final = 4096


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Ask each known station for the addresses that it may have; answers come from the tap itself.

    These questions go to the one station alone, so they cost the others nothing and no more than
    the tap's pace; those to groups are few. Raises NoData without a tap or anything to ask.
    """
    tap = context.tap
    if tap is None:
        raise NoData(context.tap_missing)
    heard = tap.heard_since(context.clock() - MEMORY_S)
    commands = []
    for link in context.scope.links:
        if not link.mac or not any(own.lower().startswith("fe80:") for own in link.ipv6):
            continue
        commands += [
            Solicit(id=tap.next_id(), sender=sender_of(link), candidates=candidates, guessed=True)
            for candidates in _questions(context, link, heard)
            if candidates
        ]
    if not commands:
        raise NoData("no station with an IPv6 address is known")
    for observation in await run_all(context, tap, commands):
        yield observation


def link_guesses(
    context: Context, link: Link, heard: Sequence[AnyObservation]
) -> tuple[Guess, ...]:
    """The guesses for one link, those that a reported group speaks for first."""
    here = [seen for seen in heard if seen.interface == link.interface]
    stations = known_stations(context, link, here)
    prefixes = [*_advertised(here), *link.ipv6]
    return tuple(sorted(guesses(stations, prefixes), key=lambda guess: not guess.reported))


def known_stations(
    context: Context, link: Link, heard: Iterable[AnyObservation]
) -> tuple[Station, ...]:
    """What is known of each MAC on a link, from the inventory and from what was heard."""
    notes: defaultdict[str, _Notes] = defaultdict(_Notes)
    for target in context.targets:
        if target.mac and target.interface in ("", link.interface):
            addresses = (address.partition("%")[0] for address in target.addresses)
            notes[target.mac].claimed.update(addresses)
    for seen in heard:
        if (
            isinstance(seen, AddressSeen | GroupsReported | RouterAdvertised)
            and seen.mac != link.mac
        ):
            notes[seen.mac].add(seen)
    return tuple(
        Station(
            mac,
            frozenset(note.addresses),
            frozenset(note.claimed),
            frozenset(note.groups),
            note.complete,
            note.router,
        )
        for mac, note in sorted(notes.items())
    )


def _questions(
    context: Context, link: Link, heard: Sequence[AnyObservation]
) -> tuple[tuple[Candidate, ...], tuple[Candidate, ...]]:
    """What single stations of a link are asked for, and what all of them are."""
    usable = context.scope.contains
    alone = [
        Candidate(guess.address, guess.mac)
        for guess in link_guesses(context, link, heard)
        if usable(guess.address)
    ]
    own = {address.partition("/")[0] for address in link.ipv6}
    here = (seen for seen in heard if seen.interface == link.interface)
    stations = known_stations(context, link, here)
    asked = memory_of(context, ASKED_ALL)
    everybodys = doubted(stations, own, usable, asked, context.clock())
    return tuple(alone[:MAX_CANDIDATES]), tuple(map(Candidate, everybodys))


class _Notes:
    """What was heard of one MAC."""

    def __init__(self) -> None:
        self.addresses: set[str] = set()
        self.claimed: set[str] = set()
        self.groups: set[str] = set()
        self.complete = False
        self.router = False

    def add(self, seen: AnyObservation) -> None:
        """Take an observation into account; a complete report replaces earlier groups."""
        if isinstance(seen, AddressSeen):
            (self.claimed if seen.how == "dad" else self.addresses).add(seen.address)
            self.router |= seen.router
        elif isinstance(seen, RouterAdvertised):
            self.router = True
        elif isinstance(seen, GroupsReported):
            if seen.complete:
                self.groups.clear()
                self.complete = True
            self.groups.update(seen.groups)
            self.groups.difference_update(seen.left)


def _advertised(heard: Iterable[AnyObservation]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            prefix.prefix
            for seen in heard
            if isinstance(seen, RouterAdvertised)
            for prefix in seen.prefixes
            if prefix.on_link or prefix.autonomous
        )
    )
