"""A device that is managed over IPv4 alone drops out of sight with IPv4."""

from collections.abc import Iterator

from checks.snmp import judged
from checks.verdict import Check, Finding, Severity
from collectors.observation import SnmpSeen
from inventory.snapshot import Device, Snapshot

CHECK = Check(
    name="ipv6.snmp_over_ipv6",
    title="The device answers to SNMP over IPv6 as it does over IPv4",
    severity=Severity.MEDIUM,
    reference="RFC 8504 §16",
    remedy="Let the SNMP agent listen over IPv6, and add the agent's IPv6 address or prefix to "
    "the device's access list for SNMP, which often names IPv4 networks only.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per device that answered; who did not is not managed, for all we know."""
    yield from judged(
        CHECK, snapshot, _judge, lambda _, seen: seen is not None and seen.outcome == "answered"
    )


def _judge(snapshot: Snapshot, device: Device, seen: SnmpSeen) -> Finding:
    if ":" in seen.address:
        return CHECK.passed(device, f"it answers at {seen.address}", version=seen.version)
    answering = [one for one, outcome in seen.over_ipv6.items() if outcome == "answered"]
    if answering:
        return CHECK.passed(device, f"it answers at {answering[0]}", version=seen.version)
    if not seen.over_ipv6:
        return CHECK.not_applicable(device, "no IPv6 address of it could be asked")
    alive = {one.address for one in device.addresses if one.family == "ipv6" and one.answers}
    network = next((one for one in snapshot.networks if one.id == device.network), None)
    if network is not None and not network.agent_has_ipv6:
        return CHECK.unknown(device, "agent_has_no_ipv6", "the agent has no IPv6 to ask it with")
    tried = sorted(alive & seen.over_ipv6.keys())
    if tried:
        text = f"it answers at {seen.address}, and at {tried[0]} it does not, though that is alive"
        return CHECK.warned(device, text, asked=dict(list(seen.over_ipv6.items())[:4]))
    text = f"it answers at {seen.address} only, but its IPv6 addresses are not known to be alive"
    return CHECK.unknown(device, "no_control", text, asked=dict(list(seen.over_ipv6.items())[:4]))
