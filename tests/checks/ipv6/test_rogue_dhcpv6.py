"""DHCPv6 servers against the list of those allowed."""

from typing import Any

import pytest

from checks.ipv6 import rogue_dhcpv6
from inventory.readiness import Facts
from inventory.snapshot import Policy, TapState
from tests.checks import facts, lan, verdicts

DOWN = TapState(available=False, reason="not permitted")
CASES: list[Any] = [
    pytest.param(
        Facts(dhcpv6=(facts.server6(),)),
        {"policy": Policy(dhcp_servers=("fe80::53",))},
        "pass",
        None,
        id="listed by address",
    ),
    pytest.param(
        Facts(dhcpv6=(facts.server6(),)),
        {"policy": Policy(dhcp_servers=(facts.SERVER_MAC.upper(),))},
        "pass",
        None,
        id="listed by MAC",
    ),
    pytest.param(
        Facts(dhcpv6=(facts.server6(), facts.server6(mac=lan.ROGUE_MAC, address="fe80::66"))),
        {"policy": Policy(dhcp_servers=("fe80::53",))},
        "fail",
        None,
        id="a stranger",
    ),
    pytest.param(
        Facts(dhcpv6=(facts.server6(),)), {}, "unknown", "no_allow_list", id="one without a list"
    ),
    pytest.param(
        Facts(dhcpv6=(facts.server6(), facts.server6("reply"))),
        {},
        "unknown",
        "no_allow_list",
        id="one that said two things",
    ),
    pytest.param(
        Facts(dhcpv6=(facts.server6(), facts.server6(mac=lan.ROGUE_MAC))),
        {},
        "warn",
        None,
        id="two without a list",
    ),
    pytest.param(Facts(asked=(facts.asked("solicit"),)), {}, "pass", None, id="nobody"),
    pytest.param(Facts(), {}, "unknown", "not_solicited", id="not asked"),
    pytest.param(
        Facts(asked=(facts.asked("solicit"),)), {"tap": DOWN}, "unknown", "no_tap", id="no tap"
    ),
    pytest.param(
        Facts(asked=(facts.asked("solicit"),)),
        {"interface": ""},
        "unknown",
        "not_listened",
        id="routed",
    ),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_network(rogue_dhcpv6.judge, known, fields), verdict, reason)
