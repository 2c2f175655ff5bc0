"""Option 108 in DHCP offers."""

from typing import Any

import pytest

from checks.ipv6 import option_108
from inventory.readiness import Facts
from inventory.snapshot import Policy
from tests.checks import facts, verdicts

CASES: list[Any] = [
    pytest.param(Facts(dhcp=(facts.offer(ipv6_only_wait_s=1800),)), {}, "pass", None, id="offered"),
    pytest.param(
        Facts(dhcp=(facts.offer(ipv6_only_wait_s=0),)), {}, "pass", None, id="offered with no time"
    ),
    pytest.param(
        Facts(dhcp=(facts.offer(),), asked=(facts.asked("discover"),)),
        {},
        "not_applicable",
        None,
        id="dual stack",
    ),
    pytest.param(
        Facts(dhcp=(facts.offer(),), asked=(facts.asked("discover"),)),
        {"policy": Policy(ipv6_only=True)},
        "warn",
        None,
        id="goal missed",
    ),
    pytest.param(
        Facts(asked=(facts.asked("discover"),)),
        {"policy": Policy(ipv6_only=True)},
        "not_applicable",
        None,
        id="no server",
    ),
    pytest.param(
        Facts(dhcp=(facts.offer(),)),
        {"policy": Policy(ipv6_only=True)},
        "unknown",
        "not_solicited",
        id="heard, not asked",
    ),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_network(option_108.judge, known, fields), verdict, reason)
