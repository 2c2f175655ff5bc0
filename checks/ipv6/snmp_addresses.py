"""The addresses that a device says it has, and what it says of their state."""

import ipaddress
from collections.abc import Iterator

from checks.routers import in_force
from checks.snmp import ipv6_addresses, judged, missing_table
from checks.verdict import Check, Finding, Severity
from collectors.observation import SnmpAddress, SnmpSeen
from inventory.snapshot import Device, Snapshot

CHECK = Check(
    name="ipv6.snmp_addresses",
    title="The device says that it has a usable global IPv6 address",
    severity=Severity.MEDIUM,
    reference="RFC 4293 §5, RFC 4862 §5.4",
    remedy="For a duplicate, find the other station that has the address and change one of them; "
    "without a global address, let the device take one from the router's prefix or set it by hand.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per device of a network with SNMP credentials."""
    yield from judged(CHECK, snapshot, _judge)


def _judge(snapshot: Snapshot, device: Device, seen: SnmpSeen) -> Finding:
    known = ipv6_addresses(seen)
    duplicates = [one.address for one in known if one.status == "duplicate"]
    if duplicates:
        text = f"it says that {duplicates[0]} is a duplicate: another station has it"
        return CHECK.failed(device, text, duplicates=duplicates[:8], credential=seen.credential)
    wide = [one for one in known if not _is_link_local(one)]
    usable = [one.address for one in wide if one.status in ("preferred", "optimistic")]
    if usable:
        sources = {one.address: one.source for one in wide if one.address in usable[:8]}
        return CHECK.passed(device, f"it has {usable[0]}", addresses=sources)
    state = seen.tables.get("addresses")
    if state != "read" or not known:
        # A table without IPv6 may be one of an agent that lists IPv4 alone.
        return missing_table(CHECK, device, seen, "addresses", "table of IPv6 addresses")
    if wide:
        statuses = {one.address: one.status for one in wide[:8]}
        text = f"none of its {len(wide)} global IPv6 addresses is preferred"
        return CHECK.warned(device, text, addresses=statuses)
    network = next((one for one in snapshot.networks if one.id == device.network), None)
    if network is None or not in_force(network.routers, snapshot.taken_at):
        text = "it has a link-local address only, and no router gives it another"
        return CHECK.unknown(device, "network_has_no_router", text)
    return CHECK.warned(
        device, "it has a link-local address only", addresses=[one.address for one in known[:8]]
    )


def _is_link_local(one: SnmpAddress) -> bool:
    return ipaddress.ip_address(one.address).is_link_local
