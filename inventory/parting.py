"""What passes between two records when they become one, and back when they are split again."""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

import msgspec

from inventory.record import (
    MAX_ADVERTS,
    MAX_APART,
    MAX_CARD_ADDRESSES,
    MAX_GROUPS,
    MAX_KEYS,
    MAX_MACS,
    MAX_MARKS,
    MAX_NAMES,
    MAX_PAGES,
    MAX_SERVICES,
    Basis,
    Card,
    Part,
    Record,
    Said,
)

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


def part_of(other: Record, at: float, basis: Basis, reasons: tuple[str, ...]) -> Part:
    """What has to be kept of a record that is merged into another."""
    inner = {address for part in other.parts for address in part.addresses}
    parted = {mac for part in other.parts for mac in part.macs}
    return Part(
        id=other.id,
        at=at,
        basis=basis,
        first_seen=other.born or other.first_seen,
        macs=[mac for mac in other.macs if mac not in parted],
        addresses=[address for address in other.addresses if address not in inner],
        marks=list(other.marks),
        names=[(known.source, known.name) for known in other.names],
        reasons=reasons,
        dhcp=other.dhcp,
        dhcpv6=other.dhcpv6,
        announcement=other.announcement,
        decisions=list(other.decisions[-3:]),
    )


def keep_part(record: Record, other: Record, part: Part) -> None:
    """Note what is about to be merged, with the parts that it has itself."""
    record.born = record.born or record.first_seen
    for one in (record, other):
        for mac in one.macs:
            if mac not in one.cards:
                held = list(one.addresses)[:MAX_CARD_ADDRESSES] if len(one.macs) == 1 else []
                seen = max(one.last_seen, one.life.heard_at)
                one.cards[mac] = Card(seen, dict.fromkeys(held, one.last_seen), _said(one))
    record.cards |= other.cards
    record.parts = [*record.parts, part, *other.parts][: 2 * MAX_MACS]
    record.apart = list(dict.fromkeys([*record.apart, *other.apart]))[:MAX_APART]
    if part.basis == "by_hand":
        record.apart = [name for name in record.apart if name not in (record.id, other.id)]


def take_over(record: Record, other: Record) -> None:
    """Add what another record knew, within the bounds; addresses and MACs are the book's."""
    if other.last_seen > record.last_seen and other.interface:
        record.interface = other.interface
    record.services = _newest(record.services, other.services, MAX_SERVICES, _last_seen)
    record.marks = _newest(record.marks, other.marks, MAX_MARKS, _last_seen)
    record.keys = _newest(record.keys, other.keys, MAX_KEYS, _last_seen)
    record.pages = _newest(record.pages, other.pages, MAX_PAGES, _last_seen)
    record.adverts = _newest(record.adverts, other.adverts, MAX_ADVERTS, _last_seen)
    record.communities = {**other.communities, **record.communities}
    record.descriptions = {**other.descriptions, **record.descriptions}
    known = {(name.source, name.name) for name in record.names}
    record.names += [name for name in other.names if (name.source, name.name) not in known]
    del record.names[MAX_NAMES:]
    record.groups = set(sorted(record.groups | other.groups)[:MAX_GROUPS])
    record.dhcp = _later(record.dhcp, other.dhcp)
    record.dhcpv6 = _later(record.dhcpv6, other.dhcpv6)
    record.announcement = _later(record.announcement, other.announcement)
    record.registered = record.registered or other.registered
    record.router |= other.router
    record.bridge |= other.bridge
    record.proxy |= other.proxy
    record.vendor = record.vendor or other.vendor
    record.name = record.name or other.name
    missed = record.life.missed_total + other.life.missed_total
    if other.life.heard_at > record.life.heard_at:
        record.life = other.life
    record.life.missed_total = missed
    record.first_seen = min(record.first_seen, other.first_seen)
    record.last_seen = max(record.last_seen, other.last_seen)
    record.suggestions.pop(other.id, None)
    record.crossed = [name for name in record.crossed if name != other.id]


