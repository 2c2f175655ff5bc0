"""A router that advertises must also answer."""

from collections.abc import Iterator

from checks.advertised import nobody
from checks.routers import default_routers
from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Snapshot

CHECK = Check(
    name="ipv6.gateway_reachable",
    title="The IPv6 router answers",
    severity=Severity.HIGH,
    reference="RFC 4861 §7.3",
    remedy="Look at the router's interface on this network, and at what its firewall does"
    " with ICMPv6.",
)


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per network."""
    devices = {device.id: device for device in snapshot.devices}
    for network in snapshot.networks:
        routers = default_routers(network, snapshot.taken_at)
        if not routers:
            yield nobody(CHECK, snapshot, network)
            continue
        known = [devices[one.device] for one in routers if one.device in devices]
        up = [one for one in known if one.reachable.get("ipv6")]
        down = [one for one in known if one.reachable.get("ipv6") is False]
        told = {one.name or one.id: one.reachable.get("ipv6") for one in known[:16]}
        if up:
            yield CHECK.passed(network, f"{up[0].name or up[0].id} answers", routers=told)
        elif down:
            text = f"{down[0].name or down[0].id} advertises and does not answer"
            yield CHECK.failed(network, text, routers=told)
        else:
            yield CHECK.unknown(network, "not_probed", "no router was asked yet", routers=told)
