"""Rdnss: what routers in force say, and nobody in force."""

from typing import Any

import pytest

from checks.ipv6 import rdnss
from checks.verdict import Finding
from collectors.observation import AdvertisedResolvers
from inventory.snapshot import Router
from tests.checks import advertised, lan


def told(lifetime_s: int) -> AdvertisedResolvers:
    return AdvertisedResolvers(addresses=("2001:db8:66::53",), lifetime_s=lifetime_s)


def judge(*routers: Router) -> Finding:
    (finding,) = rdnss.judge(lan.snapshot(networks=(lan.network(routers=routers),)))
    return finding


CASES: list[Any] = [
    pytest.param((lan.router(rdnss=("2001:db8:66::53",)),), "pass", "2001:db8:66::53", id="named"),
    pytest.param((lan.router(),), "fail", "no resolver", id="none"),
    pytest.param((lan.router(other=True),), "warn", "DHCPv6", id="left to DHCPv6"),
    pytest.param((lan.router(resolvers=(told(0),)),), "fail", "back", id="taken back"),
    pytest.param((lan.router(resolvers=(told(10),)),), "warn", "10 s only", id="too short"),
]


@pytest.mark.parametrize(("routers", "verdict", "says"), CASES)
def test_verdict(routers: tuple[Router, ...], verdict: str, says: str) -> None:
    finding = judge(*routers)
    assert (finding.verdict, says in finding.summary) == (verdict, True), finding.summary


@pytest.mark.parametrize(("network", "verdict", "reason"), advertised.NOBODY)
def test_without_a_router_in_force(
    network: dict[str, Any], verdict: str, reason: str | None
) -> None:
    advertised.check_nobody(rdnss.judge, network, verdict, reason)
