"""Broken IPv6 that the fall-back hides."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import masked_by_fallback
from collectors.observation import ReachTried
from inventory.readiness import Facts
from inventory.snapshot import Policy
from tests.checks import facts, lan


def reach(
    name: str, family: Any, outcome: Any = "answered", at: float = lan.NOW - 60
) -> ReachTried:
    address = "2001:db8:ff::1" if family == "ipv6" else "198.51.100.1"
    return ReachTried(
        at=at,
        source="anchors",
        name=name,
        address=address,
        family=family,
        port=443,
        outcome=outcome,
    )


POLICY = Policy(anchors=("a:443", "b:443"))

OWN6 = (lan.network(),)
NONE6 = (lan.network(agent_has_ipv6=False),)
DEAD = (reach("a", "ipv6", "timeout"), reach("a", "ipv4"))
LIE = facts.tried("lw-1.invalid AAAA", "2001:db8::1")
CASES: list[Any] = [
    pytest.param(
        Facts(reached=DEAD, resolvers=(LIE,)),
        {"policy": POLICY},
        "unknown",
        "captive_portal",
        id="resolvers lie",
    ),
    pytest.param(
        Facts(), {"policy": Policy(internet=False)}, "not_applicable", None, id="cut off on purpose"
    ),
    pytest.param(
        Facts(
            reached=(
                reach("a", "ipv6"),
                reach("a", "ipv4"),
            )
        ),
        {"policy": POLICY},
        "pass",
        None,
        id="works",
    ),
    pytest.param(
        Facts(
            reached=(
                reach("a", "ipv6", "unreachable"),
                reach("a", "ipv4"),
            )
        ),
        {"policy": POLICY},
        "pass",
        None,
        id="fails at once",
    ),
    pytest.param(
        Facts(
            reached=(
                reach("a", "ipv6", "timeout"),
                reach("a", "ipv4"),
            )
        ),
        {"policy": POLICY},
        "fail",
        None,
        id="waits",
    ),
    pytest.param(
        Facts(
            reached=(
                reach("a", "ipv6", "timeout"),
                reach("a", "ipv4"),
                reach("b", "ipv6"),
                reach("b", "ipv4"),
                reach("c", "ipv6"),
                reach("c", "ipv4"),
            )
        ),
        {"policy": POLICY},
        "warn",
        None,
        id="one of three waits",
    ),
    pytest.param(
        Facts(
            reached=(
                reach("a", "ipv6", "timeout"),
                reach("a", "ipv4", "timeout"),
            )
        ),
        {"policy": POLICY},
        "unknown",
        "no_control",
        id="cut off",
    ),
    pytest.param(Facts(), {}, "unknown", "not_configured", id="no anchors"),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    (finding,) = masked_by_fallback.judge(facts.snapshot(known, **({"networks": OWN6} | fields)))
    assert finding.subject == "organisation"
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.summary
    msgspec.json.encode(finding)
