"""Findings by check and subject, as levels and scores read them."""

from collections.abc import Iterable

from checks.verdict import Finding, Verdict

GOOD: frozenset[Verdict] = frozenset({"pass", "warn", "not_applicable"})


class Verdicts:
    """The findings of one judging, to be asked by check and subject."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._by_check: dict[str, list[Finding]] = {}
        for finding in findings:
            self._by_check.setdefault(finding.check, []).append(finding)
        # By check first: a few large tables, not one for each of thousands of subjects.
        self._last = {
            check: {finding.subject: finding for finding in made}
            for check, made in self._by_check.items()
        }

    def of(self, check: str, subject: str) -> Finding | None:
        """The finding of a check on a subject."""
        return self._last.get(f"ipv6.{check}", {}).get(subject)

    def verdict(self, check: str, subject: str) -> Verdict | None:
        """Its verdict; None when the check said nothing of the subject."""
        finding = self.of(check, subject)
        return finding.verdict if finding is not None else None

    def holds(self, check: str, *subjects: str) -> bool:
        """Whether the check is met for the first subject that it speaks of; unknown is no.

        A check that speaks of none of the subjects does not concern them.
        """
        for subject in subjects:
            finding = self.of(check, subject)
            if finding is not None:
                return finding.verdict in GOOD
        return True

    def passes(self, check: str, *subjects: str) -> bool:
        """Whether one of the subjects passes in so many words."""
        return any(self.verdict(check, subject) == "pass" for subject in subjects)

    def every(self, check: str) -> list[Finding]:
        """All findings of a check."""
        return self._by_check.get(f"ipv6.{check}", [])
