"""The card makes findings."""

import pytest

from checks.verdict import HOST, Check, Severity, subject_id
from tests.checks import lan

CARD = Check(
    name="ipv6.x", title="All is well", severity=Severity.HIGH, reference="RFC 1", remedy="Mend it."
)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        pytest.param(lan.device("d-1"), "device:d-1", id="device"),
        pytest.param(lan.network("n-1"), "network:n-1", id="network"),
        pytest.param(lan.snapshot(), "organisation", id="organisation"),
    ],
)
def test_subjects_have_public_names(subject: object, expected: str) -> None:
    assert subject_id(subject) == expected  # type: ignore[arg-type]


def test_a_pass_says_the_title_and_offers_no_remedy() -> None:
    finding = CARD.passed(lan.device("d-1"), routers=2)
    assert (finding.verdict, finding.summary, finding.remedy) == ("pass", "All is well", "")
    assert finding.evidence == {"routers": 2}
    assert finding.severity is Severity.HIGH


def test_a_warning_and_a_failure_may_have_their_own_severity() -> None:
    device = lan.device()
    assert CARD.warned(device, "so so", severity=Severity.LOW).severity is Severity.LOW
    assert CARD.failed(device, "bad", severity=Severity.CRITICAL).severity is Severity.CRITICAL
    assert CARD.failed(device, "bad").severity is Severity.HIGH
    assert CARD.failed(device, "bad").remedy == "Mend it."


def test_unknown_has_a_reason() -> None:
    finding = CARD.unknown(lan.network(), "no_tap", "cannot")
    assert (finding.verdict, finding.reason, finding.remedy) == ("unknown", "no_tap", "")
    assert CARD.unknown(HOST, "no_tap", "blind", remedy="Look.").remedy == "Look."


def test_not_applicable_has_none() -> None:
    finding = CARD.not_applicable(lan.network(), "no")
    assert (finding.verdict, finding.reason) == ("not_applicable", None)
