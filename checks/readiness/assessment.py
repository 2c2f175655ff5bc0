"""The whole assessment: levels of devices and networks, two scores, and the rehearsal."""

from collections.abc import Iterable

import msgspec

from checks.readiness.levels import DeviceReadiness, device_levels
from checks.readiness.networks import NetworkReadiness, network_levels
from checks.readiness.rehearsal import Rehearsal, rehearse
from checks.readiness.scores import Score, dual_stack, ipv6_only
from checks.readiness.verdicts import Verdicts
from checks.verdict import Finding
from inventory.snapshot import Snapshot


class Readiness(msgspec.Struct, frozen=True):
    """How far everything is. Devices and networks by id; `dual_stack` is R1, `ipv6_only` R2."""

    devices: dict[str, DeviceReadiness]
    networks: dict[str, NetworkReadiness]
    dual_stack: Score
    ipv6_only: Score
    rehearsal: Rehearsal


def assess(snapshot: Snapshot, findings: Iterable[Finding]) -> Readiness:
    """Assess a snapshot from its findings. Pure; quick enough for ten thousand devices."""
    verdicts = Verdicts(findings)
    rehearsal = rehearse(snapshot, verdicts)
    devices = device_levels(snapshot, verdicts, rehearsal)
    networks = network_levels(snapshot, verdicts, devices)
    return Readiness(
        devices=devices,
        networks=networks,
        dual_stack=dual_stack(snapshot, verdicts, devices, networks),
        ipv6_only=ipv6_only(snapshot, verdicts, devices, networks),
        rehearsal=rehearsal,
    )
