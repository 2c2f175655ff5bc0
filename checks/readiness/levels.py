"""The level of each device: L0 IPv4 only, to L5 ready for a network without IPv4.

Each level needs all lower ones. L0: silent over IPv6 in at least three complete discovery passes.
L1: speaks IPv6. L2: a global address that works. L3: every service on both families, none on IPv6
alone, and SNMP over IPv6 where it is managed so. L4: can live on an IPv6-mostly network. L5:
nothing of it breaks without IPv4. Unknown: fewer than three passes, or the agent is not on its
network.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from checks.dhcp import tells_option_108
from checks.ipv6.device_has_global_address import FEWEST_CYCLES
from checks.readiness.rehearsal import Rehearsal, Translation
from checks.readiness.roles import Disposition, Role, disposition_of, role_of
from checks.readiness.verdicts import Verdicts
from inventory.snapshot import Device, Network, Snapshot

Cause = Literal["", "network", "device", "service"]

PARITY = ("service_parity", "open_on_ipv6_only", "dns_parity", "snmp_over_ipv6")
AGENT_FIRST = "give the agent itself IPv6 first"
USED_S = 7 * 86400.0
OBSERVED_DAYS = 14.0  # how long nothing may break before L5


class DeviceReadiness(msgspec.Struct, frozen=True, gc=False):
    """How far a device is; `level` None is unknown. `blockers` are sentences, worst first."""

    device: str
    level: int | None
    role: Role
    cause: Cause = ""
    blockers: tuple[str, ...] = ()
    next_step: str = ""
    disposition: Disposition = ""
    critical: bool = False


class _Step(msgspec.Struct, frozen=True):
    """Why a device is not a level higher."""

    cause: Cause
    blockers: tuple[str, ...]
    next_step: str


def device_levels(
    snapshot: Snapshot, verdicts: Verdicts, rehearsal: Rehearsal
) -> dict[str, DeviceReadiness]:
    """The readiness of every device, by id."""
    networks = {network.id: network for network in snapshot.networks}
    users = _ipv6_users(snapshot)
    critical = {entry.lower() for entry in snapshot.policy.critical}
    return {
        device.id: _assess(
            snapshot, device, networks.get(device.network), verdicts, rehearsal, users, critical
        )
        for device in snapshot.devices
    }


def _assess(
    snapshot: Snapshot,
    device: Device,
    network: Network | None,
    verdicts: Verdicts,
    rehearsal: Rehearsal,
    users: frozenset[str] | None,
    critical: set[str],
) -> DeviceReadiness:
    level, step = _climb(snapshot, device, network, verdicts, rehearsal, users)
    stuck = level is not None and level <= 1 and step.cause == "device"
    return DeviceReadiness(
        device=device.id,
        level=level,
        role=role_of(device),
        cause=step.cause,
        blockers=step.blockers[:8],
        next_step=step.next_step,
        disposition=disposition_of(device, snapshot.taken_at) if stuck else "",
        critical=bool(critical) and _is_named(device, critical),
    )


def _climb(
    snapshot: Snapshot,
    device: Device,
    network: Network | None,
    verdicts: Verdicts,
    rehearsal: Rehearsal,
    users: frozenset[str] | None,
) -> tuple[int | None, _Step]:
    subject = f"device:{device.id}"
    unknown = _unknown(device, network)
    if unknown is not None:
        return None, unknown
    spoken = verdicts.of("device_speaks_ipv6", subject)
    if spoken is None or spoken.verdict != "pass":
        if spoken is not None and spoken.verdict == "fail":
            return 0, _Step("device", (spoken.summary,), spoken.remedy)
        text = spoken.summary if spoken is not None else "it was not judged"
        if spoken is not None and spoken.reason == "agent_has_no_ipv6":
            return None, _Step("", (text,), AGENT_FIRST)
        return None, _Step("", (text,), "wait until it was seen up in three discovery passes")
    if network is not None and verdicts.verdict("ra_present", f"network:{network.id}") == "fail":
        text = "no router of its network offers IPv6"
        return 1, _Step(
            "network", (text,), "advertise IPv6 on its network; the device waits for it"
        )
    short_of_2 = _short_of_global(snapshot, device, verdicts, users)
    if short_of_2 is not None:
        return 1, short_of_2
    judged = [one for check in PARITY if (one := verdicts.of(check, subject)) is not None]
    lacking = [one for rank in ("fail", "warn", "unknown") for one in judged if one.verdict == rank]
    if lacking:
        step = lacking[0].remedy or "wait for the full readiness scan: " + lacking[0].summary
        return 2, _Step("service", tuple(one.summary for one in lacking), step)
    return _upper(device, verdicts, rehearsal)


def _unknown(device: Device, network: Network | None) -> _Step | None:
    if not device.own and (not device.macs or network is None or not network.interface):
        return _Step(
            "", ("the agent is not on its network",), "put an agent, or an interface, there"
        )
    if not device.own and device.discovery_cycles < FEWEST_CYCLES:
        text = f"{device.discovery_cycles} of {FEWEST_CYCLES} complete discovery passes were made"
        return _Step("", (text,), "wait for three discovery passes")
    return None


def _short_of_global(
    snapshot: Snapshot, device: Device, verdicts: Verdicts, users: frozenset[str] | None
) -> _Step | None:
    """Why a device that speaks IPv6 does not use it; None when it does (L2)."""
    subject = f"device:{device.id}"
    finding = verdicts.of("device_has_global_address", subject)
    if finding is None or finding.verdict != "pass":
        summary = finding.summary if finding is not None else "it has no global address"
        if finding is not None and finding.reason == "agent_has_no_ipv6":
            return _Step("", (summary,), AGENT_FIRST)
        if finding is not None and finding.reason == "addresses_unseen":
            step = "leave the watch running: addresses show when they are used"
            return _Step("", (summary,), step)
        blamed = finding is not None and finding.verdict in ("fail", "warn")
        cause: Cause = "device" if blamed else "network"
        step = finding.remedy if finding is not None and finding.remedy else "wait: " + summary
        return _Step(cause, (summary,), step)
    if any(one.family == "ipv6" and one.answers is False for one in device.addresses) and not any(
        one.family == "ipv6" and one.answers for one in device.addresses
    ):
        return _Step("device", ("its IPv6 addresses do not answer",), "look at its firewall")
    if device.own or _serves_ipv6(device) or users is None or device.id in users:
        return None
    if role_of(device) == "client" or not _serves(device):
        text = "it was not seen using IPv6 to go out"
        return _Step("device", (text,), "look at its resolvers and at what it prefers")
    text = "none of its services answers over IPv6"
    return _Step("service", (text,), "let its services listen over IPv6")


def _upper(device: Device, verdicts: Verdicts, rehearsal: Rehearsal) -> tuple[int, _Step]:
    """From parity on (L3) upwards."""
    with_clat = rehearsal.device(device.id, "m2")
    seen_enough = rehearsal.days >= 1 and device.id in rehearsal.heard
    mostly = tells_option_108(device) or (
        seen_enough and not with_clat.breaks and not with_clat.unsure
    )
    if not mostly:
        if with_clat.breaks:
            return 3, _Step("service", with_clat.breaks, "see lanwarden ipv6 rehearse")
        reasons = with_clat.unsure or ("what it needs IPv4 for was not observed for a day",)
        step = "leave the watch running, and give it the resolvers' query logs (`resolver_logs`)"
        return 3, _Step("", reasons, step)
    mode: Translation = "m1" if rehearsal.has_nat64 else "m0"
    without = rehearsal.device(device.id, mode)
    if without.breaks or without.unsure:
        reasons = without.breaks or without.unsure
        return 4, _Step("service", reasons, "see lanwarden ipv6 rehearse")
    if rehearsal.days < OBSERVED_DAYS:
        text = f"observed for {rehearsal.days:.0f} of {OBSERVED_DAYS:.0f} days"
        return 4, _Step("", (text,), "leave the watch running")
    if not rehearsal.twin_passed:
        text = "the IPv6-only twin has not tried the services that must work"
        return 4, _Step("", (text,), "run lanwarden ipv6 rehearse --twin")
    return 5, _Step("", (), "")


def _ipv6_users(snapshot: Snapshot) -> frozenset[str] | None:
    """Devices that asked for a router's IPv6 address, as one does to go out; None: nobody hears.

    Questions for neighbours reach a plain port only while they go by multicast; when not a single
    one of a network's clients was heard, nothing follows from silence.
    """
    gateways = {router.address for network in snapshot.networks for router in network.routers}
    owners = {device.id for device in snapshot.devices if device.router or device.kind == "router"}
    found = {
        edge.device
        for edge in snapshot.facts.edges
        if edge.family == "ipv6"
        and snapshot.taken_at - edge.last_seen <= USED_S
        and (edge.target in gateways or edge.target_device in owners)
    }
    return frozenset(found) if found else None


def _serves(device: Device) -> bool:
    return any(service.state == "open" for service in device.services)


def _serves_ipv6(device: Device) -> bool:
    return any(one.state == "open" and ":" in one.address for one in device.services)


def _is_named(device: Device, named: set[str]) -> bool:
    own = {*device.macs, device.name.lower(), device.id}
    own |= {address.address for address in device.addresses}
    own |= {name.name.lower() for name in device.names}
    return not own.isdisjoint(named)


def histogram(devices: Mapping[str, DeviceReadiness]) -> dict[str, int]:
    """How many devices are at each level; `?` are those that are unknown."""
    counts = dict.fromkeys(("?", "L0", "L1", "L2", "L3", "L4", "L5"), 0)
    for one in devices.values():
        counts["?" if one.level is None else f"L{one.level}"] += 1
    return counts
