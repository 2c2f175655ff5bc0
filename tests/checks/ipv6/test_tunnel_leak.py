"""Tunnels that go past the network."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import tunnel_leak
from checks.verdict import Finding
from collectors.observation import TunnelSeen
from inventory.readiness import Facts
from inventory.snapshot import TapState
from tests.checks import facts, lan


def tunnel(**fields: Any) -> TunnelSeen:
    values: dict[str, Any] = {"kind": "6in4", "at": lan.NOW - 60} | fields
    return TunnelSeen(
        source="tap", interface="eth0", mac=lan.ROGUE_MAC, address="10.66.0.9",
        peer="198.51.100.1", **values,
    )  # fmt: skip


def judge(known: Facts, fields: dict[str, Any]) -> Finding:
    network = {key: value for key, value in fields.items() if key in NETWORK}
    rest = {key: value for key, value in fields.items() if key not in NETWORK}
    (finding,) = tunnel_leak.judge(
        facts.snapshot(known, networks=(lan.network(**network),), **rest)
    )
    return finding


NETWORK = ("routers", "interface", "solicitations", "agent_has_ipv6", "ipv6")
DOWN = TapState(available=False, reason="not permitted")
CASES: list[Any] = [
    pytest.param(Facts(), {}, "pass", None, id="none"),
    pytest.param(Facts(tunnels=(tunnel(),)), {}, "fail", None, id="one"),
    pytest.param(Facts(tunnels=(tunnel(), tunnel(kind="teredo"))), {}, "fail", None, id="two"),
    pytest.param(Facts(tunnels=(tunnel(at=lan.NOW - 8 * 86400),)), {}, "pass", None, id="long ago"),
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
