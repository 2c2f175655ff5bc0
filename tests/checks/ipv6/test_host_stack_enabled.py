"""Whether the host has IPv6 switched on."""

from typing import Any

import pytest

from checks.ipv6 import host_stack_enabled
from collectors.observation import StackSeen
from inventory.readiness import Facts
from tests.checks import facts, verdicts

OFF = facts.stack(
    enabled=False,
    settings={"disable_ipv6": "1"},
    interfaces={"lo": {"disable_ipv6": "1"}, "eth0": {"disable_ipv6": "1"}},
)
CASES: list[Any] = [
    pytest.param(None, {}, "unknown", "not_probed", id="not looked at"),
    pytest.param(facts.stack(), {}, "pass", None, id="on"),
    pytest.param(
        facts.stack(enabled=False, interfaces={}), {}, "unknown", "agent_has_no_ipv6", id="none"
    ),
    pytest.param(OFF, {}, "unknown", "agent_has_no_ipv6", id="off"),
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


def test_what_is_switched_off_where_and_what_to_do() -> None:
    (finding,) = host_stack_enabled.judge(facts.snapshot(Facts(stack=OFF)))
    names = ["net.ipv6.conf.all.disable_ipv6", "net.ipv6.conf.eth0.disable_ipv6"]
    assert list(finding.evidence["sysctls"]) == names
    assert all(name in finding.summary for name in names)
    assert f"sysctl -w {names[0]}=0 {names[1]}=0" in finding.remedy


def test_a_kernel_without_ipv6() -> None:
    none = facts.stack(enabled=False, interfaces={})
    (finding,) = host_stack_enabled.judge(facts.snapshot(Facts(stack=none)))
    assert finding.evidence == {"kernel_has_ipv6": False}
    assert "ipv6.disable=1" in finding.remedy
