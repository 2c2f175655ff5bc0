"""Web hosts over IPv6."""

from typing import Any

import pytest

from checks.ipv6 import domain_web_reachable
from collectors.observation import DomainSeen
from tests.checks import lan, verdicts
from tests.checks.domains import FOUR, SIX, host, judged, seen, unseen

CASES: list[Any] = [
    *unseen("web"),
    pytest.param(seen("web", host(f"{SIX} 443 answered")), {}, "pass", None, id="answers"),
    pytest.param(
        seen("web", host(f"{SIX} 443 timeout", f"{FOUR} 443 answered")), {}, "fail", None, id="dead"
    ),
    pytest.param(
        seen("web", host(f"{SIX} 443 answered", ipv6=(SIX, "2001:db8:ff::8"))),
        {},
        "warn",
        None,
        id="one of two",
    ),
    pytest.param(seen("web", host(ipv6=())), {}, "not_applicable", None, id="no AAAA"),
    pytest.param(
        seen("web", host(f"{SIX} 443 unreachable")),
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
    verdicts.expect(judged(domain_web_reachable.judge, known, fields), verdict, reason)
