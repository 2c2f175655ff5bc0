"""DNS64 found by asking for ipv4only.arpa."""

from typing import Any

import pytest

from checks.ipv6 import dns64
from inventory.readiness import Facts
from inventory.snapshot import Policy
from tests.checks import facts, verdicts

CASES: list[Any] = [
    pytest.param(Facts(), {}, "unknown", "not_probed", id="not asked"),
    pytest.param(
        Facts(resolvers=(facts.tried(outcome="timeout", rcode=""),)),
        {},
        "unknown",
        "resolver_unreachable",
        id="silent",
    ),
    pytest.param(Facts(resolvers=(facts.tried(),)), {}, "not_applicable", None, id="none"),
    pytest.param(
        Facts(resolvers=(facts.tried("ipv4only.arpa AAAA", *facts.SYNTHESISED),)),
        {},
        "pass",
        None,
        id="one",
    ),
    pytest.param(
        Facts(
            resolvers=(
                facts.tried("ipv4only.arpa AAAA", *facts.SYNTHESISED),
                facts.tried(resolver="2001:db8:66::53"),
            )
        ),
        {},
        "warn",
        None,
        id="one of two",
    ),
    pytest.param(
        Facts(
            resolvers=(
                facts.tried("ipv4only.arpa AAAA", *facts.SYNTHESISED),
                facts.tried("ipv4only.arpa AAAA", "64:ff9b::c000:aa", resolver="10.66.0.54"),
            )
        ),
        {},
        "warn",
        None,
        id="two prefixes",
    ),
    pytest.param(
        Facts(
            resolvers=(
                facts.tried("ipv4only.arpa AAAA", *facts.SYNTHESISED),
                facts.tried("x7q.invalid AAAA", "2001:db8::1"),
            )
        ),
        {},
        "warn",
        None,
        id="answers anything",
    ),
    pytest.param(
        Facts(resolvers=(facts.tried(rcode="NXDOMAIN"),)), {}, "warn", None, id="denies everything"
    ),
    pytest.param(
        Facts(resolvers=(facts.tried(rcode="NXDOMAIN"),)),
        {"policy": Policy(internet=False)},
        "not_applicable",
        None,
        id="cut off on purpose",
    ),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_network(dns64.judge, known, fields), verdict, reason)
