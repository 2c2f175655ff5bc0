"""Prefix lifetimes: what routers in force say, and nobody in force."""

from typing import Any

import pytest

from checks.ipv6 import prefix_lifetimes
from checks.verdict import Finding
from inventory.snapshot import Router
from tests.checks import advertised, lan


def judge(*routers: Router) -> Finding:
    (finding,) = prefix_lifetimes.judge(lan.snapshot(networks=(lan.network(routers=routers),)))
    return finding


CASES: list[Any] = [
    pytest.param((lan.router(),), "pass", "consistent", id="hours"),
    pytest.param(
        (lan.advertising(lan.prefix(preferred_s=7200, valid_s=3600)),),
        "fail",
        "ignore",
        id="preferred for longer than valid",
    ),
    pytest.param(
        (lan.advertising(lan.prefix(preferred_s=0)),), "warn", "deprecates", id="being taken away"
    ),
    pytest.param(
        (lan.advertising(lan.prefix(valid_s=2592000)),), "warn", "30 days", id="slow default"
    ),
    pytest.param((lan.advertising(lan.prefix(valid_s=0xFFFFFFFF)),), "warn", "ever", id="infinite"),
    pytest.param(
        (lan.advertising(lan.prefix(valid_s=0, preferred_s=0)),), "pass", "consistent", id="gone"
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
    advertised.check_nobody(prefix_lifetimes.judge, network, verdict, reason)
