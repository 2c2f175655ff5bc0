"""Prefix flags: what routers in force say, and nobody in force."""

from typing import Any

import pytest

from checks.ipv6 import prefix_flags
from checks.verdict import Finding
from inventory.snapshot import Router
from tests.checks import advertised, lan


def judge(*routers: Router) -> Finding:
    (finding,) = prefix_flags.judge(lan.snapshot(networks=(lan.network(routers=routers),)))
    return finding


CASES: list[Any] = [
    pytest.param((lan.router(),), "pass", "2001:db8:66::/64", id="autonomous"),
    pytest.param(
        (lan.advertising(lan.prefix(autonomous=False)),),
        "fail",
        "no prefix",
        id="neither flag nor DHCPv6",
    ),
    pytest.param(
        (lan.advertising(lan.prefix(autonomous=False), managed=True),),
        "warn",
        "DHCPv6 only",
        id="DHCPv6 alone",
    ),
    pytest.param((lan.advertising(lan.prefix(valid_s=0)),), "fail", "no prefix", id="taken back"),
    pytest.param((lan.advertising(),), "fail", "no prefix", id="no prefix"),
    pytest.param(
        (lan.advertising(lan.prefix(on_link=False)),),
        "pass",
        "2001",
        id="autonomous and not on-link",
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
    advertised.check_nobody(prefix_flags.judge, network, verdict, reason)
