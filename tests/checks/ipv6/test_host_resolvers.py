"""Resolvers of the host."""

from typing import Any

import pytest

from checks.ipv6 import host_resolvers
from collectors.observation import StackSeen
from tests.checks import facts, verdicts

CASES: list[Any] = [
    pytest.param(None, {}, "unknown", "not_probed", id="not looked at"),
    pytest.param(
        facts.stack(resolvers=("10.66.0.53", "2001:db8:66::53")), {}, "pass", None, id="both"
    ),
    pytest.param(facts.stack(resolvers=("10.66.0.53",)), {}, "warn", None, id="IPv4 alone"),
    pytest.param(facts.stack(resolvers=("127.0.0.53",)), {}, "unknown", "not_told", id="a stub"),
    pytest.param(facts.stack(), {}, "fail", None, id="none"),
]


@pytest.mark.parametrize(("stack", "fields", "verdict", "reason"), CASES)
def test_verdict(
    stack: StackSeen | None, fields: dict[str, Any], verdict: str, reason: str | None
) -> None:
    verdicts.expect(verdicts.of_host(host_resolvers.judge, stack, fields), verdict, reason)
