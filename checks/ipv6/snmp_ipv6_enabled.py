"""A managed device knows best whether IPv6 is switched on: it says so over SNMP."""

from collections.abc import Iterator

from checks.snmp import ipv6_addresses, judged, missing_table
from checks.verdict import Check, Finding, Severity
from collectors.observation import SnmpSeen
from inventory.snapshot import Device, Snapshot

CHECK = Check(
    name="ipv6.snmp_ipv6_enabled",
    title="IPv6 is switched on, by the device's own word",
    severity=Severity.MEDIUM,
    reference="RFC 4293 §5",
    remedy="Switch IPv6 on in the device's network settings, on the interface that is managed.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per device of a network with SNMP credentials."""
    yield from judged(CHECK, snapshot, _judge)


def _judge(snapshot: Snapshot, device: Device, seen: SnmpSeen) -> Finding:
    up = [one.index for one in seen.interfaces if one.enabled]
    down = [one.index for one in seen.interfaces if one.enabled is False]
    in_use = [one.address for one in ipv6_addresses(seen) if one.status == "preferred"]
    if up:
        text = f"IPv6 is on at {len(up)} of its {len(up) + len(down)} interfaces with IPv6"
        return CHECK.passed(device, text, up=up[:32], down=down[:32], forwarding=seen.forwarding)
    if in_use:
        text = f"it uses {in_use[0]}"
        return CHECK.passed(device, text, addresses=in_use[:8], forwarding=seen.forwarding)
    if seen.tables.get("interfaces") != "read" or not down:
        return missing_table(CHECK, device, seen, "interfaces", "table of IPv6 interfaces")
    if any(one.enabled is None for one in seen.interfaces):
        text = "it does not say of all its interfaces whether IPv6 is on"
        return CHECK.unknown(device, "not_told", text, down=down[:32])
    text = f"IPv6 is off at all {len(down)} interfaces that it lists"
    return CHECK.failed(device, text, down=down[:32], credential=seen.credential)
