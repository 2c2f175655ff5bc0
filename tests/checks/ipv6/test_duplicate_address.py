"""Addresses that two stations answer for."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import duplicate_address
from checks.verdict import Finding
from inventory.readiness import Facts
from inventory.snapshot import DuplicateAddress, TapState
from tests.checks import facts, lan


def double(address: str) -> DuplicateAddress:
    return DuplicateAddress(address, (lan.ROUTER_MAC, lan.ROGUE_MAC), lan.NOW - 60, lan.NOW)


def judge(known: Facts, fields: dict[str, Any]) -> Finding:
    network = {key: value for key, value in fields.items() if key in NETWORK}
    rest = {key: value for key, value in fields.items() if key not in NETWORK}
    (finding,) = duplicate_address.judge(
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
DOWN = TapState(available=False, reason="not permitted")
CASES: list[Any] = [
    pytest.param(Facts(), {}, "pass", None, id="none"),
    pytest.param(Facts(), {"duplicates": (double("2001:db8:66::9"),)}, "fail", None, id="one"),
    pytest.param(
        Facts(), {"duplicates": (double("10.66.0.9"),)}, "pass", None, id="IPv4 is another matter"
    ),
    pytest.param(Facts(), {"tap": DOWN}, "unknown", "no_tap", id="no tap"),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    finding = judge(known, fields)
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.summary


def test_evidence_is_json() -> None:
    for case in CASES:
        known, fields, _, _ = case.values
        msgspec.json.encode(judge(known, fields))
