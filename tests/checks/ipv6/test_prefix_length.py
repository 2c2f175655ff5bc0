"""Prefix length: what routers in force say, and nobody in force."""

from typing import Any

import pytest

from checks.ipv6 import prefix_length
from checks.verdict import Finding
from inventory.snapshot import Router
from tests.checks import advertised, lan


def judge(*routers: Router) -> Finding:
    (finding,) = prefix_length.judge(lan.snapshot(networks=(lan.network(routers=routers),)))
    return finding


CASES: list[Any] = [
    pytest.param((lan.router(),), "pass", "/64", id="a 64"),
    pytest.param((lan.advertising(lan.prefix("2001:db8:66::/72")),), "fail", "/72", id="too long"),
    pytest.param((lan.advertising(lan.prefix("2001:db8:66::/56")),), "fail", "/56", id="too short"),
    pytest.param(
        (lan.advertising(lan.prefix("2001:db8:66::/72", autonomous=False)),),
        "pass",
        "/64",
        id="not for making addresses",
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
    advertised.check_nobody(prefix_length.judge, network, verdict, reason)
