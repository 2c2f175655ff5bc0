"""Groups that belong to no known address."""

from typing import Any

import pytest

from checks.ipv6 import device_addresses_known
from inventory.snapshot import Device
from tests.checks import lan, verdicts

CASES: list[Any] = [
    pytest.param(lan.device(), {}, "unknown", "not_told", id="no groups"),
    pytest.param(
        lan.device(groups=("ff02::fb",)), {}, "unknown", "not_told", id="no group of an address"
    ),
    pytest.param(lan.device(groups=("ff02::1:ff00:9",)), {}, "pass", None, id="all known"),
    pytest.param(
        lan.device(groups=("ff02::1:ff00:9",), groups_unseen=1),
        {},
        "unknown",
        "addresses_unseen",
        id="one unseen",
    ),
]


@pytest.mark.parametrize(("device", "fields", "verdict", "reason"), CASES)
def test_verdict(device: Device, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(
        verdicts.of_device(device_addresses_known.judge, device, fields), verdict, reason
    )
