"""Whether the host heeds advertisements."""

from typing import Any

import pytest

from checks.ipv6 import host_accepts_advertisements
from collectors.observation import StackRoute, StackSeen
from tests.checks import facts, lan, verdicts

CASES: list[Any] = [
    pytest.param(None, {}, "unknown", "not_probed", id="not looked at"),
    pytest.param(
        facts.stack(interfaces={"eth0": {"accept_ra": "1", "forwarding": "0"}}),
        {},
        "pass",
        None,
        id="does",
    ),
    pytest.param(
        facts.stack(interfaces={"eth0": {"accept_ra": "2", "forwarding": "1"}}),
        {},
        "pass",
        None,
        id="a forwarder that does",
    ),
    pytest.param(
        facts.stack(interfaces={"eth0": {"accept_ra": "1", "forwarding": "1"}}),
        {},
        "fail",
        None,
        id="a forwarder that does not",
    ),
    pytest.param(
        facts.stack(interfaces={"eth0": {"accept_ra": "0"}}), {}, "fail", None, id="told not to"
    ),
    pytest.param(
        facts.stack(
            interfaces={"eth0": {"accept_ra": "0"}},
            routes=(StackRoute("ipv6", "fe80::1", "eth0", gateway_state=""),),
        ),
        {},
        "pass",
        None,
        id="another program does",
    ),
    pytest.param(
        facts.stack(interfaces={"eth0": {"accept_ra": "0"}}),
        {"networks": (lan.network(),)},
        "not_applicable",
        None,
        id="nobody advertises",
    ),
]


@pytest.mark.parametrize(("stack", "fields", "verdict", "reason"), CASES)
def test_verdict(
    stack: StackSeen | None, fields: dict[str, Any], verdict: str, reason: str | None
) -> None:
    verdicts.expect(
        verdicts.of_host(host_accepts_advertisements.judge, stack, fields), verdict, reason
    )
