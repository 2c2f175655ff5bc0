"""Counters of the host."""

from typing import Any

import pytest

from checks.ipv6 import host_path_mtu_counters
from collectors.observation import StackSeen
from tests.checks import facts, verdicts

CASES: list[Any] = [
    pytest.param(None, {}, "unknown", "not_probed", id="not looked at"),
    pytest.param(facts.stack(), {}, "unknown", "observed_too_short", id="once"),
    pytest.param(facts.stack(counters={}), {}, "pass", None, id="nothing rose"),
    pytest.param(facts.stack(counters={"Ip6ReasmFails": 9}), {}, "pass", None, id="a few"),
    pytest.param(facts.stack(counters={"Ip6ReasmFails": 10}), {}, "warn", None, id="many"),
]


@pytest.mark.parametrize(("stack", "fields", "verdict", "reason"), CASES)
def test_verdict(
    stack: StackSeen | None, fields: dict[str, Any], verdict: str, reason: str | None
) -> None:
    verdicts.expect(verdicts.of_host(host_path_mtu_counters.judge, stack, fields), verdict, reason)
