"""MACs that the host's own addresses show."""

from typing import Any

import pytest

from checks.ipv6 import host_interface_identifiers
from inventory.snapshot import Device
from tests.checks import lan

CASES: list[Any] = [
    pytest.param(lan.device(), "unknown", id="not the own host"),
    pytest.param(lan.device(own=True), "unknown", id="no IPv6 address"),
    pytest.param(
        lan.device("d-1", lan.address("2001:db8:66::9", "eui-64"), own=True), "warn", id="shown"
    ),
    pytest.param(
        lan.device("d-1", lan.address("2001:db8:66::9", "manual"), own=True), "pass", id="hidden"
    ),
]


@pytest.mark.parametrize(("device", "verdict"), CASES)
def test_verdict(device: Device, verdict: str) -> None:
    (finding,) = host_interface_identifiers.judge(lan.snapshot(device))
    assert finding.verdict == verdict
