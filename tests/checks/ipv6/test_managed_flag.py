"""The managed flag against what DHCPv6 servers do."""

from typing import Any

import pytest

from checks.ipv6 import managed_flag
from inventory.readiness import Facts
from inventory.snapshot import TapState
from tests.checks import facts, lan, verdicts

DOWN = TapState(available=False, reason="not permitted")
CASES: list[Any] = [
    pytest.param(
        Facts(dhcpv6=(facts.server6(addresses=("2001:db8:66::100",)),)),
        {"routers": (lan.router(managed=True),)},
        "pass",
        None,
        id="flag and server",
    ),
    pytest.param(Facts(), {"routers": (lan.router(),)}, "pass", None, id="neither"),
    pytest.param(
        Facts(dhcpv6=(facts.server6(addresses=("2001:db8:66::100",)),)),
        {"routers": (lan.router(),)},
        "warn",
        None,
        id="server without a flag",
    ),
    pytest.param(
        Facts(asked=(facts.asked("solicit"),)),
        {"routers": (lan.router(managed=True),)},
        "fail",
        None,
        id="flag without a server",
    ),
    pytest.param(
        Facts(asked=(facts.asked("solicit"),), dhcpv6=(facts.server6(status=2),)),
        {"routers": (lan.router(managed=True),)},
        "fail",
        None,
        id="server without addresses",
    ),
    pytest.param(
        Facts(asked=(facts.asked("solicit", 1),)),
        {"routers": (lan.router(managed=True),)},
        "unknown",
        "not_solicited",
        id="asked once",
    ),
    pytest.param(
        Facts(asked=(facts.asked("information_request", 9),)),
        {"routers": (lan.router(managed=True),)},
        "unknown",
        "not_solicited",
        id="asked something else",
    ),
    pytest.param(
        Facts(asked=(facts.asked("solicit"),)),
        {"routers": (lan.router(managed=True),), "tap": DOWN},
        "unknown",
        "no_tap",
        id="no tap",
    ),
    pytest.param(
        Facts(
            dhcpv6=(facts.server6(addresses=("2001:db8:66::1",), at=lan.NOW - 8 * 86400),),
            asked=(facts.asked("solicit"),),
        ),
        {"routers": (lan.router(managed=True),)},
        "fail",
        None,
        id="server of last week",
    ),
    pytest.param(Facts(), {"routers": ()}, "not_applicable", None, id="no router"),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_network(managed_flag.judge, known, fields), verdict, reason)
