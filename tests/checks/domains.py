"""A domain as it was looked at, and what is the same for every check of domains."""

from typing import Any, Literal

import pytest

from checks.verdict import Finding
from collectors.observation import DomainHost, DomainSeen
from inventory.readiness import Facts
from inventory.snapshot import Policy
from tests.checks import facts, lan, verdicts

NAME = "stc.example"
FOUR, SIX = "198.51.100.7", "2001:db8:ff::7"


def seen(aspect: Literal["web", "ns", "mx"], *hosts: DomainHost, **fields: Any) -> DomainSeen:
    values: dict[str, Any] = {"at": lan.NOW - 60} | fields
    return DomainSeen(source="domains", domain=NAME, aspect=aspect, hosts=hosts, **values)


def host(*reached: str, name: str = "www.stc.example", **fields: Any) -> DomainHost:
    values: dict[str, Any] = {"ipv4": (FOUR,), "ipv6": (SIX,)} | fields
    return DomainHost(name, reached=reached, **values)


def unseen(aspect: Literal["web", "ns", "mx"]) -> list[Any]:
    """Cases in which nothing can be said."""
    return [
        pytest.param(None, {}, "unknown", "not_probed", id="not looked at"),
        pytest.param(
            seen(aspect, at=lan.NOW - 9 * 86400), {}, "unknown", "not_probed", id="long ago"
        ),
        pytest.param(
            seen(aspect, error="SERVFAIL"), {}, "unknown", "resolver_unreachable", id="no answer"
        ),
        pytest.param(
            seen(aspect, host(ipv6=())),
            {"resolvers": (facts.tried("lw-1.invalid A", "10.66.0.1"),)},
            "unknown",
            "no_control",
            id="resolvers answer for everything",
        ),
    ]


def judged(judge: verdicts.Judge, known: DomainSeen | None, fields: dict[str, Any]) -> Finding:
    """The finding on the one domain; without domains in the policy there is none."""
    assert list(judge(lan.snapshot())) == []
    domains = (known,) if known is not None else ()
    values: dict[str, Any] = {"policy": Policy(domains=(NAME,))} | fields
    looked_up = Facts(domains=domains, resolvers=values.pop("resolvers", ()))
    (finding,) = judge(facts.snapshot(looked_up, **values))
    assert finding.subject == f"domain:{NAME}"
    return finding
