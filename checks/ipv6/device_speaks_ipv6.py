"""A device speaks IPv6 when a single frame of it says so."""

from collections.abc import Iterator

from checks.ipv6.device_has_global_address import FEWEST_CYCLES
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Device, Network, Snapshot

CHECK = Check(
    name="ipv6.device_speaks_ipv6",
    title="The device speaks IPv6",
    severity=Severity.MEDIUM,
    reference="RFC 8504 §5",
    remedy="Switch IPv6 on in the settings of the device; if it has none, plan its replacement.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per device."""
    networks = {network.id: network for network in snapshot.networks}
    for device in snapshot.devices:
        yield _judge(snapshot, device, networks.get(device.network))


def _judge(snapshot: Snapshot, device: Device, network: Network | None) -> Finding:
    spoken = [one for one in device.addresses if one.family == "ipv6"]
    if spoken:
        return CHECK.passed(device, f"{spoken[0].address} was seen", origin=spoken[0].origin)
    if device.groups:
        return CHECK.passed(
            device, "it reports multicast groups of IPv6", groups=len(device.groups)
        )
    if not device.addresses:
        return CHECK.not_applicable(device, "no IP address of it was ever seen")
    return _doubt(snapshot, device, network) or CHECK.failed(
        device,
        f"it answered none of {device.discovery_cycles} discovery passes over IPv6",
        discovery_cycles=device.discovery_cycles,
    )


def _doubt(snapshot: Snapshot, device: Device, network: Network | None) -> Finding | None:
    """Why its silence proves nothing, or None."""
    if not device.macs or network is None:
        return CHECK.unknown(device, "not_listened", "the agent is not on its network")
    if not snapshot.tap.available:
        return CHECK.unknown(device, "no_tap", "raw packets cannot be sent or heard")
    if not network.agent_has_ipv6:
        return CHECK.unknown(device, "agent_has_no_ipv6", "the agent has no IPv6 there")
    cycles = device.discovery_cycles
    if cycles < FEWEST_CYCLES:
        text = f"{cycles} of {FEWEST_CYCLES} complete discovery passes were made"
        return CHECK.unknown(device, "too_few_cycles", text)
    if device.state != "up":
        return CHECK.unknown(device, "device_unreachable", f"its state is {device.state}")
    return None
