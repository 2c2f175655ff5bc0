"""The vocabulary of judging: verdicts, severities, findings, and the check that makes them."""

import sys
from enum import StrEnum
from typing import Any, Final, Literal

import msgspec

from inventory.snapshot import Device, Network, Snapshot

Verdict = Literal["pass", "warn", "fail", "unknown", "not_applicable"]

# Why a verdict is `unknown`: a closed list, documented in docs/reference/checks/index.md.
Reason = Literal[
    "not_solicited", "not_listened", "not_probed", "opt_in", "no_tap", "agent_has_no_ipv6",
    "too_few_cycles", "addresses_unseen", "network_has_no_router", "filtered",
    "device_unreachable", "no_allow_list", "not_configured", "no_rights", "no_control",
    "resolver_unreachable", "no_upstream", "observed_too_short", "not_told",
    "captive_portal", "address_contested",
]  # fmt: skip


class Severity(StrEnum):
    """How bad a failure is; a LAN's own scale, highest first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"


class Finding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a check says of one subject. Those of a device share what is equal.

    `subject` is `device:ID`, `network:ID`, `service:ID`, `domain:NAME`, `host` or `organisation`.
    `evidence` is JSON-ready. `reason` is set when, and only when, the verdict is `unknown`.
    """

    check: str
    subject: str
    verdict: Verdict
    severity: Severity
    summary: str
    reason: Reason | None = None
    evidence: dict[str, Any] = {}
    reference: str = ""
    remedy: str = ""


class Named(msgspec.Struct, frozen=True):
    """A subject that is no device or network: `host`, `domain:NAME`, `service:NAME`."""

    subject: str


HOST = Named("host")  # the agent's own host

Subject = Device | Network | Snapshot | Named


def domain(name: str) -> Named:
    """One of the office's own domains."""
    return Named(f"domain:{name}")


def service(name: str) -> Named:
    """A service that the office named."""
    return Named(f"service:{name}")


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A check's card: name, how bad a failure is, where the rule stands, and the remedy."""

    name: str
    title: str
    severity: Severity
    reference: str
    remedy: str

    def passed(self, subject: Subject, summary: str = "", **evidence: Any) -> Finding:
        """Say that the subject meets the check."""
        return self._finding(subject, "pass", summary or self.title, None, evidence)

    def warned(
        self, subject: Subject, summary: str, *, severity: Severity | None = None, **evidence: Any
    ) -> Finding:
        """Say that the subject meets the check, but not well; `severity` replaces the card's."""
        return self._finding(subject, "warn", summary, None, evidence, severity)

    def failed(
        self, subject: Subject, summary: str, *, severity: Severity | None = None, **evidence: Any
    ) -> Finding:
        """Say that the subject fails, with what proves it; `severity` replaces the card's."""
        return self._finding(subject, "fail", summary, None, evidence, severity)

    def unknown(
        self, subject: Subject, reason: Reason, summary: str, *, remedy: str = "", **evidence: Any
    ) -> Finding:
        """Say that nothing can be said, and why; `remedy`: what the officer can do about that."""
        finding = self._finding(subject, "unknown", summary, reason, evidence)
        return msgspec.structs.replace(finding, remedy=remedy) if remedy else finding

    def not_applicable(self, subject: Subject, summary: str) -> Finding:
        """Say that the check does not concern the subject."""
        return self._finding(subject, "not_applicable", summary, None, {})

    def _finding(
        self,
        subject: Subject,
        verdict: Verdict,
        summary: str,
        reason: Reason | None,
        evidence: dict[str, Any],
        severity: Severity | None = None,
    ) -> Finding:
        wrong = verdict in ("fail", "warn")
        return Finding(
            check=self.name,
            subject=subject_id(subject),
            verdict=verdict,
            severity=severity or self.severity,
            summary=summary,
            reason=reason,
            evidence=evidence or _NO_EVIDENCE,
            reference=self.reference,
            remedy=self.remedy if wrong else "",
        )


def subject_id(subject: Subject) -> str:
    """The public name of a subject, as in `Finding.subject`."""
    if isinstance(subject, Device):
        return sys.intern(f"device:{subject.id}")  # one text for all its findings
    if isinstance(subject, Network):
        return f"network:{subject.id}"
    if isinstance(subject, Named):
        return subject.subject
    return "organisation"


_NO_EVIDENCE: Final[dict[str, Any]] = {}
