"""The same key over both families proves that both addresses are one device."""

from collections.abc import Iterator

from checks.parity import by_port, judge_each
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Device, Snapshot

CHECK = Check(
    name="ipv6.key_parity",
    title="Both families lead to the same device",
    severity=Severity.HIGH,
    reference="RFC 4253 §4.1, RFC 9099 §2.7.1",
    remedy="Look whose IPv6 address it is: the name or the entry in the inventory leads"
    " to another machine.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per device."""
    yield from judge_each(CHECK, snapshot, _judge)


def _judge(snapshot: Snapshot, device: Device) -> Finding:
    keys = by_port(device.keys, snapshot.taken_at)
    both = {port: two for port, two in keys.items() if len(two) == 2}
    if not both:
        if not device.keys:
            return CHECK.not_applicable(device, "it shows no key")
        return CHECK.unknown(device, "not_probed", "its keys were seen over one family only")
    differing = [
        port
        for port, two in sorted(both.items())
        if two["ipv4"].algorithm == two["ipv6"].algorithm
        and two["ipv4"].fingerprint != two["ipv6"].fingerprint
    ]
    if differing:
        text = f"port {differing[0]} shows another key over IPv6 than over IPv4"
        return CHECK.failed(device, text, ports=differing[:32])
    return CHECK.passed(device, f"{len(both)} keys are the same over both", ports=sorted(both)[:32])
