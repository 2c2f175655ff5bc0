"""A device that has IPv6 and stops answering over it alone has a fault of its own."""

from collections.abc import Iterator

from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Device, Snapshot

CHECK = Check(
    name="ipv6.echo_parity",
    title="The device answers over both families",
    severity=Severity.LOW,
    reference="RFC 4443 §4.1, RFC 4861 §7.2.4",
    remedy="Look at the device's IPv6 settings and at the switch's multicast snooping.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per device."""
    for device in snapshot.devices:
        yield _judge(device)


def _judge(device: Device) -> Finding:
    families = {address.family for address in device.addresses}
    if len(families) < 2:
        return CHECK.not_applicable(device, "it has addresses of one family only")
    four, six = device.reachable.get("ipv4"), device.reachable.get("ipv6")
    if four and six:
        return CHECK.passed(device, "it answers over both")
    if four and six is False:
        return CHECK.warned(device, "it answers over IPv4, and over IPv6 it does not any more")
    if six and four is False:
        return CHECK.passed(device, "it answers over IPv6, and over IPv4 it does not")
    if four is False and six is False:
        return CHECK.unknown(device, "device_unreachable", "it answers over neither")
    return CHECK.unknown(device, "not_probed", "it was not asked over both families")
