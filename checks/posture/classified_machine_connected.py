"""A machine that holds state secrets is on no connected network."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from checks.verdict import Check, Finding, Severity
from inventory.snapshot import Device, Registered, Snapshot

CHECK = Check(
    name="posture.classified_machine_connected",
    title="No machine that is registered as classified is on a network",
    severity=Severity.CRITICAL,
    reference="Law 117/2025 on the Protection of State Secrets, art. 5(2)",
    remedy=(
        "Take the machine off the network now, do not switch it off, write down when and where it "
        "was connected, and report it as the office's rules on state secrets say."
    ),
)

LATCH_S = 7 * 86_400.0  # a machine that was unplugged at once stays a failure for so long


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per classified machine that was seen, or one for all that were not.

    The MAC has to be the registered one exactly: a serial number or a name alone proves nothing.
    """
    seen = [device for device in snapshot.devices if _classified(device) is not None]
    for device in seen:
        row = _classified(device)
        if row is not None:
            yield _judge(device, row, snapshot)
    if not seen:
        yield _judge_absence(snapshot)


def _classified(device: Device) -> Registered | None:
    row = device.registered
    if row is None or not row.classified or set(row.macs).isdisjoint(device.macs):
        return None
    return row


def _judge(device: Device, row: Registered, snapshot: Snapshot) -> Finding:
    evidence = _evidence(device, row, snapshot)
    what = f"the machine in row {row.row} of the register"
    if device.last_seen + LATCH_S >= snapshot.taken_at:
        where = ", ".join(evidence["addresses"][:4]) or "no address seen"
        return CHECK.failed(
            device,
            f"{what} is registered as classified and was seen on the network: {where}",
            **evidence,
        )
    return CHECK.warned(
        device,
        f"{what} is registered as classified and was on the network until "
        f"{_moment(device.last_seen)}; it was not seen since",
        severity=Severity.HIGH,
        **evidence,
    )


def _judge_absence(snapshot: Snapshot) -> Finding:
    register = snapshot.register
    if register is None or not register.classified:
        return CHECK.not_applicable(snapshot, "the register names no classified machine")
    count = register.classified
    if not snapshot.tap.available:
        return CHECK.unknown(
            snapshot,
            "no_tap",
            f"none of {count} classified machines was seen, but a silent one would not be",
            classified=count,
        )
    return CHECK.passed(
        snapshot,
        f"none of {count} classified machines was seen on the networks that the agent watches",
        classified=count,
    )


def _evidence(device: Device, row: Registered, snapshot: Snapshot) -> dict[str, Any]:
    networks = {network.id: network for network in snapshot.networks}
    network = networks.get(device.network)
    return {
        "row": row.row,
        "macs": [mac for mac in device.macs if mac in row.macs],
        "addresses": [one.address for one in device.addresses][:16],
        "network": device.network,
        "interface": network.interface if network is not None else "",
        "first_seen": _moment(device.first_seen),
        "last_seen": _moment(device.last_seen),
        "state": device.state,
    }


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
