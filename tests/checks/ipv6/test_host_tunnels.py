"""Tunnels of the host."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import host_tunnels
from collectors.observation import StackSeen
from inventory.readiness import Facts
from tests.checks import facts

CASES: list[Any] = [
    pytest.param(None, {}, "unknown", "not_probed", id="not looked at"),
    pytest.param(facts.stack(), {}, "pass", None, id="none"),
    pytest.param(facts.stack(tunnels=("sit1 (sit)",)), {}, "fail", None, id="one"),
]


@pytest.mark.parametrize(("stack", "fields", "verdict", "reason"), CASES)
def test_verdict(
    stack: StackSeen | None, fields: dict[str, Any], verdict: str, reason: str | None
) -> None:
    (finding,) = host_tunnels.judge(facts.snapshot(Facts(stack=stack), **fields))
    assert finding.subject == "host"
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.summary
    msgspec.json.encode(finding)