def give_back(record: Record, single: Record, part: Part) -> tuple[str, ...]:
    """Move what belongs to a part to a record of its own; its addresses are returned.

    Marks and services go with the address at which they were read; a mark that was read of both
    goes with both.
    """
    cards = {mac: record.cards.pop(mac) for mac in part.macs if mac in record.cards}
    moved = {address for card in cards.values() for address in card.addresses}
    stay = {a for card in record.cards.values() for a in card.addresses} - set(part.addresses)
    addresses = tuple(a for a in dict.fromkeys([*part.addresses, *moved]) if a not in stay)
    record.parts.remove(part)
    single.interface = record.interface
    single.last_seen = max([part.first_seen, *(card.last_seen for card in cards.values())])
    single.life.heard_at = single.last_seen
    single.decisions = list(part.decisions)
    single.dhcp, single.dhcpv6 = part.dhcp, part.dhcpv6
    single.announcement = part.announcement
    single.vendor = record.vendor
    duids = {said.value for card in cards.values() for said in card.said.values()}
    if record.dhcpv6 is not None and record.dhcpv6.duid in duids - _all_said(record):
        single.dhcpv6, record.dhcpv6 = record.dhcpv6, None
    _give_marks(record, single, part, addresses)
    _give_names(record, single, part, cards.values())
    for key, service in list(record.services.items()):
        if service.address in addresses:
            single.services[key] = record.services.pop(key)
    for place, shown in list(record.keys.items()):
        if shown.address in addresses:
            single.keys[place] = record.keys.pop(place)
    for place, page in list(record.pages.items()):
        if page.address in addresses:
            single.pages[place] = record.pages.pop(place)
    if not record.parts:
        record.first_seen = record.born or record.first_seen
        record.cards, record.born = {}, 0.0
    return addresses


def _give_marks(record: Record, single: Record, part: Part, addresses: tuple[str, ...]) -> None:
    of_others = {key for other in record.parts for key in other.marks}
    for key, mark in list(record.marks.items()):
        here = mark.where.split(" ", 1)[0] in (*addresses, *part.macs)
        if here or key in part.marks:
            single.marks[key] = mark
        if here and mark.first_seen >= part.first_seen and key not in of_others:
            del record.marks[key]


def _give_names(record: Record, single: Record, part: Part, cards: Iterable[Card]) -> None:
    said = {one.value for card in cards for kind, one in card.said.items() if "name" in kind}
    kept = _all_said(record)
    for name in list(record.names):
        if (name.source, name.name) in part.names or name.name in said:
            single.names.append(msgspec.structs.replace(name))
            if name.name in said and name.name not in kept:
                record.names.remove(name)
    single.name = single.names[0].name if single.names else ""


def _all_said(record: Record) -> set[str]:
    return {said.value for card in record.cards.values() for said in card.said.values()}


def _said(one: Record) -> dict[str, Said]:
    """What a card said before it was one of several, as far as its record tells."""
    found = {
        f"name {known.source}": Said(known.name, known.first_seen, known.last_seen)
        for known in sorted(one.names, key=lambda known: known.last_seen)
        if known.source in ("dhcp", "mdns", "nbns")
    }
    if one.dhcpv6 is not None and one.dhcpv6.duid:
        found["duid"] = Said(one.dhcpv6.duid, one.dhcpv6.at, one.dhcpv6.at)
    return found


def _newest(
    mine: dict[K, T], others: dict[K, T], most: int, seen: Callable[[T], float]
) -> dict[K, T]:
    both = {**others, **mine}
    for key, value in others.items():
        if seen(value) > seen(both[key]):
            both[key] = value
    if len(both) <= most:
        return both
    kept = sorted(both, key=lambda key: -seen(both[key]))[:most]
    return {key: both[key] for key in both if key in set(kept)}


def _last_seen(value: object) -> float:
    return float(getattr(value, "last_seen", 0.0))


def _later(mine: T | None, other: T | None) -> T | None:
    if mine is None or other is None:
        return mine if other is None else other
    return other if getattr(other, "at", 0.0) > getattr(mine, "at", 0.0) else mine
