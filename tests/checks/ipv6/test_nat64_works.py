"""Whether anchors answer through NAT64, with IPv4 as control."""

from typing import Any

import pytest

from checks.ipv6 import nat64_works
from collectors.observation import ReachTried
from inventory.readiness import Facts
from tests.checks import facts, lan

DNS64 = (facts.tried("ipv4only.arpa AAAA", *facts.SYNTHESISED),)


def reach(name: str, family: Any, outcome: Any = "answered") -> ReachTried:
    address = "2001:db8:64::c633:6401" if family == "ipv6" else "198.51.100.1"
    return ReachTried(
        at=lan.NOW - 60, source="anchors", name=name, address=address, family=family, port=443,
        outcome=outcome,
    )  # fmt: skip


DEAD = reach("nat64", "ipv6", "timeout")
CASES: list[Any] = [
    pytest.param(Facts(), "not_applicable", None, id="no prefix"),
    pytest.param(Facts(resolvers=DNS64), "unknown", "not_probed", id="not tried"),
    pytest.param(
        Facts(resolvers=DNS64, reached=(reach("nat64", "ipv6"),)), "pass", None, id="works"
    ),
    pytest.param(
        Facts(resolvers=DNS64, reached=(DEAD, reach("a", "ipv4"))), "fail", None, id="dead"
    ),
    pytest.param(Facts(resolvers=DNS64, reached=(DEAD,)), "unknown", "no_control", id="cut off"),
]


@pytest.mark.parametrize(("known", "verdict", "reason"), CASES)
def test_verdict(known: Facts, verdict: str, reason: str | None) -> None:
    (finding,) = nat64_works.judge(facts.snapshot(known))
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.summary
