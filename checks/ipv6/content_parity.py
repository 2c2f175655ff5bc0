"""The same address of a page must show the same over both families."""

from collections.abc import Iterator

from checks.parity import by_port, judge_each
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Device, Snapshot

CHECK = Check(
    name="ipv6.content_parity",
    title="Web pages are the same over both families",
    severity=Severity.LOW,
    reference="RFC 9099 §2.7.1",
    remedy="Point both addresses at the same virtual host; look at the web server's default site.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per device."""
    yield from judge_each(CHECK, snapshot, _judge)


def _judge(snapshot: Snapshot, device: Device) -> Finding:
    pages = by_port(device.pages, snapshot.taken_at)
    if not device.pages:
        return CHECK.not_applicable(device, "it shows no web page")
    both = {port: two for port, two in pages.items() if len(two) == 2}
    if not both:
        return CHECK.unknown(device, "not_probed", "its pages were seen over one family only")
    differing = [
        port
        for port, two in sorted(both.items())
        if (two["ipv4"].status, two["ipv4"].title) != (two["ipv6"].status, two["ipv6"].title)
    ]
    if differing:
        two = both[differing[0]]
        text = (
            f"port {differing[0]} says {two['ipv4'].status} {two['ipv4'].title!r} over IPv4,"
            f" {two['ipv6'].status} {two['ipv6'].title!r} over IPv6"
        )
        return CHECK.warned(device, text, ports=differing[:32])
    return CHECK.passed(
        device, f"{len(both)} pages are the same over both", ports=sorted(both)[:32]
    )
