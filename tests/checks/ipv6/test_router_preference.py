"""Router preference: what routers in force say, and nobody in force."""

from typing import Any

import pytest

from checks.ipv6 import router_preference
from checks.verdict import Finding
from inventory.snapshot import Router
from tests.checks import advertised, lan


def judge(*routers: Router) -> Finding:
    (finding,) = router_preference.judge(lan.snapshot(networks=(lan.network(routers=routers),)))
    return finding


CASES: list[Any] = [
    pytest.param((lan.router(),), "pass", "no unlisted", id="medium"),
    pytest.param((lan.listed(True, preference="high"),), "pass", "no unlisted", id="listed"),
    pytest.param((lan.listed(False, preference="high"),), "fail", "high", id="stranger"),
    pytest.param((lan.listed(None, preference="high"),), "warn", "high", id="no list"),
    pytest.param((lan.listed(False, preference="low"),), "pass", "no unlisted", id="low"),
]


@pytest.mark.parametrize(("routers", "verdict", "says"), CASES)
def test_verdict(routers: tuple[Router, ...], verdict: str, says: str) -> None:
    finding = judge(*routers)
    assert (finding.verdict, says in finding.summary) == (verdict, True), finding.summary


@pytest.mark.parametrize(("network", "verdict", "reason"), advertised.NOBODY)
def test_without_a_router_in_force(
    network: dict[str, Any], verdict: str, reason: str | None
) -> None:
    advertised.check_nobody(router_preference.judge, network, verdict, reason)
