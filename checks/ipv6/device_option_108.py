"""Whether a device declares, in its own DHCP messages, that it can live without IPv4."""

from collections.abc import Iterator

from checks.dhcp import tells_option_108
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.device_option_108",
    title="The device can do without IPv4 by its own word",
    severity=Severity.INFO,
    reference="RFC 8925 §3.2",
    remedy="Update its system; if it cannot do without IPv4, plan an IPv4 island or its"
    " replacement.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per device."""
    for device in snapshot.devices:
        capable = tells_option_108(device)
        if capable is None:
            yield CHECK.unknown(device, "not_told", "it was not heard asking for a lease")
        elif capable:
            yield CHECK.passed(device, "it asks for option 108 when it takes a lease")
        elif snapshot.policy.ipv6_only:
            yield CHECK.warned(device, "it does not ask for option 108 when it takes a lease")
        else:
            yield CHECK.not_applicable(device, "it does not ask for option 108; IPv4 stays here")
