"""The groups that a device joins tell which roles it takes."""

from collections.abc import Iterator

from checks.routers import unlisted_routers
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Device, DeviceKind, Snapshot

CHECK = Check(
    name="ipv6.role_leak",
    title="Only routers and servers take such roles",
    severity=Severity.MEDIUM,
    reference="RFC 4291 §2.7.1, RFC 8415 §7.1",
    remedy="Switch forwarding or the DHCPv6 service off on the device, or list it in `[ipv6]`.",
)

ROLES = {
    "ff02::2": "listens as a router",
    "ff05::2": "listens as a router of the site",
    "ff02::1:2": "listens as a DHCPv6 server or relay",
    "ff05::1:3": "listens as a DHCPv6 server of the site",
}
ROUTING: frozenset[DeviceKind] = frozenset({"router", "firewall", "access_point", "switch"})


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per device."""
    allowed = {entry.lower() for entry in (*snapshot.policy.routers, *snapshot.policy.dhcp_servers)}
    strangers = {
        router.device
        for network in snapshot.networks
        for router in unlisted_routers(network, snapshot.policy, snapshot.taken_at)
        if snapshot.policy.routers
    }
    for device in snapshot.devices:
        yield _judge(device, allowed, device.id in strangers)


def _judge(device: Device, allowed: set[str], is_stranger: bool) -> Finding:
    if not device.groups:
        return CHECK.unknown(device, "not_told", "it reported no groups")
    roles = [text for group, text in ROLES.items() if group in device.groups]
    if not roles:
        return CHECK.passed(device, "it reports no group of a router or server")
    own = {*device.macs, *(address.address for address in device.addresses)}
    if (device.kind in ROUTING and not is_stranger) or own & allowed:
        return CHECK.passed(device, f"it {roles[0]}, as it should", roles=roles)
    return CHECK.warned(device, f"it {' and '.join(roles)}, and is no known router", roles=roles)
