"""Neighbours asked by multicast and by unicast."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import multicast_nd
from checks.verdict import Finding
from collectors.observation import NeighbourCompared
from inventory.readiness import Facts
from inventory.snapshot import TapState
from tests.checks import facts, lan


def near(number: int, multicast: bool, unicast: bool, **fields: Any) -> NeighbourCompared:
    values: dict[str, Any] = {"at": lan.NOW - 60} | fields
    return NeighbourCompared(
        source="nd_compare", interface="eth0", mac=lan.ROUTER_MAC, address=f"fe80::{number}",
        multicast=multicast, unicast=unicast, probes=3, **values,
    )  # fmt: skip


def judge(known: Facts, fields: dict[str, Any]) -> Finding:
    network = {key: value for key, value in fields.items() if key in NETWORK}
    rest = {key: value for key, value in fields.items() if key not in NETWORK}
    (finding,) = multicast_nd.judge(
        facts.snapshot(known, networks=(lan.network(**network),), **rest)
    )
    return finding


NETWORK = ("routers", "interface", "solicitations", "agent_has_ipv6", "ipv6")
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
    finding = judge(known, fields)
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.summary


def test_evidence_is_json() -> None:
    for case in CASES:
        known, fields, _, _ = case.values
        msgspec.json.encode(judge(known, fields))
