"""Ports of web hosts."""

from typing import Any

import pytest

from checks.ipv6 import domain_web_ports
from collectors.observation import DomainSeen
from tests.checks import lan, verdicts
from tests.checks.domains import FOUR, SIX, host, judged, seen, unseen

CASES: list[Any] = [
    *unseen("web"),
    pytest.param(
        seen("web", host(f"{SIX} 443 answered", f"{FOUR} 443 answered")),
        {},
        "pass",
        None,
        id="same",
    ),
    pytest.param(
        seen("web", host(f"{SIX} 80 answered", f"{FOUR} 80 answered", f"{FOUR} 443 answered")),
        {},
        "fail",
        None,
        id="one lacks",
    ),
    pytest.param(seen("web", host(f"{SIX} 80 answered")), {}, "pass", None, id="more over IPv6"),
    pytest.param(
        seen("web", host(f"{FOUR} 80 answered", f"{SIX} 80 timeout")),
        {},
        "not_applicable",
        None,
        id="dead over IPv6",
    ),
    pytest.param(seen("web", host(ipv4=())), {}, "not_applicable", None, id="IPv6 alone"),
    pytest.param(
        seen("web", host(f"{FOUR} 80 answered")),
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
    verdicts.expect(judged(domain_web_ports.judge, known, fields), verdict, reason)
