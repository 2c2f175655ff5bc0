"""What the host listens on."""

from typing import Any

import pytest

from checks.ipv6 import host_listeners
from collectors.observation import Listener, StackSeen
from tests.checks import facts, verdicts

CASES: list[Any] = [
    pytest.param(None, {}, "unknown", "not_probed", id="not looked at"),
    pytest.param(
        facts.stack(listeners=(Listener("tcp", 80, True, True),)), {}, "pass", None, id="both"
    ),
    pytest.param(
        facts.stack(listeners=(Listener("tcp", 80, True, False),)),
        {},
        "warn",
        None,
        id="IPv4 alone",
    ),
    pytest.param(
        facts.stack(listeners=(Listener("udp", 68, True, False), Listener("tcp", 80, True, True))),
        {},
        "pass",
        None,
        id="DHCPv4 has no IPv6",
    ),
    pytest.param(
        facts.stack(listeners=(Listener("tcp", 80, True, None),)),
        {},
        "unknown",
        "not_told",
        id="cannot be told",
    ),
    pytest.param(
        facts.stack(listeners=(Listener("tcp", 80, True, False, loopback_only=True),)),
        {},
        "not_applicable",
        None,
        id="loopback",
    ),
    pytest.param(
        facts.stack(listeners=(Listener("tcp", 80, False, True),)),
        {},
        "pass",
        None,
        id="IPv6 alone",
    ),
]


@pytest.mark.parametrize(("stack", "fields", "verdict", "reason"), CASES)
def test_verdict(
    stack: StackSeen | None, fields: dict[str, Any], verdict: str, reason: str | None
) -> None:
    verdicts.expect(verdicts.of_host(host_listeners.judge, stack, fields), verdict, reason)
