"""Mtu option: what routers in force say, and nobody in force."""

from typing import Any

import pytest

from checks.ipv6 import mtu_option
from checks.verdict import Finding
from inventory.snapshot import Router
from tests.checks import advertised, lan


def judge(*routers: Router) -> Finding:
    (finding,) = mtu_option.judge(lan.snapshot(networks=(lan.network(routers=routers),)))
    return finding


CASES: list[Any] = [
    pytest.param((lan.router(),), "pass", "fits", id="no option"),
    pytest.param((lan.router(mtu=1500),), "pass", "fits", id="Ethernet"),
    pytest.param((lan.router(mtu=1280),), "pass", "fits", id="the least"),
    pytest.param((lan.router(mtu=1279),), "fail", "1279", id="too small"),
    pytest.param((lan.router(mtu=9000),), "warn", "9000", id="jumbo"),
    pytest.param(
        (lan.router(mtu=1500), lan.router(address="fe80::2", mtu=1400)),
        "fail",
        "another",
        id="disagree",
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
    advertised.check_nobody(mtu_option.judge, network, verdict, reason)
