"""The way out of the host."""

from typing import Any

import pytest

from checks.ipv6 import host_default_route
from collectors.observation import StackRoute, StackSeen
from inventory.snapshot import Policy
from tests.checks import facts, lan, verdicts

CASES: list[Any] = [
    pytest.param(None, {}, "unknown", "not_probed", id="not looked at"),
    pytest.param(
        facts.stack(routes=(StackRoute("ipv6", "fe80::1", "eth0", gateway_state="STALE"),)),
        {},
        "pass",
        None,
        id="one",
    ),
    pytest.param(
        facts.stack(
            routes=(
                StackRoute("ipv6", "fe80::1", "eth0", gateway_state=""),
                StackRoute("ipv6", "fe80::2", "eth0", gateway_state=""),
            )
        ),
        {},
        "warn",
        None,
        id="two",
    ),
    pytest.param(
        facts.stack(
            routes=(
                StackRoute("ipv6", "fe80::1", "eth0", gateway_state=""),
                StackRoute("ipv6", "fe80::2", "eth0", gateway_state=""),
            )
        ),
        {"policy": Policy(routers=("fe80::1", "fe80::2"))},
        "pass",
        None,
        id="two that are listed",
    ),
    pytest.param(
        facts.stack(
            routes=(
                StackRoute("ipv6", lan.router().address, "eth0", gateway_state=""),
                StackRoute("ipv6", "fe80::2", "eth0", gateway_state=""),
            )
        ),
        {"policy": Policy(routers=(lan.router().mac, "fe80::2"))},
        "pass",
        None,
        id="two that are listed, one by its MAC",
    ),
    pytest.param(
        facts.stack(interfaces={"lo": {}, "eth0": {"disable_ipv6": "1"}}),
        {},
        "unknown",
        "agent_has_no_ipv6",
        id="switched off",
    ),
    pytest.param(facts.stack(), {}, "fail", None, id="none"),
    pytest.param(
        facts.stack(),
        {"networks": (lan.network(),)},
        "unknown",
        "network_has_no_router",
        id="no router",
    ),
]


@pytest.mark.parametrize(("stack", "fields", "verdict", "reason"), CASES)
def test_verdict(
    stack: StackSeen | None, fields: dict[str, Any], verdict: str, reason: str | None
) -> None:
    verdicts.expect(verdicts.of_host(host_default_route.judge, stack, fields), verdict, reason)
