"""Resolvers over IPv6."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import resolver_over_ipv6
from inventory.readiness import Facts
from inventory.snapshot import Policy
from tests.checks import facts, lan

OWN6 = (lan.network(),)
NONE6 = (lan.network(agent_has_ipv6=False),)
CASES: list[Any] = [
    pytest.param(Facts(), {}, "unknown", "not_probed", id="not asked"),
    pytest.param(
        Facts(
            resolvers=(
                msgspec.structs.replace(
                    facts.tried(resolver="2001:db8::dead", family="ipv6", outcome="timeout"),
                    at=lan.NOW - 3 * 86400,
                ),
                facts.tried(resolver="2001:db8:66::53", family="ipv6"),
                facts.tried(resolver="2001:db8:66::53", family="ipv6", transport="tcp"),
            )
        ),
        {},
        "pass",
        None,
        id="a dead one of before, which nobody names any more",
    ),
    pytest.param(Facts(resolvers=(facts.tried(),)), {}, "warn", None, id="none has IPv6"),
    pytest.param(
        Facts(resolvers=(facts.tried(),)),
        {"policy": Policy(ipv6_only=True)},
        "fail",
        None,
        id="none has IPv6 and it matters",
    ),
    pytest.param(
        Facts(
            resolvers=(
                facts.tried(resolver="2001:db8:66::53", family="ipv6"),
                facts.tried(resolver="2001:db8:66::53", family="ipv6", transport="tcp"),
            )
        ),
        {},
        "pass",
        None,
        id="both transports",
    ),
    pytest.param(
        Facts(
            resolvers=(
                facts.tried(resolver="2001:db8:66::53", family="ipv6"),
                facts.tried(
                    resolver="2001:db8:66::53", family="ipv6", transport="tcp", outcome="timeout"
                ),
            )
        ),
        {},
        "warn",
        None,
        id="no TCP",
    ),
    pytest.param(
        Facts(
            resolvers=(
                facts.tried(),
                facts.tried(resolver="2001:db8:66::53", family="ipv6", outcome="timeout"),
            )
        ),
        {},
        "fail",
        None,
        id="silent",
    ),
    pytest.param(
        Facts(
            resolvers=(
                facts.tried(resolver="2001:db8:66::53", family="ipv6"),
                facts.tried(resolver="2001:db8:66::53", family="ipv6", transport="tcp"),
                facts.tried(resolver="2001:db8:66::54", family="ipv6", outcome="timeout"),
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
                facts.tried(resolver="2001:db8:66::53", family="ipv6", outcome="unreachable"),
            )
        ),
        {"networks": NONE6},
        "unknown",
        "agent_has_no_ipv6",
        id="no own IPv6",
    ),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    (finding,) = resolver_over_ipv6.judge(facts.snapshot(known, **({"networks": OWN6} | fields)))
    assert finding.subject == "organisation"
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.summary
    msgspec.json.encode(finding)
