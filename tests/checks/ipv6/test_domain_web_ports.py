"""Ports of web hosts."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import domain_web_ports
from collectors.observation import DomainHost, DomainSeen
from inventory.readiness import Facts
from inventory.snapshot import Policy
from tests.checks import facts, lan

NAME = "stc.example"
FOUR, SIX = "198.51.100.7", "2001:db8:ff::7"


def seen(*hosts: DomainHost, **fields: Any) -> DomainSeen:
    values: dict[str, Any] = {"at": lan.NOW - 60} | fields
    return DomainSeen(source="domains", domain=NAME, aspect="web", hosts=hosts, **values)


def host(*reached: str, name: str = "www.stc.example", **fields: Any) -> DomainHost:
    values: dict[str, Any] = {"ipv4": (FOUR,), "ipv6": (SIX,)} | fields
    return DomainHost(name, reached=reached, **values)


CASES: list[Any] = [
    pytest.param(None, {}, "unknown", "not_probed", id="not looked at"),
    pytest.param(seen(at=lan.NOW - 9 * 86400), {}, "unknown", "not_probed", id="long ago"),
    pytest.param(seen(error="SERVFAIL"), {}, "unknown", "resolver_unreachable", id="no answer"),
    pytest.param(
        seen(host(f"{SIX} 443 answered", f"{FOUR} 443 answered")), {}, "pass", None, id="same"
    ),
    pytest.param(
        seen(host(f"{SIX} 80 answered", f"{FOUR} 80 answered", f"{FOUR} 443 answered")),
        {},
        "fail",
        None,
        id="one lacks",
    ),
    pytest.param(seen(host(f"{SIX} 80 answered")), {}, "pass", None, id="more over IPv6"),
    pytest.param(seen(host(ipv4=())), {}, "not_applicable", None, id="IPv6 alone"),
    pytest.param(
        seen(host(f"{FOUR} 80 answered")),
        {"networks": (lan.network(agent_has_ipv6=False),)},
        "unknown",
        "agent_has_no_ipv6",
        id="no own IPv6",
    ),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(
    known: DomainSeen | None, fields: dict[str, Any], verdict: str, reason: str | None
) -> None:
    policy = Policy(domains=(NAME,))
    domains = (known,) if known is not None else ()
    snapshot = facts.snapshot(Facts(domains=domains), **({"policy": policy} | fields))
    (finding,) = domain_web_ports.judge(snapshot)
    assert finding.subject == f"domain:{NAME}"
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.summary
    msgspec.json.encode(finding)


def test_without_domains_there_is_nothing_to_judge() -> None:
    assert list(domain_web_ports.judge(lan.snapshot())) == []
