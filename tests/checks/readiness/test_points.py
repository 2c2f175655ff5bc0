"""The points of own domains."""

import pytest

from checks.readiness.points import domain_points
from checks.readiness.verdicts import Verdicts
from checks.verdict import Verdict
from inventory.snapshot import Policy
from tests.checks.readiness.builders import findings, snapshot

ALL: dict[str, Verdict] = {
    "domain_ns_aaaa": "pass", "domain_ns_reachable": "pass", "domain_mail": "pass",
    "domain_web_aaaa": "pass", "domain_web_reachable": "pass", "domain_web_ports": "pass",
    "domain_web_content": "pass",
}  # fmt: skip
FULL = {"ns": 10, "mx": 10, "web": 10, "content": 2}


@pytest.mark.parametrize(
    ("verdicts", "points", "ratio"),
    [
        pytest.param({}, FULL, 1.0, id="all-well"),
        pytest.param({"domain_ns_aaaa": "warn"}, FULL | {"ns": 2}, 24 / 32, id="one-name-server"),
        pytest.param(
            {"domain_ns_aaaa": "fail", "domain_ns_reachable": "not_applicable"},
            FULL | {"ns": 0}, 22 / 32, id="no-name-server",
        ),
        pytest.param({"domain_mail": "not_applicable"}, FULL, 1.0, id="receives-no-mail"),
        pytest.param({"domain_web_ports": "unknown"}, FULL | {"web": None}, None, id="unknown"),
        pytest.param(
            {"domain_web_aaaa": "fail", "domain_web_ports": "unknown"},
            FULL | {"web": 0}, 22 / 32, id="a-failure-needs-no-more",
        ),
        pytest.param(
            {"domain_web_content": "not_applicable"},
            {"ns": 10, "mx": 10, "web": 10}, 1.0, id="no-page-on-both",
        ),
        pytest.param({"domain_web_content": "warn"}, FULL | {"content": 0}, 30 / 32, id="content"),
    ],
)  # fmt: skip
def test_points(
    verdicts: dict[str, Verdict], points: dict[str, int | None], ratio: float | None
) -> None:
    made = findings("domain:stc.example", **(ALL | verdicts))
    shown = snapshot(policy=Policy(domains=("stc.example",)))
    (found,) = domain_points(shown, Verdicts(made))
    assert found.points == points
    assert found.ratio == (pytest.approx(ratio) if ratio is not None else None)


def test_nothing_is_known_of_a_domain_that_nobody_looked_at() -> None:
    (found,) = domain_points(snapshot(policy=Policy(domains=("stc.example",))), Verdicts(()))
    assert found.ratio is None
