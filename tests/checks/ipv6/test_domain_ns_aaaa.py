"""Name servers with IPv6."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import domain_ns_aaaa
from collectors.observation import DomainHost, DomainSeen
from inventory.readiness import Facts
from inventory.snapshot import Policy
from tests.checks import facts, lan

NAME = "stc.example"
FOUR, SIX = "198.51.100.7", "2001:db8:ff::7"


def seen(*hosts: DomainHost, **fields: Any) -> DomainSeen:
    values: dict[str, Any] = {"at": lan.NOW - 60} | fields
    return DomainSeen(source="domains", domain=NAME, aspect="ns", hosts=hosts, **values)


def host(*reached: str, name: str = "www.stc.example", **fields: Any) -> DomainHost:
    values: dict[str, Any] = {"ipv4": (FOUR,), "ipv6": (SIX,)} | fields
    return DomainHost(name, reached=reached, **values)


CASES: list[Any] = [
    pytest.param(None, {}, "unknown", "not_probed", id="not looked at"),
    pytest.param(seen(at=lan.NOW - 9 * 86400), {}, "unknown", "not_probed", id="long ago"),
    pytest.param(seen(error="SERVFAIL"), {}, "unknown", "resolver_unreachable", id="no answer"),
    pytest.param(
        seen(host(name="a"), host(name="b"), host(name="c", ipv6=())), {}, "pass", None, id="two"
    ),
    pytest.param(seen(host(name="a"), host(name="b", ipv6=())), {}, "warn", None, id="one"),
    pytest.param(seen(host(name="a", ipv6=())), {}, "fail", None, id="none"),
    pytest.param(seen(), {}, "unknown", "resolver_unreachable", id="not known"),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(
    known: DomainSeen | None, fields: dict[str, Any], verdict: str, reason: str | None
) -> None:
    policy = Policy(domains=(NAME,))
    domains = (known,) if known is not None else ()
    snapshot = facts.snapshot(Facts(domains=domains), **({"policy": policy} | fields))
    (finding,) = domain_ns_aaaa.judge(snapshot)
    assert finding.subject == f"domain:{NAME}"
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.summary
    msgspec.json.encode(finding)


def test_without_domains_there_is_nothing_to_judge() -> None:
    assert list(domain_ns_aaaa.judge(lan.snapshot())) == []
