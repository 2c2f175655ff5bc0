"""The other flag against what DHCPv6 servers do."""

from typing import Any

import pytest

from checks.ipv6 import other_flag
from inventory.readiness import Facts
from tests.checks import facts, lan, verdicts

CASES: list[Any] = [
    pytest.param(Facts(), {"routers": (lan.router(),)}, "pass", None, id="no flag"),
    pytest.param(
        Facts(dhcpv6=(facts.server6("reply"),)),
        {"routers": (lan.router(other=True),)},
        "pass",
        None,
        id="server replies",
    ),
    pytest.param(
        Facts(dhcpv6=(facts.server6("advertise"),), asked=(facts.asked("information_request"),)),
        {"routers": (lan.router(other=True),)},
        "warn",
        None,
        id="server advertises only",
    ),
    pytest.param(
        Facts(asked=(facts.asked("information_request"),)),
        {"routers": (lan.router(other=True),)},
        "warn",
        None,
        id="nobody replies",
    ),
    pytest.param(
        Facts(), {"routers": (lan.router(other=True),)}, "unknown", "not_solicited", id="not asked"
    ),
    pytest.param(Facts(), {"routers": ()}, "not_applicable", None, id="no router"),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_network(other_flag.judge, known, fields), verdict, reason)
