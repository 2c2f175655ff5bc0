"""The NAT64 prefix against private services."""

from typing import Any

import pytest

from checks.ipv6 import nat64_prefix_reaches_private
from inventory.readiness import Edge, Facts
from inventory.snapshot import MustWork, Policy
from tests.checks import facts, lan, verdicts

KNOWN = facts.tried("ipv4only.arpa AAAA", "64:ff9b::c000:aa")
EDGE = Edge("d-1", "10.66.0.9", "ipv4", 3, 1, lan.NOW - 60, lan.NOW)


CASES: list[Any] = [
    pytest.param(Facts(), {"routers": (lan.router(),)}, "not_applicable", None, id="no NAT64"),
    pytest.param(
        Facts(resolvers=(facts.tried("ipv4only.arpa AAAA", *facts.SYNTHESISED),)),
        {"routers": (lan.router(),)},
        "pass",
        None,
        id="a prefix of its own",
    ),
    pytest.param(
        Facts(resolvers=(KNOWN,)),
        {"policy": Policy(must_work=(MustWork("accounts", "10.1.2.3", 443),))},
        "fail",
        None,
        id="private service",
    ),
    pytest.param(
        Facts(resolvers=(KNOWN,)),
        {
            "policy": Policy(
                must_work=(MustWork("tax", "14.225.0.7", 443), MustWork("x", "a.example", 1))
            )
        },
        "pass",
        None,
        id="public services",
    ),
    pytest.param(
        Facts(resolvers=(KNOWN,), edges=(EDGE,)), {}, "warn", None, id="private neighbours"
    ),
    pytest.param(Facts(resolvers=(KNOWN,)), {}, "pass", None, id="nothing private"),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(
        verdicts.of_network(nat64_prefix_reaches_private.judge, known, fields), verdict, reason
    )
