"""Link-local addresses of the host."""

from typing import Any

import pytest

from checks.ipv6 import host_link_local
from collectors.observation import StackAddress, StackSeen
from tests.checks import facts, verdicts

CASES: list[Any] = [
    pytest.param(None, {}, "unknown", "not_probed", id="not looked at"),
    pytest.param(
        facts.stack(addresses=(StackAddress("fe80::2", "eth0", ()),)), {}, "pass", None, id="there"
    ),
    pytest.param(
        facts.stack(addresses=(StackAddress("fe80::2", "eth0", ("dadfailed",)),)),
        {},
        "fail",
        None,
        id="refused",
    ),
    pytest.param(facts.stack(), {}, "fail", None, id="none"),
    pytest.param(
        facts.stack(
            interfaces={"eth0": {}, "eth1": {}}, addresses=(StackAddress("fe80::2", "eth0", ()),)
        ),
        {},
        "warn",
        None,
        id="missing on one",
    ),
    pytest.param(
        facts.stack(interfaces={"eth0": {"disable_ipv6": "1"}}),
        {},
        "unknown",
        "agent_has_no_ipv6",
        id="switched off",
    ),
]


@pytest.mark.parametrize(("stack", "fields", "verdict", "reason"), CASES)
def test_verdict(
    stack: StackSeen | None, fields: dict[str, Any], verdict: str, reason: str | None
) -> None:
    verdicts.expect(verdicts.of_host(host_link_local.judge, stack, fields), verdict, reason)
