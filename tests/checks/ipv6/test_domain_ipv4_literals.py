"""IPv4 addresses in pages."""

from typing import Any

import pytest

from checks.ipv6 import domain_ipv4_literals
from collectors.observation import DomainSeen
from tests.checks import verdicts
from tests.checks.domains import host, judged, seen, unseen

CASES: list[Any] = [
    *unseen("web"),
    pytest.param(seen("web", host(status={"ipv4": 200})), {}, "pass", None, id="none"),
    pytest.param(
        seen("web", host(status={"ipv4": 200}), literals=("http://10.1.2.3/app.js",)),
        {},
        "warn",
        None,
        id="one",
    ),
    pytest.param(seen("web", host()), {}, "unknown", "not_probed", id="no page"),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(
    known: DomainSeen | None, fields: dict[str, Any], verdict: str, reason: str | None
) -> None:
    verdicts.expect(judged(domain_ipv4_literals.judge, known, fields), verdict, reason)
