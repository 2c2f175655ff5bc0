"""What a device listens on, by its own word: parity of the families without a port scan."""

from collections.abc import Iterator

from checks.snmp import ipv6_addresses, judged, missing_table
from checks.verdict import Check, Finding, Severity
from collectors.observation import SnmpSeen, Transport
from inventory.snapshot import Device, Snapshot

CHECK = Check(
    name="ipv6.snmp_listeners",
    title="What listens over IPv4 listens over IPv6 too",
    severity=Severity.LOW,
    reference="RFC 4022 §3, RFC 4113 §3",
    remedy="Bind the service to IPv6 as well, or update its software when it cannot.",
)

# By their nature of one family: DHCPv4, NetBIOS.
IPV4_ALONE = frozenset({("udp", 67), ("udp", 68), ("udp", 137), ("udp", 138), ("tcp", 139)})
EPHEMERAL = 1024  # UDP ports from here on are mostly those of clients


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per device of a network with SNMP credentials."""
    yield from judged(CHECK, snapshot, _judge)


def _judge(snapshot: Snapshot, device: Device, seen: SnmpSeen) -> Finding:
    if seen.tables.get("tcp", "absent") == "absent":
        return missing_table(CHECK, device, seen, "tcp", "table of TCP listeners")
    four, six = _ports(seen, ipv6=False), _ports(seen, ipv6=True)
    missing = sorted(four - six)
    complete = all(seen.tables.get(one) in ("read", "absent") for one in ("tcp", "udp"))
    if not complete or seen.cut:
        return missing_table(CHECK, device, seen, "", "table of listeners")
    if not four:
        return CHECK.not_applicable(device, "nothing that counts listens over IPv4 on it")
    if not six and not ipv6_addresses(seen):
        text = "it has no IPv6 address to listen on"
        return CHECK.not_applicable(device, text)
    if missing:
        told = [f"{port}/{transport}" for transport, port in missing]
        text = f"listens over IPv4 only: {', '.join(told[:6])}"
        return CHECK.warned(device, text, ports=told[:32])
    return CHECK.passed(device, f"all {len(four)} listeners have IPv6 too")


def _ports(seen: SnmpSeen, ipv6: bool) -> set[tuple[Transport, int]]:
    return {
        (one.transport, one.port)
        for one in seen.listeners
        if (one.ipv6 if ipv6 else one.ipv4)
        and (one.transport, one.port) not in IPV4_ALONE
        and (one.transport == "tcp" or one.port < EPHEMERAL)
    }
