"""Whether the host has IPv6 switched on."""

from typing import Any

import pytest

from checks.ipv6 import host_stack_enabled
from collectors.observation import StackSeen
from tests.checks import facts, verdicts

CASES: list[Any] = [
    pytest.param(None, {}, "unknown", "not_probed", id="not looked at"),
    pytest.param(facts.stack(), {}, "pass", None, id="on"),
    pytest.param(facts.stack(enabled=False), {}, "fail", None, id="off"),
    pytest.param(
        facts.stack(interfaces={"eth0": {"disable_ipv6": "1"}}), {}, "warn", None, id="off on one"
    ),
    pytest.param(
        facts.stack(interfaces={"lo": {"disable_ipv6": "1"}}),
        {},
        "pass",
        None,
        id="off on loopback",
    ),
]


@pytest.mark.parametrize(("stack", "fields", "verdict", "reason"), CASES)
def test_verdict(
    stack: StackSeen | None, fields: dict[str, Any], verdict: str, reason: str | None
) -> None:
    verdicts.expect(verdicts.of_host(host_stack_enabled.judge, stack, fields), verdict, reason)
