"""Global addresses of the host."""

from typing import Any

import pytest

from checks.ipv6 import host_global_address
from collectors.observation import StackAddress, StackSeen
from tests.checks import facts, lan, verdicts

CASES: list[Any] = [
    pytest.param(None, {}, "unknown", "not_probed", id="not looked at"),
    pytest.param(
        facts.stack(addresses=(StackAddress("2001:db8:66::2", "eth0", ()),)),
        {},
        "pass",
        None,
        id="there",
    ),
    pytest.param(
        facts.stack(addresses=(StackAddress("fd66::2", "eth0", ()),)),
        {},
        "warn",
        None,
        id="unique local",
    ),
    pytest.param(
        facts.stack(addresses=(StackAddress("2001:db8:66::2", "eth0", ("deprecated",)),)),
        {},
        "fail",
        None,
        id="deprecated",
    ),
    pytest.param(
        facts.stack(addresses=(StackAddress("fe80::2", "eth0", ()),)), {}, "fail", None, id="none"
    ),
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
    verdicts.expect(verdicts.of_host(host_global_address.judge, stack, fields), verdict, reason)
