"""Addresses that the kernel refused."""

from typing import Any

import pytest

from checks.ipv6 import host_duplicate_address
from collectors.observation import StackAddress, StackSeen
from tests.checks import facts, verdicts

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
    verdicts.expect(verdicts.of_host(host_duplicate_address.judge, stack, fields), verdict, reason)
