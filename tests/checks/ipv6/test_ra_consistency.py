"""Ra consistency: what routers in force say, and nobody in force."""

from typing import Any

import pytest

from checks.ipv6 import ra_consistency
from checks.verdict import Finding
from inventory.snapshot import Router
from tests.checks import advertised, lan


def judge(*routers: Router) -> Finding:
    (finding,) = ra_consistency.judge(lan.snapshot(networks=(lan.network(routers=routers),)))
    return finding


CASES: list[Any] = [
    pytest.param((lan.router(),), "pass", "agree", id="one"),
    pytest.param((lan.router(), lan.router(address="fe80::2")), "pass", "agree", id="two alike"),
    pytest.param(
        (lan.router(), lan.router(address="fe80::2", hop_limit=255)),
        "warn",
        "hop limit",
        id="hop limit",
    ),
    pytest.param(
        (lan.router(), lan.router(address="fe80::2", hop_limit=0)),
        "pass",
        "agree",
        id="not specified",
    ),
    pytest.param(
        (lan.router(managed=True), lan.router(address="fe80::2")), "warn", "managed", id="managed"
    ),
    pytest.param(
        (lan.router(), lan.advertising(lan.prefix(valid_s=7200), address="fe80::2")),
        "warn",
        "7200 s",
        id="lifetimes",
    ),
    pytest.param(
        (lan.router(), lan.advertising(lan.prefix(valid_s=86350), address="fe80::2")),
        "pass",
        "agree",
        id="counting down",
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
    advertised.check_nobody(ra_consistency.judge, network, verdict, reason)
