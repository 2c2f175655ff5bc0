"""Pages of the domain over both families."""

from typing import Any

import pytest

from checks.ipv6 import domain_web_content
from collectors.observation import DomainSeen
from tests.checks import verdicts
from tests.checks.domains import host, judged, seen, unseen

CASES: list[Any] = [
    *unseen("web"),
    pytest.param(
        seen("web", host(status={"ipv4": 200, "ipv6": 200}), similarity=0.97),
        {},
        "pass",
        None,
        id="alike",
    ),
    pytest.param(
        seen("web", host(status={"ipv4": 200, "ipv6": 404})), {}, "warn", None, id="another status"
    ),
    pytest.param(
        seen("web", host(status={"ipv4": 200, "ipv6": 200}), similarity=0.5),
        {},
        "warn",
        None,
        id="another page",
    ),
    pytest.param(
        seen("web", host(status={"ipv4": 200})), {}, "not_applicable", None, id="one family"
    ),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(
    known: DomainSeen | None, fields: dict[str, Any], verdict: str, reason: str | None
) -> None:
    verdicts.expect(judged(domain_web_content.judge, known, fields), verdict, reason)
