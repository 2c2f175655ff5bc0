"""Who answers neighbour solicitations."""

from typing import Any

import pytest

from checks.ipv6 import device_answers_nd
from collectors.observation import NeighbourCompared
from inventory.readiness import Facts
from inventory.snapshot import Device
from tests.checks import lan, verdicts


def near(multicast: bool, unicast: bool) -> NeighbourCompared:
    return NeighbourCompared(
        at=lan.NOW - 60, source="nd_compare", interface="eth0", mac="00:1b:a9:00:00:09",
        address="fe80::9", multicast=multicast, unicast=unicast,
    )  # fmt: skip


CASES: list[Any] = [
    pytest.param(
        lan.device("d-1", lan.address("fe80::9", answers=True)), {}, "pass", None, id="answers"
    ),
    pytest.param(
        lan.device("d-1", "10.66.0.9", lan.address("fe80::9", answers=False)),
        {},
        "warn",
        None,
        id="silent",
    ),
    pytest.param(
        lan.device("d-1", lan.address("fe80::9", answers=False), state="down"),
        {},
        "unknown",
        "device_unreachable",
        id="down",
    ),
    pytest.param(lan.device("d-1", "fe80::9"), {}, "unknown", "not_probed", id="not asked"),
    pytest.param(
        lan.device("d-1", "2001:db8:1::9", macs=()),
        {},
        "unknown",
        "not_listened",
        id="behind a router",
    ),
    pytest.param(lan.device(), {}, "not_applicable", None, id="no IPv6"),
    pytest.param(
        lan.device("d-1", "fe80::9"),
        {"facts": Facts(compared=(near(False, True),))},
        "pass",
        None,
        id="answers to unicast",
    ),
    pytest.param(
        lan.device("d-1", "fe80::9"),
        {"facts": Facts(compared=(near(False, False),))},
        "warn",
        None,
        id="answers to nothing",
    ),
]


@pytest.mark.parametrize(("device", "fields", "verdict", "reason"), CASES)
def test_verdict(device: Device, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_device(device_answers_nd.judge, device, fields), verdict, reason)
