"""Router lifetime: what routers in force say, and nobody in force."""

from typing import Any

import pytest

from checks.ipv6 import router_lifetime
from checks.verdict import Finding
from inventory.snapshot import Router
from tests.checks import advertised, lan


def judge(*routers: Router) -> Finding:
    (finding,) = router_lifetime.judge(lan.snapshot(networks=(lan.network(routers=routers),)))
    return finding


CASES: list[Any] = [
    pytest.param((lan.router(),), "pass", "lifetimes", id="half an hour"),
    pytest.param((lan.router(lifetime_s=29),), "fail", "29 s only", id="too short"),
    pytest.param((lan.router(lifetime_s=30),), "pass", "lifetimes", id="just long enough"),
    pytest.param((lan.router(lifetime_s=9001),), "warn", "9001", id="too long"),
    pytest.param((lan.router(lifetime_s=0),), "pass", "lifetimes", id="no default router"),
    pytest.param(
        (lan.router(), lan.router(address="fe80::2", lifetime_s=9)),
        "fail",
        "fe80::2",
        id="the second of two",
    ),
]


@pytest.mark.parametrize(("routers", "verdict", "says"), CASES)
def test_verdict(routers: tuple[Router, ...], verdict: str, says: str) -> None:
    finding = judge(*routers)
    assert (finding.verdict, says in finding.summary) == (verdict, True), finding.summary


@pytest.mark.parametrize(("network", "verdict", "reason"), advertised.NOBODY)
def test_without_a_router_in_force(
    network: dict[str, Any], verdict: str, reason: str | None
) -> None:
    advertised.check_nobody(router_lifetime.judge, network, verdict, reason)
