"""Route information: what routers in force say, and nobody in force."""

from typing import Any

import pytest

from checks.ipv6 import route_information
from checks.verdict import Finding
from collectors.observation import AdvertisedRoute
from inventory.snapshot import Router
from tests.checks import advertised, lan


def route(prefix: str, lifetime_s: int = 1800) -> AdvertisedRoute:
    return AdvertisedRoute(prefix=prefix, preference="medium", lifetime_s=lifetime_s)


def judge(*routers: Router) -> Finding:
    (finding,) = route_information.judge(lan.snapshot(networks=(lan.network(routers=routers),)))
    return finding


CASES: list[Any] = [
    pytest.param((lan.router(),), "pass", "no unlisted", id="no routes"),
    pytest.param(
        (lan.listed(True, routes=(route("2000::/3"),)),), "pass", "no unlisted", id="listed"
    ),
    pytest.param(
        (lan.listed(False, routes=(route("2000::/3"),)),),
        "fail",
        "2000::/3",
        id="default in disguise",
    ),
    pytest.param(
        (lan.listed(None, routes=(route("::/0"),)),), "fail", "::/0", id="default without a list"
    ),
    pytest.param(
        (lan.listed(False, routes=(route("fd66::/64"),)),), "warn", "fd66", id="stub router"
    ),
    pytest.param(
        (lan.listed(False, routes=(route("::/0", 0),)),), "pass", "no unlisted", id="taken back"
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
    advertised.check_nobody(route_information.judge, network, verdict, reason)
