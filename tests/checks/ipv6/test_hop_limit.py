"""Hop limit: what routers in force say, and nobody in force."""

from typing import Any

import pytest

from checks.ipv6 import hop_limit
from checks.verdict import Finding
from inventory.snapshot import Router
from tests.checks import advertised, lan


def judge(*routers: Router) -> Finding:
    (finding,) = hop_limit.judge(lan.snapshot(networks=(lan.network(routers=routers),)))
    return finding


CASES: list[Any] = [
    pytest.param((lan.router(hop_limit=64),), "pass", "far", id="usual"),
    pytest.param((lan.router(hop_limit=0),), "pass", "far", id="not specified"),
    pytest.param((lan.router(hop_limit=31),), "fail", "31", id="short"),
    pytest.param((lan.router(hop_limit=1),), "fail", "hop limit of 1", id="cut off"),
    pytest.param((lan.router(hop_limit=32),), "pass", "far", id="just enough"),
]


@pytest.mark.parametrize(("routers", "verdict", "says"), CASES)
def test_verdict(routers: tuple[Router, ...], verdict: str, says: str) -> None:
    finding = judge(*routers)
    assert (finding.verdict, says in finding.summary) == (verdict, True), finding.summary


@pytest.mark.parametrize(("network", "verdict", "reason"), advertised.NOBODY)
def test_without_a_router_in_force(
    network: dict[str, Any], verdict: str, reason: str | None
) -> None:
    advertised.check_nobody(hop_limit.judge, network, verdict, reason)
