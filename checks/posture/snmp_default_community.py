"""A device that answers to the SNMP community `public` tells everybody all that it knows."""

from collections.abc import Iterator

from checks.verdict import Check, Finding, Severity
from inventory.snapshot import CommunityAnswer, Device, Snapshot

CHECK = Check(
    name="posture.snmp_default_community",
    title="SNMP does not answer to a well-known community",
    severity=Severity.HIGH,
    reference="TCVN 14423:2026 x.6.2.3, CIS Controls v8.1 4.7",
    remedy="Change the SNMP community on the device, or switch to SNMPv3, or switch SNMP off.",
)

FRESH_S = 7 * 86400  # an answer older than this says nothing about today


def judge(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield one finding per device; without the opt-in a single one for the organisation."""
    if not snapshot.policy.default_community:
        yield CHECK.unknown(
            snapshot, "opt_in", "well-known SNMP communities are tried only where that is allowed"
        )
        return
    for device in snapshot.devices:
        yield _judge(device, snapshot.taken_at)


def _judge(device: Device, now: float) -> Finding:
    tried = [answer for answer in device.communities if answer.at + FRESH_S >= now]
    answered = [answer for answer in tried if answer.answered]
    if answered:
        first = answered[0]
        return CHECK.failed(
            device,
            f"{first.address} answers to the SNMP community {first.community}",
            answers=_describe(answered),
        )
    if not tried:
        return CHECK.unknown(device, "not_probed", "no SNMP community was tried on it")
    if device.state != "up":
        return CHECK.unknown(
            device,
            "device_unreachable",
            "it was silent, but it is not known to be up",
            answers=_describe(tried),
        )
    communities = ", ".join(sorted({answer.community for answer in tried}))
    return CHECK.passed(device, f"it did not answer to {communities}", answers=_describe(tried))


def _describe(answers: list[CommunityAnswer]) -> list[dict[str, object]]:
    return [
        {
            "address": answer.address,
            "community": answer.community,
            "answered": answer.answered,
            "system_description": answer.system_description[:200],
            "at": answer.at,
        }
        for answer in answers[:16]
    ]
