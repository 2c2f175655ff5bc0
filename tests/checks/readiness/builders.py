"""Findings made by hand, and the assessment that follows from them."""

from typing import Any

from checks.readiness.assessment import Readiness, assess
from checks.verdict import Finding, Severity, Verdict
from inventory.readiness import Edge, Facts
from inventory.snapshot import Device, Snapshot
from tests.checks import facts, lan

DEVICE = "d-0000000009"
NETWORK = "network:n-1"
ORG = "organisation"


def finding(check: str, verdict: Verdict, subject: str = "", **evidence: Any) -> Finding:
    return Finding(
        check=f"ipv6.{check}",
        subject=subject or f"device:{DEVICE}",
        verdict=verdict,
        severity=Severity.HIGH,
        summary=f"{check} is {verdict}",
        reason="not_probed" if verdict == "unknown" else None,
        evidence=evidence,
        remedy=f"mend {check}" if verdict in ("fail", "warn") else "",
    )


def findings(subject: str = "", **verdicts: Verdict) -> list[Finding]:
    return [finding(check, verdict, subject) for check, verdict in verdicts.items()]


def edge(device: str, target: str, family: Any = "ipv4", peer: str = "", days: int = 20) -> Edge:
    return Edge(
        device, target, family, 40, days, lan.NOW - days * 86400, lan.NOW - 60, peer, "eth0"
    )  # fmt: skip


def printer(*addresses: Any, **fields: Any) -> Device:
    return lan.device(DEVICE, *(addresses or ("10.66.0.9", "fe80::9", "2001:db8:66::9")), **fields)


def assessed(
    made: list[Finding], *devices: Device, known: Facts | None = None, **fields: Any
) -> Readiness:
    return assess(snapshot(*devices, known=known, **fields), made)


def snapshot(*devices: Device, known: Facts | None = None, **fields: Any) -> Snapshot:
    return facts.snapshot(known or Facts(), *devices, **fields)
