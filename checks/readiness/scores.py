"""Two figures for the organisation: R1, ready to run dual stack, and R2, ready to drop IPv4.

A figure is the weighted share of what is at its target level, 0 to 1: services 30, servers 20,
networks 20, clients 15, appliances 10, management 5. A class without members does not count. What
is unknown is left out of R1 and counts as not ready in R2; the coverage stands beside both. A gate
holds a figure below one half, whatever the sum.
"""

from collections.abc import Iterable, Mapping

import msgspec

from checks.readiness.levels import DeviceReadiness
from checks.readiness.networks import NetworkReadiness
from checks.readiness.verdicts import Verdicts
from inventory.snapshot import Device, Snapshot

WEIGHTS: dict[str, float] = {
    "services": 30, "servers": 20, "networks": 20, "clients": 15, "appliances": 10,
    "management": 5,
}  # fmt: skip
CAPPED = 0.49
COUNTED_S = 7 * 86400.0  # devices that were seen since
RANDOM_S = 86400.0  # and those with a random MAC

_CLASSES = {
    "server": "servers", "network": "networks", "client": "clients", "appliance": "appliances",
    "management": "management",
}  # fmt: skip
SERVICES = (
    "domain_web_aaaa", "domain_web_reachable", "domain_web_ports", "domain_web_content",
    "domain_ns_aaaa", "domain_ns_reachable", "domain_mail", "must_work_aaaa",
)  # fmt: skip
WITHOUT_IPV4 = (*SERVICES, "domain_ipv4_literals")
ADMIN_PORTS = frozenset({22, 23, 80, 135, 139, 161, 443, 445, 3389, 5900, 5985})

Share = tuple[int, int, int]  # ready, known, all


class Score(msgspec.Struct, frozen=True):
    """A figure with its coverage, both 0 to 1; `ratio` None: nothing is known.

    `classes` has the share that is ready by class; `gates` are sentences.
    """

    ratio: float | None
    coverage: float
    gates: tuple[str, ...] = ()
    classes: dict[str, float] = {}


def counted(snapshot: Snapshot) -> list[Device]:
    """The devices that figures are about: seen lately, random MACs for a day only."""
    return [
        device
        for device in snapshot.devices
        if snapshot.taken_at - device.last_seen
        <= (RANDOM_S if device.random_mac and not device.own else COUNTED_S)
    ]


def dual_stack(
    snapshot: Snapshot,
    verdicts: Verdicts,
    devices: Mapping[str, DeviceReadiness],
    networks: Mapping[str, NetworkReadiness],
) -> Score:
    """R1: devices at L3, networks at N3, services on both families."""
    shares = _shares(snapshot, verdicts, devices, networks, 3, SERVICES)
    return _score(shares, _gates(verdicts, devices), unknown_is_ready=None)


def ipv6_only(
    snapshot: Snapshot,
    verdicts: Verdicts,
    devices: Mapping[str, DeviceReadiness],
    networks: Mapping[str, NetworkReadiness],
) -> Score:
    """R2: devices at L5, networks at N5, services without IPv4."""
    shares = _shares(snapshot, verdicts, devices, networks, 5, WITHOUT_IPV4)
    return _score(shares, _gates(verdicts, devices), unknown_is_ready=False)


def _shares(
    snapshot: Snapshot,
    verdicts: Verdicts,
    devices: Mapping[str, DeviceReadiness],
    networks: Mapping[str, NetworkReadiness],
    target: int,
    services: Iterable[str],
) -> dict[str, Share]:
    found: dict[str, Share] = dict.fromkeys(WEIGHTS, (0, 0, 0))

    def add(name: str, level: int | None) -> None:
        ready, known, total = found[name]
        found[name] = (
            ready + (level is not None and level >= target),
            known + (level is not None),
            total + 1,
        )

    for device in counted(snapshot):
        one = devices[device.id]
        add(_CLASSES[one.role], one.level)
    for network in networks.values():
        add("networks", network.level)
    for check in services:
        for finding in verdicts.every(check):
            if finding.verdict == "not_applicable":
                continue
            met = finding.verdict in ("pass", "warn")
            add("services", None if finding.verdict == "unknown" else target if met else 0)
    return found


def _score(
    shares: Mapping[str, Share], gates: tuple[str, ...], unknown_is_ready: bool | None
) -> Score:
    total = sum(share[2] for share in shares.values())
    known = sum(share[1] for share in shares.values())
    weighted = weights = 0.0
    classes: dict[str, float] = {}
    for name, (ready, judged, every) in shares.items():
        base = judged if unknown_is_ready is None else every
        if base:
            classes[name] = round(ready / base, 4)
            weighted += WEIGHTS[name] * ready / base
            weights += WEIGHTS[name]
    if not weights or not known:
        return Score(None, 0.0, gates, classes)
    ratio = weighted / weights
    ratio = min(ratio, CAPPED) if gates else ratio
    return Score(round(ratio, 4), round(known / total, 4), gates, classes)


def _gates(verdicts: Verdicts, devices: Mapping[str, DeviceReadiness]) -> tuple[str, ...]:
    gates = [
        f"the critical device {one.device} is at L0"
        for one in devices.values()
        if one.critical and one.level == 0
    ]
    for check, text in (
        ("rogue_ra", "a router that is not allowed advertises"),
        ("internet_reachable", "IPv6 does not lead to the Internet"),
        ("pmtu_black_hole", "large packets vanish on the way"),
        ("resolver_over_ipv6", "no resolver answers over IPv6"),
    ):
        if any(finding.verdict == "fail" for finding in verdicts.every(check)):
            gates.append(text)
    exposed = [
        finding
        for finding in verdicts.every("open_on_ipv6_only")
        if finding.verdict == "fail" and _has_admin_port(finding.evidence.get("ports"))
    ]
    if exposed:
        gates.append(f"{len(exposed)} devices are open for administration over IPv6 only")
    return tuple(gates)


def _has_admin_port(ports: object) -> bool:
    return isinstance(ports, list) and not ADMIN_PORTS.isdisjoint(
        port for port in ports if isinstance(port, int)
    )
