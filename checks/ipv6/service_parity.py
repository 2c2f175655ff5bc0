"""A service that answers over IPv4 alone is gone when IPv4 is."""

from collections.abc import Iterator

from checks.parity import compare, judge_each, refusal, unproven
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Device, Snapshot

CHECK = Check(
    name="ipv6.service_parity",
    title="Every service answers over IPv6 as over IPv4",
    severity=Severity.HIGH,
    reference="RFC 9099 §2.7.1",
    remedy="Let the service listen on the device's IPv6 addresses, and open the port in"
    " its IPv6 firewall.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per device."""
    yield from judge_each(CHECK, snapshot, _judge)


def _judge(snapshot: Snapshot, device: Device) -> Finding:
    doubt = refusal(CHECK, device)
    if doubt is not None:
        return doubt
    compared = compare(device, snapshot.taken_at, "ipv4", "ipv6")
    ports, missing, half = compared.ports, compared.missing, compared.half
    if not ports:
        return CHECK.not_applicable(device, "it offers no service over IPv4")
    if missing:
        text = f"over IPv4 only: {', '.join(f'{port}/tcp' for port in missing[:6])}"
        return CHECK.failed(device, text, ports=missing[:32], also=half[:32])
    doubt = unproven(CHECK, device, compared, "IPv6")
    if doubt is not None:
        return doubt
    if half:
        text = (
            f"on some of its IPv6 addresses only: {', '.join(f'{port}/tcp' for port in half[:6])}"
        )
        return CHECK.warned(device, text, ports=half[:32])
    return CHECK.passed(device, f"all {len(ports)} services answer over both", ports=ports[:32])
