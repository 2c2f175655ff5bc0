"""Neighbours asked by multicast and by unicast."""

from typing import Any

import pytest

from checks.ipv6 import multicast_nd
from collectors.observation import NeighbourCompared
from inventory.readiness import Facts
from inventory.snapshot import TapState
from tests.checks import lan, verdicts


def near(number: int, multicast: bool, unicast: bool, **fields: Any) -> NeighbourCompared:
    values: dict[str, Any] = {"at": lan.NOW - 60} | fields
    return NeighbourCompared(
        source="nd_compare", interface="eth0", mac=lan.ROUTER_MAC, address=f"fe80::{number}",
        multicast=multicast, unicast=unicast, probes=3, **values,
    )  # fmt: skip


DOWN = TapState(available=False, reason="not permitted")
CASES: list[Any] = [
    pytest.param(
        Facts(
            compared=(
                near(0, True, True),
                near(1, True, True),
            )
        ),
        {},
        "pass",
        None,
        id="both work",
    ),
    pytest.param(
        Facts(
            compared=(
                near(0, True, True),
                near(1, False, False),
            )
        ),
        {},
        "pass",
        None,
        id="one is away",
    ),
    pytest.param(
        Facts(
            compared=(
                near(0, False, True),
                near(1, True, True),
                near(2, True, True),
            )
        ),
        {},
        "warn",
        None,
        id="one of several",
    ),
    pytest.param(
        Facts(
            compared=(
                near(0, False, True),
                near(1, False, True),
                near(2, True, True),
            )
        ),
        {},
        "fail",
        None,
        id="two of several",
    ),
    pytest.param(Facts(compared=(near(0, False, True),)), {}, "fail", None, id="the only one"),
    pytest.param(
        Facts(compared=(near(0, False, False),)), {}, "unknown", "not_probed", id="nobody answered"
    ),
    pytest.param(Facts(), {}, "unknown", "not_probed", id="not asked"),
    pytest.param(
        Facts(compared=(near(1, False, True, at=lan.NOW - 3 * 86400),)),
        {},
        "unknown",
        "not_probed",
        id="long ago",
    ),
    pytest.param(Facts(), {"tap": DOWN}, "unknown", "no_tap", id="no tap"),
    pytest.param(Facts(), {"interface": ""}, "unknown", "not_listened", id="routed"),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_network(multicast_nd.judge, known, fields), verdict, reason)
