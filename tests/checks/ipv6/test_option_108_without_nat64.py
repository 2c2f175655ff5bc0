"""Option 108 against what leads to IPv4."""

from typing import Any

import pytest

from checks.ipv6 import option_108_without_nat64
from collectors.observation import AdvertisedPref64
from inventory.readiness import Facts
from tests.checks import facts, lan, verdicts

CASES: list[Any] = [
    pytest.param(
        Facts(dhcp=(facts.offer(ipv6_only_wait_s=1800),)),
        {
            "routers": (
                lan.router(pref64=(AdvertisedPref64(prefix="2001:db8:64::/96", lifetime_s=1800),)),
            )
        },
        "pass",
        None,
        id="PREF64",
    ),
    pytest.param(
        Facts(
            dhcp=(facts.offer(ipv6_only_wait_s=1800),),
            resolvers=(facts.tried("ipv4only.arpa AAAA", *facts.SYNTHESISED),),
        ),
        {"routers": (lan.router(),)},
        "pass",
        None,
        id="DNS64",
    ),
    pytest.param(
        Facts(dhcp=(facts.offer(ipv6_only_wait_s=1800),), resolvers=(facts.tried(),)),
        {"routers": (lan.router(),)},
        "fail",
        None,
        id="nothing leads there",
    ),
    pytest.param(
        Facts(dhcp=(facts.offer(ipv6_only_wait_s=1800),)),
        {"routers": (lan.router(),)},
        "unknown",
        "not_probed",
        id="resolvers not asked",
    ),
    pytest.param(
        Facts(
            dhcp=(facts.offer(ipv6_only_wait_s=1800),), resolvers=(facts.tried(outcome="timeout"),)
        ),
        {"routers": (lan.router(),)},
        "unknown",
        "not_probed",
        id="resolvers silent",
    ),
    pytest.param(
        Facts(dhcp=(facts.offer(ipv6_only_wait_s=1800),), resolvers=(facts.tried(),)),
        {"routers": (), "solicitations": 0},
        "unknown",
        "not_solicited",
        id="routers not asked",
    ),
    pytest.param(
        Facts(dhcp=(facts.offer(),)), {"routers": (lan.router(),)}, "pass", None, id="not offered"
    ),
    pytest.param(Facts(), {"routers": (lan.router(),)}, "unknown", "not_solicited", id="not asked"),
    pytest.param(
        Facts(asked=(facts.asked("discover"),)),
        {"routers": (lan.router(),)},
        "pass",
        None,
        id="no server",
    ),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(
        verdicts.of_network(option_108_without_nat64.judge, known, fields), verdict, reason
    )
