"""Every IPv6 node answers a question for its address, whatever its firewall does."""

from collections.abc import Iterator

from checks.verdict import Check, Finding, Severity
from collectors.observation import NeighbourCompared
from inventory.snapshot import Device, Snapshot

CHECK = Check(
    name="ipv6.device_answers_nd",
    title="The device answers neighbour solicitations",
    severity=Severity.MEDIUM,
    reference="RFC 4861 §7.2.4",
    remedy="Look for a filter on the device that drops ICMPv6 type 135: every node must answer.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per device."""
    compared: dict[str, list[NeighbourCompared]] = {}
    for one in snapshot.facts.compared:
        compared.setdefault(one.mac, []).append(one)
    for device in snapshot.devices:
        tried = [one for mac in device.macs for one in compared.get(mac, ())]
        yield _judge(device, any(one.unicast or one.multicast for one in tried), bool(tried))


def _judge(device: Device, heard: bool, tried: bool) -> Finding:
    known = [one for one in device.addresses if one.family == "ipv6"]
    answering = [one.address for one in known if one.answers]
    if answering or heard:
        text = f"{answering[0]} answers" if answering else "it answers"
        return CHECK.passed(device, text, addresses=answering[:8])
    if not known:
        return CHECK.not_applicable(device, "no IPv6 address of it is known")
    if not device.macs:
        return CHECK.unknown(device, "not_listened", "the agent is not on its network")
    if device.state != "up" or not device.reachable.get("ipv4"):
        return CHECK.unknown(device, "device_unreachable", "it does not answer over IPv4 either")
    if not tried and all(one.answers is None for one in known):
        return CHECK.unknown(device, "not_probed", "it was not asked yet")
    text = f"{known[0].address} does not answer, and over IPv4 the device does"
    return CHECK.warned(device, text, addresses=[one.address for one in known[:8]])
