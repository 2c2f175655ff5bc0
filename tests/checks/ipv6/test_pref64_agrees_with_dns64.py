"""PREF64 against DNS64."""

from typing import Any

import pytest

from checks.ipv6 import pref64_agrees_with_dns64
from collectors.observation import AdvertisedPref64
from inventory.readiness import Facts
from tests.checks import facts, lan, verdicts

CASES: list[Any] = [
    pytest.param(
        Facts(resolvers=(facts.tried("ipv4only.arpa AAAA", *facts.SYNTHESISED),)),
        {
            "routers": (
                lan.router(pref64=(AdvertisedPref64(prefix="2001:db8:64::/96", lifetime_s=1800),)),
            )
        },
        "pass",
        None,
        id="agree",
    ),
    pytest.param(
        Facts(resolvers=(facts.tried("ipv4only.arpa AAAA", "64:ff9b::c000:aa"),)),
        {
            "routers": (
                lan.router(pref64=(AdvertisedPref64(prefix="2001:db8:64::/96", lifetime_s=1800),)),
            )
        },
        "fail",
        None,
        id="differ",
    ),
    pytest.param(
        Facts(resolvers=(facts.tried(),)),
        {
            "routers": (
                lan.router(pref64=(AdvertisedPref64(prefix="2001:db8:64::/96", lifetime_s=1800),)),
            )
        },
        "not_applicable",
        None,
        id="no DNS64",
    ),
    pytest.param(
        Facts(),
        {
            "routers": (
                lan.router(pref64=(AdvertisedPref64(prefix="2001:db8:64::/96", lifetime_s=1800),)),
            )
        },
        "unknown",
        "not_probed",
        id="not asked",
    ),
    pytest.param(
        Facts(resolvers=(facts.tried("ipv4only.arpa AAAA", *facts.SYNTHESISED),)),
        {"routers": (lan.router(),)},
        "not_applicable",
        None,
        id="no PREF64",
    ),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(
        verdicts.of_network(pref64_agrees_with_dns64.judge, known, fields), verdict, reason
    )
