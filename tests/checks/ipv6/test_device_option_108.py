"""What a device says when it asks for a lease."""

from typing import Any

import pytest

from checks.ipv6 import device_option_108
from inventory.snapshot import Device, DhcpClient, Policy
from tests.checks import lan, verdicts


def client(capable: bool | None) -> Device:
    return lan.device(dhcp=DhcpClient(ipv6_only_capable=capable))


CASES: list[Any] = [
    pytest.param(lan.device(), {}, "unknown", "not_told", id="never heard"),
    pytest.param(client(None), {}, "unknown", "not_told", id="no list"),
    pytest.param(client(True), {}, "pass", None, id="can"),
    pytest.param(client(False), {}, "not_applicable", None, id="cannot, and need not"),
    pytest.param(
        client(False), {"policy": Policy(ipv6_only=True)}, "warn", None, id="cannot, and should"
    ),
]


@pytest.mark.parametrize(("device", "fields", "verdict", "reason"), CASES)
def test_verdict(device: Device, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_device(device_option_108.judge, device, fields), verdict, reason)
