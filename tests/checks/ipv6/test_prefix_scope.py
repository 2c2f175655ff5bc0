"""Prefix scope: what routers in force say, and nobody in force."""

from typing import Any

import pytest

from checks.ipv6 import prefix_scope
from checks.verdict import Finding
from inventory.snapshot import Router
from tests.checks import advertised, lan


def judge(*routers: Router) -> Finding:
    (finding,) = prefix_scope.judge(lan.snapshot(networks=(lan.network(routers=routers),)))
    return finding


CASES: list[Any] = [
    pytest.param((lan.router(),), "pass", "global", id="documentation counts as global"),
    pytest.param(
        (lan.advertising(lan.prefix("2405:4800:66::/64")),), "pass", "global", id="global"
    ),
    pytest.param(
        (lan.advertising(lan.prefix("fd66::/64")),), "warn", "prefer IPv4", id="unique local alone"
    ),
    pytest.param(
        (lan.advertising(lan.prefix("fd66::/64"), lan.prefix()),),
        "pass",
        "global",
        id="unique local beside",
    ),
    pytest.param((lan.advertising(lan.prefix("2002:a42:1::/64")),), "fail", "6to4", id="6to4"),
    pytest.param(
        (lan.advertising(lan.prefix("2002:a42:1::/64"), lan.prefix()),),
        "fail",
        "6to4",
        id="6to4 beside",
    ),
    pytest.param(
        (lan.advertising(lan.prefix("fec0::/64")),), "fail", "site-local", id="site-local"
    ),
    pytest.param((lan.advertising(),), "fail", "no global", id="nothing"),
    pytest.param((lan.advertising(managed=True),), "pass", "DHCPv6", id="DHCPv6"),
]


@pytest.mark.parametrize(("routers", "verdict", "says"), CASES)
def test_verdict(routers: tuple[Router, ...], verdict: str, says: str) -> None:
    finding = judge(*routers)
    assert (finding.verdict, says in finding.summary) == (verdict, True), finding.summary


@pytest.mark.parametrize(("network", "verdict", "reason"), advertised.NOBODY)
def test_without_a_router_in_force(
    network: dict[str, Any], verdict: str, reason: str | None
) -> None:
    advertised.check_nobody(prefix_scope.judge, network, verdict, reason)
