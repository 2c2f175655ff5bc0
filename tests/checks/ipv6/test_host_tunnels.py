"""Tunnels of the host."""

from typing import Any

import pytest

from checks.ipv6 import host_tunnels
from collectors.observation import StackSeen
from tests.checks import facts, verdicts

CASES: list[Any] = [
    pytest.param(None, {}, "unknown", "not_probed", id="not looked at"),
    pytest.param(facts.stack(), {}, "pass", None, id="none"),
    pytest.param(facts.stack(tunnels=("sit1 (sit)",)), {}, "fail", None, id="one"),
]


@pytest.mark.parametrize(("stack", "fields", "verdict", "reason"), CASES)
def test_verdict(
    stack: StackSeen | None, fields: dict[str, Any], verdict: str, reason: str | None
) -> None:
    verdicts.expect(verdicts.of_host(host_tunnels.judge, stack, fields), verdict, reason)
