"""Routers that advertise and answer, or do not."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import gateway_reachable
from tests.checks import advertised, lan

ROUTER = msgspec.structs.replace(lan.router(), device="d-r")
CASES: list[Any] = [
    pytest.param({"ipv6": True}, "pass", None, id="answers"),
    pytest.param({"ipv4": True, "ipv6": False}, "fail", None, id="silent over IPv6"),
    pytest.param({"ipv4": True}, "unknown", "not_probed", id="not asked over IPv6"),
]


@pytest.mark.parametrize(("reachable", "verdict", "reason"), CASES)
def test_verdict(reachable: dict[Any, bool], verdict: str, reason: str | None) -> None:
    device = lan.device("d-r", reachable=reachable)
    (finding,) = gateway_reachable.judge(
        lan.snapshot(device, networks=(lan.network(routers=(ROUTER,)),))
    )
    assert (finding.verdict, finding.reason) == (verdict, reason)


@pytest.mark.parametrize(("network", "verdict", "reason"), advertised.NOBODY)
def test_without_a_router_in_force(
    network: dict[str, Any], verdict: str, reason: str | None
) -> None:
    advertised.check_nobody(gateway_reachable.judge, network, verdict, reason)
