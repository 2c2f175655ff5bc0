"""Mail hosts over IPv6."""

from typing import Any

import pytest

from checks.ipv6 import domain_mail
from collectors.observation import DomainSeen
from tests.checks import verdicts
from tests.checks.domains import FOUR, SIX, host, judged, seen, unseen

CASES: list[Any] = [
    *unseen("mx"),
    pytest.param(
        seen("mx", host(f"{SIX} 25 answered", f"{FOUR} 25 answered")),
        {},
        "pass",
        None,
        id="answers",
    ),
    pytest.param(
        seen("mx", host(f"{SIX} 25 timeout", f"{FOUR} 25 answered")), {}, "fail", None, id="dead"
    ),
    pytest.param(
        seen("mx", host(f"{SIX} 25 timeout", f"{FOUR} 25 timeout")),
        {},
        "unknown",
        "no_control",
        id="port 25 is closed to us",
    ),
    pytest.param(seen("mx", host(ipv6=())), {}, "fail", None, id="no AAAA"),
    pytest.param(
        seen("mx", host(name="a"), host(name="b", ipv6=())), {}, "warn", None, id="one of two"
    ),
    pytest.param(seen("mx", host(), null_mx=True), {}, "not_applicable", None, id="takes no mail"),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(
    known: DomainSeen | None, fields: dict[str, Any], verdict: str, reason: str | None
) -> None:
    verdicts.expect(judged(domain_mail.judge, known, fields), verdict, reason)
