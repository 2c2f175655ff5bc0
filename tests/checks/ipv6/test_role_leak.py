"""Roles that the groups of a device tell."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import role_leak
from inventory.snapshot import Device, Policy
from tests.checks import lan, verdicts

CASES: list[Any] = [
    pytest.param(lan.device(), {}, "unknown", "not_told", id="no groups"),
    pytest.param(lan.device(groups=("ff02::fb",)), {}, "pass", None, id="no role"),
    pytest.param(lan.device(groups=("ff02::2",)), {}, "warn", None, id="a printer that forwards"),
    pytest.param(lan.device(groups=("ff02::1:2",)), {}, "warn", None, id="a printer that leases"),
    pytest.param(lan.device(groups=("ff02::2",), kind="router"), {}, "pass", None, id="a router"),
    pytest.param(
        lan.device(groups=("ff02::1:2",)),
        {"policy": Policy(dhcp_servers=("10.66.0.9",))},
        "pass",
        None,
        id="a listed server",
    ),
    pytest.param(
        lan.device(groups=("ff02::2",)),
        {"policy": Policy(routers=("00:1B:A9:00:00:09",))},
        "pass",
        None,
        id="a listed router",
    ),
    pytest.param(
        lan.device(groups=("ff02::2",), kind="router"),
        {
            "policy": Policy(routers=("02:00:00:00:00:77",)),
            "networks": (
                lan.network(
                    routers=(msgspec.structs.replace(lan.router(), device=lan.device().id),)
                ),
            ),
        },
        "warn",
        None,
        id="a router by what it advertises, and in no list",
    ),
]


@pytest.mark.parametrize(("device", "fields", "verdict", "reason"), CASES)
def test_verdict(device: Device, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_device(role_leak.judge, device, fields), verdict, reason)
