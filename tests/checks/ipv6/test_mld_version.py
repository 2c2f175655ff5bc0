"""The version of the queries."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import mld_version
from checks.verdict import Finding
from collectors.observation import QuerierSeen
from inventory.readiness import Facts
from tests.checks import facts, lan


def query(address: str = "fe80::1", **fields: Any) -> QuerierSeen:
    values: dict[str, Any] = {"version": 2, "at": lan.NOW - 60, "mac": lan.ROUTER_MAC} | fields
    return QuerierSeen(source="tap", interface="eth0", address=address, **values)


def judge(known: Facts, fields: dict[str, Any]) -> Finding:
    network = {key: value for key, value in fields.items() if key in NETWORK}
    rest = {key: value for key, value in fields.items() if key not in NETWORK}
    (finding,) = mld_version.judge(
        facts.snapshot(known, networks=(lan.network(**network),), **rest)
    )
    return finding


NETWORK = (
    "routers",
    "interface",
    "solicitations",
    "agent_has_ipv6",
    "ipv6",
    "listened_s",
    "duplicates",
)
CASES: list[Any] = [
    pytest.param(Facts(queriers=(query(),)), {}, "pass", None, id="two"),
    pytest.param(
        Facts(queriers=(query(), query("fe80::9", version=1))), {}, "warn", None, id="one"
    ),
    pytest.param(
        Facts(queriers=(query(version=1, at=lan.NOW - 2 * 86400),)), {}, "pass", None, id="long ago"
    ),
    pytest.param(Facts(), {"listened_s": 0.0}, "unknown", "observed_too_short", id="just begun"),
    pytest.param(Facts(), {"interface": ""}, "unknown", "not_listened", id="routed"),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    finding = judge(known, fields)
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.summary


def test_evidence_is_json() -> None:
    for case in CASES:
        known, fields, _, _ = case.values
        msgspec.json.encode(judge(known, fields))
