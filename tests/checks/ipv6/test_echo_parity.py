"""Answers over both families."""

from typing import Any

import pytest

from checks.ipv6 import echo_parity
from inventory.snapshot import Device
from tests.checks import lan, verdicts


def host(four: bool | None, six: bool | None) -> Device:
    told: dict[Any, bool | None] = {"ipv4": four, "ipv6": six}
    reachable = {family: up for family, up in told.items() if up is not None}
    return lan.device("d-1", "10.66.0.9", "fe80::9", reachable=reachable)


CASES: list[Any] = [
    pytest.param(host(True, True), {}, "pass", None, id="both"),
    pytest.param(host(True, False), {}, "warn", None, id="IPv4 alone"),
    pytest.param(host(False, True), {}, "pass", None, id="IPv6 alone"),
    pytest.param(host(False, False), {}, "unknown", "device_unreachable", id="neither"),
    pytest.param(host(True, None), {}, "unknown", "not_probed", id="not asked"),
    pytest.param(lan.device(), {}, "not_applicable", None, id="one family"),
]


@pytest.mark.parametrize(("device", "fields", "verdict", "reason"), CASES)
def test_verdict(device: Device, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_device(echo_parity.judge, device, fields), verdict, reason)
