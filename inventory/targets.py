"""Whom the active collectors may ask, and whom they should ask now."""

import ipaddress
from collections.abc import Callable, Iterable
from functools import lru_cache

from collectors.contract import OpenPort, Target
from collectors.scope import Scope
from inventory.ledger import Ledger
from inventory.record import AddressRecord, Record

REST_S = 240.0  # a device that may be off and is silent is asked no more often than this
GIVE_UP_S = 7 * 86400.0  # nor at all when it has not been heard for so long

Range = tuple[int, int, int]  # version, first, last


class Targets:
    """Chooses among the records; nothing outside the scope ever comes out."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._within: tuple[Range, ...] = ()
        self._without: tuple[Range, ...] = ()
        self._links: frozenset[str] = frozenset()

    def set_scope(self, scope: Scope) -> None:
        """Take what may be probed; a network that does not parse is not in scope."""
        self._within = _ranges(scope.networks)
        self._without = _ranges(scope.exclude)
        self._links = frozenset(link.interface for link in scope.links)

    def known(self) -> tuple[Target, ...]:
        """Every device in scope that is not silent, with all its addresses and open ports."""
        return self._choose(
            lambda record: not record.life.gone, lambda r: r.addresses.values(), _open_ports
        )

    def presence(self) -> tuple[Target, ...]:
        """Whom to ask now, with one address per family: all but those that sleep and rest."""
        return self._choose(
            lambda record: not record.own and not self._rests(record), _one_per_family
        )

    def suspects(self) -> tuple[Target, ...]:
        """Devices that missed enough, with one address per family."""
        return self._choose(self._is_suspect, _one_per_family)

    def contested(self) -> tuple[Target, ...]:
        """Undecided contests for an address, each as one target without a MAC."""
        found = []
        for link, address in self._ledger.contests.open_questions():
            record = self._ledger.book.owner(address, link)
            known = record.addresses.get(address) if record is not None else None
            if record is not None and known is not None and self._is_in_scope(known):
                found.append(Target(record.id, (_zoned(known),), "", link, record.kind))
        return tuple(found)

    def _rests(self, record: Record) -> bool:
        life = record.life
        if not life.gone or life.blind or not self._ledger.expected(record).may_sleep:
            return False
        now = self._ledger.latest
        return now - life.missed_at < REST_S or now - life.heard_at > GIVE_UP_S

    def _is_suspect(self, record: Record) -> bool:
        life = record.life
        if record.own or life.gone or life.missed < 2:
            return False
        if not life.is_suspect(self._ledger.expected(record).patience):
            return False
        return not self._ledger.is_deaf(record)

    def _choose(
        self,
        wanted: Callable[[Record], bool],
        addresses: Callable[[Record], Iterable[AddressRecord]],
        ports: Callable[[Record], tuple[OpenPort, ...]] = lambda _: (),
    ) -> tuple[Target, ...]:
        found = []
        for record in self._ledger.book.records.values():
            if not wanted(record):
                continue
            usable = [a for a in addresses(record) if self._is_in_scope(a)]
            if usable:
                usable.sort(key=lambda a: (a.family, a.kind == "link-local", a.first_seen))
                mac = record.macs[0] if record.macs else ""
                zoned = tuple(map(_zoned, usable))
                found.append(
                    Target(
                        record.id, zoned, mac, record.interface, record.kind, ports(record),
                        tuple(a.address for a in usable if _is_temporary(a)),
                    )
                )  # fmt: skip
        return tuple(found)

    def _is_in_scope(self, known: AddressRecord) -> bool:
        if known.family == "ipv6" and known.kind == "link-local":
            return known.interface in self._links
        return _is_in(known.address, self._within) and not _is_in(known.address, self._without)


def _is_temporary(known: AddressRecord) -> bool:
    return "temporary" in (known.kind, known.assigned)


def _open_ports(record: Record) -> tuple[OpenPort, ...]:
    return tuple(
        OpenPort(service.address, service.port, service.banner)
        for service in record.services.values()
        if service.state == "open" and service.transport == "tcp"
    )


def _one_per_family(record: Record) -> list[AddressRecord]:
    best = (record.best_address("ipv4"), record.best_address("ipv6"))
    return [known for known in best if known is not None]


def _zoned(known: AddressRecord) -> str:
    if known.family == "ipv6" and known.kind == "link-local":
        return f"{known.address}%{known.interface}"
    return known.address


def _ranges(networks: Iterable[str]) -> tuple[Range, ...]:
    found = []
    for text in networks:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            continue
        first, last = int(network.network_address), int(network.broadcast_address)
        found.append((network.version, first, last))
    return tuple(found)


def _is_in(address: str, ranges: tuple[Range, ...]) -> bool:
    if not ranges:
        return False
    version, value = _number(address)
    return any(version == v and first <= value <= last for v, first, last in ranges)


@lru_cache(maxsize=65_536)
def _number(address: str) -> tuple[int, int]:
    """Version and value: asked for the same addresses in every round."""
    parsed = ipaddress.ip_address(address)
    return parsed.version, int(parsed)
