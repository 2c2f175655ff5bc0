"""What the checks on SNMP share: whom they concern, and why nothing can be said of a device."""

import ipaddress
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

from checks.verdict import Check, Finding
from collectors.observation import SnmpAddress, SnmpSeen
from inventory.snapshot import Device, Snapshot

WINDOW_S: Final = 8 * 86400.0  # the full readiness scan is weekly

Range = tuple[int, int, int]  # version, first, last
Judge = Callable[[Snapshot, Device, SnmpSeen], Finding]


def judged(
    check: Check,
    snapshot: Snapshot,
    judge: Judge,
    concerns: Callable[[Device, SnmpSeen | None], bool] = lambda device, seen: True,
) -> Iterator[Finding]:
    """One finding per device of a network in [snmp]; without any, one for the organisation.

    `judge` gets the devices that answered. `concerns` may leave devices out.
    """
    if not snapshot.policy.snmp:
        text = "no network has SNMP credentials"
        yield check.unknown(snapshot, "not_configured", text)
        return
    seen = told(snapshot)
    ranges = [_range(one) for one in snapshot.policy.snmp]
    for device in snapshot.devices:
        one = seen.get(device.id)
        if not concerns(device, one) or (one is None and not _is_within(device, ranges)):
            continue
        doubt = _doubt(check, device, one)
        if doubt is not None:
            yield doubt
        elif one is not None:
            yield judge(snapshot, device, one)


def told(snapshot: Snapshot) -> dict[str, SnmpSeen]:
    """What devices said of themselves within the window, by their ids; by MAC, else by address."""
    fresh = [one for one in snapshot.facts.snmp if snapshot.taken_at - one.at <= WINDOW_S]
    if not fresh:
        return {}
    by_mac = {one.mac: one for one in fresh if one.mac}
    by_address = {one.address: one for one in fresh if not one.mac}
    found: dict[str, SnmpSeen] = {}
    for device in snapshot.devices:
        mine = [by_mac[mac] for mac in device.macs if mac in by_mac]
        if not mine and not device.macs:
            own = (address.address for address in device.addresses)
            mine = [by_address[one] for one in own if one in by_address]
        if mine:
            found[device.id] = max(mine, key=lambda one: (one.outcome == "answered", one.at))
    return found


def missing_table(check: Check, device: Device, seen: SnmpSeen, table: str, what: str) -> Finding:
    """The finding that a device does not tell: no such object is not no."""
    state = seen.tables.get(table, "absent")
    if state == "absent":
        return check.unknown(device, "not_told", f"its SNMP agent has no {what}")
    return check.unknown(device, "not_told", f"its {what} could not be read to the end")


def ipv6_addresses(seen: SnmpSeen) -> list[SnmpAddress]:
    """The IPv6 addresses that a device says it has, loopback left out."""
    return [
        one
        for one in seen.addresses
        if ":" in one.address and not ipaddress.ip_address(one.address).is_loopback
    ]


def _doubt(check: Check, device: Device, seen: SnmpSeen | None) -> Finding | None:
    if seen is None:
        return check.unknown(device, "not_probed", "it was not asked over SNMP yet")
    if seen.outcome == "answered":
        return None
    how = {"credential": seen.credential, "address": seen.address}
    if seen.outcome == "silent":
        text = "it does not answer to SNMP: no agent, a filter, or another community"
        return check.unknown(device, "device_unreachable", text, **how)
    said = f" ({seen.detail})" if seen.detail else ""
    if seen.outcome == "refused":
        text = f"it refuses the SNMP credential {seen.credential}{said}"
        return check.unknown(device, "no_rights", text, **how)
    return check.unknown(device, "not_told", f"its SNMP answer cannot be used{said}", **how)


def _is_within(device: Device, ranges: list[Range]) -> bool:
    for address in device.addresses:
        version, value = _number(address.address)
        for one, first, last in ranges:
            if version == one and first <= value <= last:
                return True
    return False


def _range(network: str) -> Range:
    parsed = ipaddress.ip_network(network)
    return parsed.version, int(parsed.network_address), int(parsed.broadcast_address)


@lru_cache(maxsize=65_536)
def _number(address: str) -> tuple[int, int]:
    """Version and value: asked for the same addresses by every check."""
    parsed = ipaddress.ip_address(address)
    return parsed.version, int(parsed)
