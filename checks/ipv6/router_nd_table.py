"""A router's neighbour table names the stations that talk through it; somebody should read it."""

from collections.abc import Iterator

from checks.snmp import judged, missing_table
from checks.verdict import Check, Finding, Severity
from collectors.observation import SnmpSeen
from inventory.snapshot import Device, Snapshot

CHECK = Check(
    name="ipv6.router_nd_table",
    title="The router's table of IPv6 neighbours can be read",
    severity=Severity.LOW,
    reference="RFC 4293 §5, RFC 9099 §2.6.1.4",
    remedy="Give the SNMP user a view that holds ipNetToPhysicalTable (1.3.6.1.2.1.4.35), or "
    "update the router's software: without it nobody can tell later who had which address.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per router in a network with SNMP credentials."""
    yield from judged(
        CHECK, snapshot, _judge, lambda device, _: device.router or device.kind == "router"
    )


def _judge(snapshot: Snapshot, device: Device, seen: SnmpSeen) -> Finding:
    count = seen.neighbours.get("ipv6", 0)
    state = seen.tables.get("neighbours", "absent")
    if count:
        whole = "" if state == "read" else ", and more that were not read"
        text = f"its table names {count} IPv6 neighbours{whole}"
        return CHECK.passed(device, text, ipv6=count, ipv4=seen.neighbours.get("ipv4", 0))
    if state != "read":
        return missing_table(CHECK, device, seen, "neighbours", "table of neighbours")
    text = "its table of neighbours holds no IPv6 station"
    if seen.forwarding is False:
        return CHECK.unknown(device, "not_told", f"{text}, and it says that it does not route IPv6")
    return CHECK.warned(device, text, ipv4=seen.neighbours.get("ipv4", 0))
