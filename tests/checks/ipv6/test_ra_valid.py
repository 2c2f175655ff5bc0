"""Advertisements that hosts must not heed."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import ra_valid
from checks.verdict import Finding
from collectors.observation import AdvertisementRefused
from inventory.readiness import Facts
from inventory.snapshot import TapState
from tests.checks import facts, lan


def refused(**fields: Any) -> AdvertisementRefused:
    values: dict[str, Any] = {"interface": "eth0", "at": lan.NOW - 60} | fields
    return AdvertisementRefused(
        source="tap", mac=lan.ROGUE_MAC, address="fe80::66", reason="hop limit 64", **values
    )


def judge(known: Facts, fields: dict[str, Any]) -> Finding:
    network = {key: value for key, value in fields.items() if key in NETWORK}
    rest = {key: value for key, value in fields.items() if key not in NETWORK}
    (finding,) = ra_valid.judge(facts.snapshot(known, networks=(lan.network(**network),), **rest))
    return finding


NETWORK = ("routers", "interface", "solicitations", "agent_has_ipv6", "ipv6")
DOWN = TapState(available=False, reason="not permitted")
CASES: list[Any] = [
    pytest.param(Facts(), {}, "pass", None, id="none"),
    pytest.param(Facts(refused=(refused(),)), {}, "fail", None, id="one"),
    pytest.param(
        Facts(refused=(refused(at=lan.NOW - 2 * 86400),)), {}, "pass", None, id="long ago"
    ),
    pytest.param(Facts(refused=(refused(interface="eth9"),)), {}, "pass", None, id="elsewhere"),
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
