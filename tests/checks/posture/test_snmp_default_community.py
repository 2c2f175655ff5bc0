"""Which devices answer to a well-known SNMP community."""

from typing import Any

import pytest

from checks.posture import snmp_default_community
from checks.verdict import Finding
from inventory.snapshot import CommunityAnswer, Policy
from tests.checks import lan

ALLOWED = Policy(default_community=True)
SILENT = CommunityAnswer("10.66.0.9", "public", False, at=lan.NOW - 30)
ANSWERED = CommunityAnswer("10.66.0.9", "public", True, "JETDIRECT" + "x" * 300, lan.NOW - 30)


def judge(*answers: CommunityAnswer, **fields: Any) -> Finding:
    device = lan.device("d-1", communities=answers, **fields)
    (finding,) = snmp_default_community.judge(lan.snapshot(device, policy=ALLOWED))
    return finding


@pytest.mark.parametrize(
    ("answers", "fields", "verdict", "reason"),
    [
        pytest.param((ANSWERED,), {}, "fail", None, id="answered"),
        pytest.param((SILENT, ANSWERED), {}, "fail", None, id="one of two"),
        pytest.param((ANSWERED,), {"state": "down"}, "fail", None, id="answered, now down"),
        pytest.param((SILENT,), {}, "pass", None, id="silent"),
        pytest.param((SILENT,), {"state": "down"}, "unknown", "device_unreachable", id="down"),
        pytest.param((), {}, "unknown", "not_probed", id="not tried"),
        pytest.param(
            (CommunityAnswer("10.66.0.9", "public", True, at=lan.NOW - 8 * 86400),),
            {},
            "unknown",
            "not_probed",
            id="stale",
        ),
    ],
)
def test_verdict(
    answers: tuple[CommunityAnswer, ...], fields: dict[str, Any], verdict: str, reason: str | None
) -> None:
    finding = judge(*answers, **fields)
    assert (finding.verdict, finding.reason) == (verdict, reason)


def test_a_pass_claims_no_more_than_was_tried() -> None:
    assert judge(SILENT).summary == "it did not answer to public"


def test_the_evidence_holds_what_the_device_told() -> None:
    (answer,) = judge(ANSWERED).evidence["answers"]
    assert answer["system_description"].startswith("JETDIRECT")
    assert len(answer["system_description"]) == 200


def test_without_the_opt_in_one_finding_says_so_for_all() -> None:
    devices = [lan.device(f"d-{number}") for number in range(5)]
    (finding,) = snmp_default_community.judge(lan.snapshot(*devices))
    assert (finding.subject, finding.verdict, finding.reason) == (
        "organisation",
        "unknown",
        "opt_in",
    )
