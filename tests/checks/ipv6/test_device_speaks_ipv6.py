"""Devices that speak IPv6, and those that could not be heard."""

from typing import Any

import pytest

from checks.ipv6 import device_speaks_ipv6
from inventory.snapshot import Device, TapState
from tests.checks import lan, verdicts

CASES: list[Any] = [
    pytest.param(lan.device("d-1", "10.66.0.9", "fe80::9"), {}, "pass", None, id="an address"),
    pytest.param(lan.device(groups=("ff02::1:ff00:9",)), {}, "pass", None, id="groups alone"),
    pytest.param(lan.device(), {}, "fail", None, id="silent in five passes"),
    pytest.param(
        lan.device(discovery_cycles=2), {}, "unknown", "too_few_cycles", id="too few passes"
    ),
    pytest.param(lan.device(state="down"), {}, "unknown", "device_unreachable", id="down"),
    pytest.param(lan.device(state="asleep"), {}, "unknown", "device_unreachable", id="asleep"),
    pytest.param(lan.device(macs=()), {}, "unknown", "not_listened", id="behind a router"),
    pytest.param(lan.device(network="n-9"), {}, "unknown", "not_listened", id="elsewhere"),
    pytest.param(
        lan.device(), {"tap": TapState(available=False)}, "unknown", "no_tap", id="no tap"
    ),
    pytest.param(
        lan.device(),
        {"networks": (lan.network(agent_has_ipv6=False),)},
        "unknown",
        "agent_has_no_ipv6",
        id="no own IPv6",
    ),
]


@pytest.mark.parametrize(("device", "fields", "verdict", "reason"), CASES)
def test_verdict(device: Device, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_device(device_speaks_ipv6.judge, device, fields), verdict, reason)
