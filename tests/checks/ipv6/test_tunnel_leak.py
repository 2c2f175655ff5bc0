"""Tunnels that go past the network."""

from typing import Any

import pytest

from checks.ipv6 import tunnel_leak
from collectors.observation import TunnelSeen
from inventory.readiness import Facts
from inventory.snapshot import TapState
from tests.checks import lan, verdicts


def tunnel(**fields: Any) -> TunnelSeen:
    values: dict[str, Any] = {"kind": "6in4", "at": lan.NOW - 60} | fields
    return TunnelSeen(
        source="tap", interface="eth0", mac=lan.ROGUE_MAC, address="10.66.0.9",
        peer="198.51.100.1", **values,
    )  # fmt: skip


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
    verdicts.expect(verdicts.of_network(tunnel_leak.judge, known, fields), verdict, reason)
