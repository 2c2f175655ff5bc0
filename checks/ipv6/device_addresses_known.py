"""The groups that a device reports tell how many addresses it has."""

from collections.abc import Iterator

from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.device_addresses_known",
    title="All IPv6 addresses of the device are known",
    severity=Severity.INFO,
    reference="RFC 3810 §5.2, RFC 4291 §2.7.1",
    remedy="Leave the watch running: an address shows when it is used for the first time.",
)

SOLICITED = "ff02::1:ff"


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per device."""
    for device in snapshot.devices:
        if not any(group.startswith(SOLICITED) for group in device.groups):
            yield CHECK.unknown(device, "not_told", "it reported no group of an address")
        elif device.groups_unseen:
            text = f"its groups show {device.groups_unseen} addresses that were not seen yet"
            yield CHECK.unknown(device, "addresses_unseen", text, unseen=device.groups_unseen)
        else:
            yield CHECK.passed(device, "every group that it reports belongs to a known address")
