"""A port that IPv4 hides and IPv6 shows is the forgotten IPv6 firewall."""

from collections.abc import Iterator

from checks.parity import compare, judge_each, refusal, unproven
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Device, Snapshot

CHECK = Check(
    name="ipv6.open_on_ipv6_only",
    title="Nothing is open over IPv6 that is closed over IPv4",
    severity=Severity.HIGH,
    reference="RFC 9099 §2.7.1, §3",
    remedy="Write the same firewall rules for IPv6 as for IPv4, or switch the service off.",
)

# Ports by which a device is administered or its files are reached.
GRAVE = frozenset({22, 23, 135, 139, 161, 445, 554, 3389, 5900, 5985, 5986})


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per device."""
    yield from judge_each(CHECK, snapshot, _judge)


def _judge(snapshot: Snapshot, device: Device) -> Finding:
    doubt = refusal(CHECK, device)
    if doubt is not None:
        return doubt
    compared = compare(device, snapshot.taken_at, "ipv6", "ipv4")
    ports, missing = compared.ports, compared.missing
    if missing:
        text = f"open over IPv6 only: {', '.join(f'{port}/tcp' for port in missing[:6])}"
        severity = Severity.HIGH if GRAVE & set(missing) else Severity.MEDIUM
        return CHECK.failed(device, text, severity=severity, ports=missing[:32])
    doubt = unproven(CHECK, device, compared, "IPv4")
    if doubt is not None:
        return doubt
    if not ports:
        return CHECK.not_applicable(device, "it offers no service over IPv6")
    return CHECK.passed(device, f"all {len(ports)} services are open over IPv4 as well")
