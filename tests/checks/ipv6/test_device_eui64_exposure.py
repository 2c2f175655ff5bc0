"""MACs that addresses show."""

from typing import Any

import pytest

from checks.ipv6 import device_eui64_exposure
from inventory.snapshot import Address, Device
from tests.checks import lan, verdicts


def pc(*addresses: Address) -> Device:
    return lan.device("d-1", *addresses, kind="workstation")


CASES: list[Any] = [
    pytest.param(
        pc(lan.address("2001:db8:66::9", "eui-64")), {}, "warn", None, id="a client shows it"
    ),
    pytest.param(
        pc(lan.address("2001:db8:66::9", "temporary")), {}, "pass", None, id="a client does not"
    ),
    pytest.param(
        pc(lan.address("fe80::9", "link-local")), {}, "not_applicable", None, id="no global address"
    ),
    pytest.param(
        lan.device("d-1", lan.address("2001:db8:66::9", "eui-64")),
        {},
        "not_applicable",
        None,
        id="a printer may",
    ),
    pytest.param(
        lan.device("d-1", lan.address("2001:db8:66::9", "eui-64"), kind="unknown"),
        {},
        "not_applicable",
        None,
        id="of unknown kind",
    ),
]


@pytest.mark.parametrize(("device", "fields", "verdict", "reason"), CASES)
def test_verdict(device: Device, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(
        verdicts.of_device(device_eui64_exposure.judge, device, fields), verdict, reason
    )
