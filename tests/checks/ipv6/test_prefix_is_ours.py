"""Prefixes against the list of those that are ours."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import prefix_is_ours
from checks.verdict import Finding
from inventory.readiness import Facts
from inventory.snapshot import Policy
from tests.checks import facts, lan


def judge(known: Facts, fields: dict[str, Any]) -> Finding:
    network = {key: value for key, value in fields.items() if key in NETWORK}
    rest = {key: value for key, value in fields.items() if key not in NETWORK}
    (finding,) = prefix_is_ours.judge(
        facts.snapshot(known, networks=(lan.network(**network),), **rest)
    )
    return finding


NETWORK = ("routers", "interface", "solicitations", "agent_has_ipv6", "ipv6")
CASES: list[Any] = [
    pytest.param(Facts(), {"routers": (lan.router(),)}, "unknown", "not_configured", id="no list"),
    pytest.param(
        Facts(),
        {"routers": (lan.router(),), "policy": Policy(allocations=("2001:db8::/40",))},
        "pass",
        None,
        id="ours",
    ),
    pytest.param(
        Facts(),
        {
            "routers": (lan.router(prefixes=("2001:db8:166::/64",)),),
            "policy": Policy(allocations=("2001:db8:66::/48",)),
        },
        "fail",
        None,
        id="foreign",
    ),
    pytest.param(
        Facts(),
        {
            "routers": (lan.router(prefixes=("fd00:66::/64",)),),
            "policy": Policy(allocations=("2001:db8::/40",)),
        },
        "pass",
        None,
        id="unique local",
    ),
    pytest.param(
        Facts(),
        {"routers": (), "policy": Policy(allocations=("2001:db8::/40",))},
        "not_applicable",
        None,
        id="no router",
    ),
    pytest.param(
        Facts(),
        {"routers": (), "solicitations": 0, "policy": Policy(allocations=("2001:db8::/40",))},
        "unknown",
        "not_solicited",
        id="not asked",
    ),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    finding = judge(known, fields)
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.summary


def test_evidence_is_json() -> None:
    for case in CASES:
        known, fields, _, _ = case.values
        msgspec.json.encode(judge(known, fields))
