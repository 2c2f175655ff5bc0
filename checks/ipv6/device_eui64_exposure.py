"""An address made from the MAC names the device to everybody it talks to."""

from collections.abc import Iterator

from checks.verdict import Check, Finding, Severity
from inventory.snapshot import AddressKind, DeviceKind, Snapshot

CHECK = Check(
    name="ipv6.device_eui64_exposure",
    title="The device does not show its MAC in its address",
    severity=Severity.LOW,
    reference="RFC 8064, RFC 7721 §3",
    remedy="Use stable-privacy addresses (RFC 7217) on clients: every current system does"
    " by default.",
)

CLIENTS: frozenset[DeviceKind] = frozenset({"workstation", "laptop", "phone", "tablet"})
GLOBAL: frozenset[AddressKind] = frozenset(
    {"stable-privacy", "temporary", "dhcpv6", "manual", "global"}
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per device."""
    for device in snapshot.devices:
        shown = [one.address for one in device.addresses if one.kind == "eui-64"]
        known = [one for one in device.addresses if one.family == "ipv6" and one.kind in GLOBAL]
        if device.kind not in CLIENTS:
            yield CHECK.not_applicable(device, "it is no device that people carry around")
        elif shown:
            text = f"{shown[0]} holds its MAC, and follows it everywhere"
            yield CHECK.warned(device, text, addresses=shown[:8])
        elif known:
            yield CHECK.passed(device, "none of its global addresses holds its MAC")
        else:
            yield CHECK.not_applicable(device, "no global IPv6 address of it is known")
