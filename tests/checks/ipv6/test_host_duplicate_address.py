"""Addresses that the kernel refused."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import host_duplicate_address
from collectors.observation import StackAddress, StackSeen
from inventory.readiness import Facts
from tests.checks import facts

CASES: list[Any] = [
    pytest.param(None, {}, "unknown", "not_probed", id="not looked at"),
    pytest.param(
        facts.stack(addresses=(StackAddress("fe80::2", "eth0", ()),)), {}, "pass", None, id="fine"
    ),
    pytest.param(
        facts.stack(
            addresses=(
                StackAddress("2001:db8:66::2", "eth0", ("permanent", "tentative", "dadfailed")),
            )
        ),
        {},
        "fail",
        None,
        id="refused",
    ),
    pytest.param(facts.stack(), {}, "not_applicable", None, id="no address"),
]


@pytest.mark.parametrize(("stack", "fields", "verdict", "reason"), CASES)
def test_verdict(
    stack: StackSeen | None, fields: dict[str, Any], verdict: str, reason: str | None
) -> None:
    (finding,) = host_duplicate_address.judge(facts.snapshot(Facts(stack=stack), **fields))
    assert finding.subject == "host"
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.summary
    msgspec.json.encode(finding)
