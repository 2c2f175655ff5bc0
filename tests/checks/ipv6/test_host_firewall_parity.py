"""The packet filter of the host."""

from typing import Any

import pytest

from checks.ipv6 import host_firewall_parity
from collectors.observation import StackSeen
from tests.checks import facts, verdicts

CASES: list[Any] = [
    pytest.param(None, {}, "unknown", "not_probed", id="not looked at"),
    pytest.param(facts.stack(filters={"ipv4": True, "ipv6": True}), {}, "pass", None, id="both"),
    pytest.param(
        facts.stack(filters={"ipv4": False, "ipv6": False}), {}, "pass", None, id="neither"
    ),
    pytest.param(
        facts.stack(filters={"ipv4": True, "ipv6": False}), {}, "fail", None, id="forgotten"
    ),
    pytest.param(
        facts.stack(filters={"ipv4": False, "ipv6": True}), {}, "warn", None, id="the other way"
    ),
    pytest.param(
        facts.stack(filters={"ipv4": None, "ipv6": None}),
        {},
        "unknown",
        "no_rights",
        id="not readable",
    ),
    pytest.param(
        facts.stack(filters={"ipv4": True, "ipv6": True}, filtered_icmpv6=(2,)),
        {},
        "fail",
        None,
        id="drops packet too big",
    ),
    pytest.param(
        facts.stack(filters={"ipv4": True, "ipv6": True}, filtered_icmpv6=(128,)),
        {},
        "pass",
        None,
        id="drops echo",
    ),
]


@pytest.mark.parametrize(("stack", "fields", "verdict", "reason"), CASES)
def test_verdict(
    stack: StackSeen | None, fields: dict[str, Any], verdict: str, reason: str | None
) -> None:
    verdicts.expect(verdicts.of_host(host_firewall_parity.judge, stack, fields), verdict, reason)
