"""What the checks of parity share: the same port over both families, from one device's services."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

import msgspec

from checks.verdict import Check, Finding
from collectors.observation import Family
from inventory.snapshot import Device, Service, Snapshot

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


Seen = TypeVar("Seen", bound=Dated)


def refusal(check: Check, device: Device) -> Finding | None:
    """The finding that there is nothing to compare, or that nobody looked; None otherwise."""
    families = {one.family for one in device.addresses}
    if len(families) < 2:
        return check.not_applicable(device, "it has addresses of one family only")
    if not device.services:
        return check.unknown(device, "not_probed", "its services were not looked at yet")
    return None


def judge_each(
    check: Check, snapshot: Snapshot, judge: Callable[[Snapshot, Device], Finding]
) -> Iterator[Finding]:
    """One finding per device; `unknown` for one of whose addresses two stations make use.

    Whose service, page or key was seen there, nobody can tell.
    """
    contested = _contested(snapshot)
    for device in snapshot.devices:
        own = sorted(
            {a.address for a in device.addresses if (device.network, a.address) in contested}
        )
        if own:
            text = f"{own[0]} is used by another station as well"
            yield check.unknown(device, "address_contested", text, addresses=own[:8])
        else:
            yield judge(snapshot, device)


class Compared(msgspec.Struct, frozen=True):
    """TCP ports open over one family, and how they are over the other.

    `half`: open on some of its lasting addresses. `unproven`: not open when it was tried, but
    nothing shows that the port was open over the first family at that time.
    """

    ports: list[int]
    missing: list[int]
    half: list[int]
    unproven: list[int]
    untried: list[int]


def compare(device: Device, now: float, there: Family, here: Family) -> Compared:
    """Ports open over `there` as they are over `here`, on its lasting addresses.

    Temporary addresses do not count: they are for going out (RFC 8981 §1).
    """
    lasting = {
        one.address
        for one in device.addresses
        if one.family == here and "temporary" not in (one.kind, one.assigned)
    }
    # A link-local address is what routing needs; who has a better one is not looked for there.
    lasting = {one for one in lasting if not one.startswith("fe80:")} or lasting
    tried: dict[int, list[Service]] = {}
    opened: set[int] = set()
    for service in device.services:
        if service.transport != "tcp" or now - service.last_seen > WINDOW_S:
            continue
        if _family(service.address) == there:
            if service.state == "open":
                opened.add(service.port)
        elif service.address in lasting:
            tried.setdefault(service.port, []).append(service)
    found = Compared(sorted(opened), [], [], [], [])
    for port in found.ports:
        services = tried.get(port)
        if services is None:
            found.untried.append(port)
            continue
        failed = [one for one in services if one.state != "open"]
        if not all(one.against for one in failed):
            found.unproven.append(port)
        elif len(failed) == len(services):
            found.missing.append(port)
        elif failed:
            found.half.append(port)
    return found


def unproven(check: Check, device: Device, compared: Compared, family: str) -> Finding | None:
    """The finding that some ports were not tried, or not beside the other family."""
    if compared.untried:
        count = len(compared.untried)
        text = f"{count} of {len(compared.ports)} services were not tried over {family}"
        return check.unknown(device, "not_probed", text, ports=compared.untried[:32])
    if compared.unproven:
        named = ", ".join(f"{port}/tcp" for port in compared.unproven[:6])
        text = f"not open over {family}, but not compared at one time: {named}"
        return check.unknown(device, "no_control", text, ports=compared.unproven[:32])
    return None


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


def _contested(snapshot: Snapshot) -> set[tuple[str, str]]:
    """Addresses, by network, that two devices have or that are known to be used twice."""
    found = {(one.id, double.address) for one in snapshot.networks for double in one.duplicates}
    seen: set[tuple[str, str]] = set()
    for device in snapshot.devices:
        for key in {(device.network, one.address) for one in device.addresses}:
            (found if key in seen else seen).add(key)
    return found


def _family(address: str) -> Family:
    return "ipv6" if ":" in address else "ipv4"
