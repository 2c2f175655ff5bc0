"""AAAA records of web hosts."""

from typing import Any

import pytest

from checks.ipv6 import domain_web_aaaa
from collectors.observation import DomainSeen
from tests.checks import verdicts
from tests.checks.domains import host, judged, seen, unseen

CASES: list[Any] = [
    *unseen("web"),
    pytest.param(seen("web", host()), {}, "pass", None, id="has"),
    pytest.param(seen("web", host(ipv6=())), {}, "fail", None, id="has none"),
    pytest.param(
        seen("web", host(), host(name="stc.example", ipv6=())), {}, "warn", None, id="one of two"
    ),
    pytest.param(seen("web", host(ipv6=("::ffff:198.51.100.7",))), {}, "fail", None, id="mapped"),
    pytest.param(seen("web", host(ipv6=("fe80::1",))), {}, "fail", None, id="link-local"),
    pytest.param(seen("web"), {}, "not_applicable", None, id="no host"),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(
    known: DomainSeen | None, fields: dict[str, Any], verdict: str, reason: str | None
) -> None:
    verdicts.expect(judged(domain_web_aaaa.judge, known, fields), verdict, reason)
