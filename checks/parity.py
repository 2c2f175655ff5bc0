"""What the checks of parity share: the same port over both families, from one device's services."""

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

import msgspec

from checks.verdict import Check, Finding
from collectors.observation import Family
from inventory.snapshot import Device, Snapshot

WINDOW_S = 8 * 86400.0


class Dated(Protocol):
    """Something seen at a port of an address."""

    @property
    def address(self) -> str:
        """Where."""

    @property
    def port(self) -> int:
        """At which port."""

    @property
    def last_seen(self) -> float:
        """When, Unix seconds."""


class Located(Protocol):
    """Something that is at an address."""

    @property
    def address(self) -> str:
        """Where."""


Seen = TypeVar("Seen", bound=Dated)
Placed = TypeVar("Placed", bound=Located)


def refusal(check: Check, device: Device) -> Finding | None:
    """The finding that there is nothing to compare, or that nobody looked; None otherwise."""
    families = {one.family for one in device.addresses}
    if len(families) < 2:
        return check.not_applicable(device, "it has addresses of one family only")
    if not device.services:
        return check.unknown(device, "not_probed", "its services were not looked at yet")
    return None


def undisputed(snapshot: Snapshot) -> Iterator[Device]:
    """Every device, without what was seen at an address for which two stations answer.

    Whose service, page or key was seen there, nobody can tell.
    """
    disputed = {
        (network.id, one.address) for network in snapshot.networks for one in network.duplicates
    }
    for device in snapshot.devices:
        contested = {one for network, one in disputed if network == device.network}
        if contested.isdisjoint(one.address for one in device.addresses):
            yield device
            continue
        yield msgspec.structs.replace(
            device,
            addresses=_elsewhere(device.addresses, contested),
            services=_elsewhere(device.services, contested),
            pages=_elsewhere(device.pages, contested),
            keys=_elsewhere(device.keys, contested),
        )


def missing_on(
    device: Device, now: float, there: Family, here: Family
) -> tuple[list[int], list[int], list[int], list[int]]:
    """TCP ports open over `there`; those of them not open, half open and untried over `here`.

    Half open: open on some of the lasting addresses of the family. Temporary addresses do not
    count: they are for going out (RFC 8981 §1).
    """
    lasting = {
        one.address
        for one in device.addresses
        if one.family == here and "temporary" not in (one.kind, one.assigned)
    }
    states: dict[int, dict[str, str]] = {}
    opened: set[int] = set()
    for service in device.services:
        if service.transport != "tcp" or now - service.last_seen > WINDOW_S:
            continue
        if _family(service.address) == there:
            if service.state == "open":
                opened.add(service.port)
        elif service.address in lasting:
            states.setdefault(service.port, {})[service.address] = service.state
    ports = sorted(opened)
    missing, half, untried = [], [], []
    for port in ports:
        found = set(states.get(port, {}).values())
        if not found:
            untried.append(port)
        elif "open" not in found:
            missing.append(port)
        elif found != {"open"}:
            half.append(port)
    return ports, missing, half, untried


def by_port(seen: Iterable[Seen], now: float) -> dict[int, dict[Family, Seen]]:
    """The latest of each port and family."""
    found: dict[int, dict[Family, Seen]] = {}
    for one in seen:
        if now - one.last_seen > WINDOW_S:
            continue
        families = found.setdefault(one.port, {})
        known = families.get(_family(one.address))
        if known is None or known.last_seen < one.last_seen:
            families[_family(one.address)] = one
    return found


def _elsewhere(seen: Iterable[Placed], contested: set[str]) -> tuple[Placed, ...]:
    return tuple(one for one in seen if one.address not in contested)


def _family(address: str) -> Family:
    return "ipv6" if ":" in address else "ipv4"
