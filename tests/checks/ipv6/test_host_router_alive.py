"""The state of the host's router."""

from typing import Any

import pytest

from checks.ipv6 import host_router_alive
from collectors.observation import StackRoute, StackSeen
from tests.checks import facts, verdicts

CASES: list[Any] = [
    pytest.param(None, {}, "unknown", "not_probed", id="not looked at"),
    pytest.param(
        facts.stack(routes=(StackRoute("ipv6", "fe80::1", "eth0", gateway_state="STALE"),)),
        {},
        "pass",
        None,
        id="stale is normal",
    ),
    pytest.param(
        facts.stack(routes=(StackRoute("ipv6", "fe80::1", "eth0", gateway_state="FAILED"),)),
        {},
        "fail",
        None,
        id="dead",
    ),
    pytest.param(
        facts.stack(
            routes=(
                StackRoute("ipv6", "fe80::1", "eth0", gateway_state="FAILED"),
                StackRoute("ipv6", "fe80::2", "eth0", gateway_state="REACHABLE"),
            )
        ),
        {},
        "warn",
        None,
        id="one of two",
    ),
    pytest.param(
        facts.stack(routes=(StackRoute("ipv6", "fe80::1", "eth0", gateway_state=""),)),
        {},
        "unknown",
        "not_probed",
        id="not used yet",
    ),
    pytest.param(facts.stack(), {}, "not_applicable", None, id="no route"),
]


@pytest.mark.parametrize(("stack", "fields", "verdict", "reason"), CASES)
def test_verdict(
    stack: StackSeen | None, fields: dict[str, Any], verdict: str, reason: str | None
) -> None:
    verdicts.expect(verdicts.of_host(host_router_alive.judge, stack, fields), verdict, reason)
