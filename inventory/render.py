"""From a record to the frozen device that everyone else sees."""

from functools import lru_cache

import msgspec

from inventory import addresses, identity, naming
from inventory.addresses import groups_without_address
from inventory.expectation import is_always_on
from inventory.kinds.facts import maker
from inventory.ledger import expected_of
from inventory.networks import Networks
from inventory.record import AddressRecord, NameRecord, Record
from inventory.settings import Settings
from inventory.snapshot import Address, Device, Name

_SHARED = (
    "macs", "addresses", "names", "services", "reachable", "groups", "communities", "marks",
    "keys", "pages", "adverts", "descriptions", "suggested",
)  # fmt: skip


def device(
    record: Record, now: float, settings: Settings, networks: Networks, before: Device | None = None
) -> Device:
    """The device as it stands at a moment; parts that equal those of `before` are the same ones."""
    sure = record.confidence
    if record.registered is None or record.registered.kind is None:
        sure = min(sure, identity.confidence(record.macs, record.random_mac))
    held = sorted(record.addresses.values(), key=_order)
    named = sorted(record.names, key=_name_order)
    life, expected = record.life, expected_of(record, settings.habits)
    reason = "" if record.own else life.reason(now, expected)
    made = Device(
        id=record.id,
        macs=tuple(record.macs),
        name=record.name,
        vendor=record.vendor or maker(record),
        kind=record.kind,
        confidence=sure,
        network=_network(record, networks),
        addresses=tuple(
            Address(
                a.address,
                a.family,
                a.kind,
                a.origin,
                a.first_seen,
                a.last_seen,
                a.answers,
                a.assigned,
                a.why,
                a.first_seen if a.origin == "dad" else None,
                _links(a),
            )
            for a in held
        ),
        names=tuple(Name(n.name, n.source, n.last_seen) for n in named),
        services=tuple(record.services[key] for key in sorted(record.services)),
        state="up" if record.own else life.state(now, expected),
        reachable=life.reachable(now, expected),
        missed=life.missed,
        missed_total=life.missed_total,
        always_on=is_always_on(record.kind, record.registered, settings.always_on_kinds),
        first_seen=record.first_seen,
        last_seen=record.last_seen,
        groups=tuple(sorted(record.groups)),
        groups_unseen=groups_without_address(record.groups, record.addresses),
        communities=tuple(record.communities[key] for key in sorted(record.communities)),
        dhcp=record.dhcp,
        dhcpv6=record.dhcpv6,
        random_mac=record.random_mac,
        router=record.router,
        os=record.os,
        own=record.own,
        discovery_cycles=record.cycles,
        proxy=record.proxy,
        marks=tuple(record.marks[key] for key in sorted(record.marks)),
        keys=tuple(record.keys[key] for key in sorted(record.keys)),
        pages=tuple(record.pages[key] for key in sorted(record.pages)),
        adverts=tuple(record.adverts[key] for key in sorted(record.adverts)),
        announcement=record.announcement,
        descriptions=tuple(record.descriptions[key] for key in sorted(record.descriptions)),
        bridge=record.bridge,
        model=record.model,
        serial=record.serial,
        firmware=record.firmware,
        kind_reasons=record.kind_reasons,
        suggested=tuple(sorted(record.suggestions)),
        registered=record.registered,
        division=record.registered.division if record.registered is not None else "",
        guessed=record.guessed,
        state_reason=reason,
        flapping=life.flapping,
        patience=expected.patience,
    )
    return made if before is None else _shared(made, before)


def _shared(made: Device, before: Device) -> Device:
    """Two pictures are alive at once while one is made: what they have in common is held once."""
    same = {name: old for name in _SHARED if getattr(made, name) == (old := getattr(before, name))}
    if "addresses" not in same and len(made.addresses) == len(before.addresses):
        pairs = zip(made.addresses, before.addresses, strict=True)
        same["addresses"] = tuple([old if old == new else new for new, old in pairs])
    return msgspec.structs.replace(made, **same)


def _links(known: AddressRecord) -> tuple[str, ...]:
    if not known.also:
        return _alone(known.interface)
    return tuple(dict.fromkeys(filter(None, (known.interface, *sorted(known.also)))))


@lru_cache(maxsize=256)
def _alone(interface: str) -> tuple[str, ...]:
    """One tuple for all addresses on a link."""
    return (interface,) if interface else ()


def _name_order(known: NameRecord) -> tuple[tuple[bool, int], float, str]:
    return (naming.worth(known.name, known.source), known.first_seen, known.name)


def _order(known: AddressRecord) -> tuple[str, int, float, str]:
    """IPv4 first, then those that last longest; temporary addresses come at the end."""
    lasting = addresses.lasting(known.kind, known.assigned)
    return known.family, lasting, known.first_seen, known.address


def _network(record: Record, networks: Networks) -> str:
    """The network of a device; of several that the own host is on, the first that is shown."""
    if not record.own:
        return networks.network_of(record.interface, record.addresses)
    on = dict.fromkeys((record.interface, *(a.interface for a in record.addresses.values())))
    found = (networks.network_of(interface, ()) for interface in on if interface)
    return next(filter(None, found), "")


def is_stale(shown: Device, record: Record, now: float, settings: Settings) -> bool:
    """Whether time alone has changed a device since it was rendered."""
    if record.own:
        return False
    life, expected = record.life, expected_of(record, settings.habits)
    return (
        life.state(now, expected) != shown.state
        or life.reason(now, expected) != shown.state_reason
        or life.reachable(now, expected) != shown.reachable
    )
