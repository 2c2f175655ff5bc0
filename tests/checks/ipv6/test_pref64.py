"""Pref64: what routers in force say, and nobody in force."""

from typing import Any

import pytest

from checks.ipv6 import pref64
from checks.verdict import Finding
from collectors.observation import AdvertisedPref64
from inventory.snapshot import Router
from tests.checks import advertised, lan


def nat(prefix: str = "64:ff9b::/96", lifetime_s: int = 1800) -> AdvertisedPref64:
    return AdvertisedPref64(prefix=prefix, lifetime_s=lifetime_s)


def judge(*routers: Router) -> Finding:
    (finding,) = pref64.judge(lan.snapshot(networks=(lan.network(routers=routers),)))
    return finding


CASES: list[Any] = [
    pytest.param((lan.router(),), "pass", "no NAT64", id="dual stack"),
    pytest.param((lan.router(pref64=(nat(),)),), "pass", "64:ff9b::/96", id="usable"),
    pytest.param((lan.router(pref64=(nat(lifetime_s=0),)),), "fail", "back", id="taken back"),
    pytest.param(
        (lan.router(pref64=(nat(lifetime_s=600),)),), "warn", "600 s only", id="too short"
    ),
    pytest.param(
        (lan.router(pref64=(nat(), nat("2001:db8:64::/96"))),), "warn", "others", id="several"
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
    advertised.check_nobody(pref64.judge, network, verdict, reason)
