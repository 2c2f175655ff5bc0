"""The NAT64 prefix against private services."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import nat64_prefix_reaches_private
from checks.verdict import Finding
from inventory.readiness import Edge, Facts
from inventory.snapshot import MustWork, Policy
from tests.checks import facts, lan

KNOWN = facts.tried("ipv4only.arpa AAAA", "64:ff9b::c000:aa")
EDGE = Edge("d-1", "10.66.0.9", "ipv4", 3, 1, lan.NOW - 60, lan.NOW)


def judge(known: Facts, fields: dict[str, Any]) -> Finding:
    network = {key: value for key, value in fields.items() if key in NETWORK}
    rest = {key: value for key, value in fields.items() if key not in NETWORK}
    (finding,) = nat64_prefix_reaches_private.judge(
        facts.snapshot(known, networks=(lan.network(**network),), **rest)
    )
    return finding


NETWORK = ("routers", "interface", "solicitations", "agent_has_ipv6", "ipv6")
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
    finding = judge(known, fields)
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.summary


def test_evidence_is_json() -> None:
    for case in CASES:
        known, fields, _, _ = case.values
        msgspec.json.encode(judge(known, fields))
