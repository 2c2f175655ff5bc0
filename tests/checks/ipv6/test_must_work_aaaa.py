"""Services that must work, and what their names lead to."""

from typing import Any

import pytest

from checks.ipv6 import must_work_aaaa
from inventory.readiness import Facts
from inventory.snapshot import MustWork, Policy
from tests.checks import facts

A = facts.tried("tax.example A", "198.51.100.7")
CASES: list[Any] = [
    pytest.param("tax.example", (), "unknown", "not_probed", id="not looked up"),
    pytest.param(
        "Tax.Example.", (A, facts.tried("tax.example AAAA", "2001:db8::7")), "pass", None, id="has"
    ),
    pytest.param("tax.example", (A, facts.tried("tax.example AAAA")), "fail", None, id="IPv4 only"),
    pytest.param(
        "tax.example",
        (facts.tried("tax.example AAAA", rcode="NXDOMAIN"),),
        "unknown",
        "not_told",
        id="no such name here",
    ),
    pytest.param(
        "tax.example",
        (
            A,
            facts.tried("ipv4only.arpa AAAA", *facts.SYNTHESISED),
            facts.tried("tax.example AAAA", "2001:db8:64::c633:6407"),
        ),
        "fail",
        None,
        id="an AAAA that DNS64 made up",
    ),
    pytest.param(
        "tax.example",
        (
            facts.tried("tax.example AAAA", "2001:db8::7"),
            facts.tried("lw-1.invalid AAAA", "2001:db8::7"),
        ),
        "unknown",
        "no_control",
        id="an AAAA of a resolver that answers for everything",
    ),
    pytest.param(
        "tax.example",
        (
            facts.tried("tax.example AAAA", "2001:db8::7"),
            facts.tried("lw-1.invalid AAAA", "2001:db8::7"),
            facts.tried("tax.example A", "198.51.100.7", resolver="10.66.0.54"),
            facts.tried("tax.example AAAA", resolver="10.66.0.54"),
        ),
        "fail",
        None,
        id="only the honest resolver counts",
    ),
    pytest.param("2001:db8::7", (), "pass", None, id="an IPv6 address"),
    pytest.param("10.1.2.3", (), "fail", None, id="an IPv4 address"),
]


@pytest.mark.parametrize(("host", "tried", "verdict", "reason"), CASES)
def test_verdict(host: str, tried: Any, verdict: str, reason: str | None) -> None:
    policy = Policy(must_work=(MustWork("tax", host, 443),))
    (finding,) = must_work_aaaa.judge(facts.snapshot(Facts(resolvers=tried), policy=policy))
    assert (finding.subject, finding.verdict, finding.reason) == ("service:tax", verdict, reason)
