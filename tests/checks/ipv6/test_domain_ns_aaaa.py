"""Name servers with IPv6."""

from typing import Any

import pytest

from checks.ipv6 import domain_ns_aaaa
from collectors.observation import DomainSeen
from tests.checks import verdicts
from tests.checks.domains import host, judged, seen, unseen

CASES: list[Any] = [
    *unseen("ns"),
    pytest.param(
        seen("ns", host(name="a"), host(name="b"), host(name="c", ipv6=())),
        {},
        "pass",
        None,
        id="two",
    ),
    pytest.param(seen("ns", host(name="a"), host(name="b", ipv6=())), {}, "warn", None, id="one"),
    pytest.param(seen("ns", host(name="a", ipv6=())), {}, "fail", None, id="none"),
    pytest.param(seen("ns"), {}, "unknown", "resolver_unreachable", id="not known"),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(
    known: DomainSeen | None, fields: dict[str, Any], verdict: str, reason: str | None
) -> None:
    verdicts.expect(judged(domain_ns_aaaa.judge, known, fields), verdict, reason)
