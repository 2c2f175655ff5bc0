"""Who queries the multicast groups."""

from typing import Any

import pytest

from checks.ipv6 import mld_querier
from collectors.observation import NeighbourCompared, QuerierSeen
from inventory.readiness import Facts
from inventory.snapshot import TapState
from tests.checks import lan, verdicts


def query(address: str = "fe80::1", **fields: Any) -> QuerierSeen:
    values: dict[str, Any] = {"version": 2, "at": lan.NOW - 60, "mac": lan.ROUTER_MAC} | fields
    return QuerierSeen(source="tap", interface="eth0", address=address, **values)


def near(number: int, multicast: bool, unicast: bool, **fields: Any) -> NeighbourCompared:
    values: dict[str, Any] = {"at": lan.NOW - 60} | fields
    return NeighbourCompared(
        source="nd_compare", interface="eth0", mac=lan.ROUTER_MAC, address=f"fe80::{number}",
        multicast=multicast, unicast=unicast, probes=3, **values,
    )  # fmt: skip


DOWN = TapState(available=False, reason="not permitted")
CASES: list[Any] = [
    pytest.param(Facts(queriers=(query(),)), {}, "pass", None, id="one"),
    pytest.param(
        Facts(queriers=(query(), query("fe80::2", mac=lan.ROGUE_MAC))), {}, "warn", None, id="two"
    ),
    pytest.param(
        Facts(queriers=(query(), query("::", mac=lan.ROGUE_MAC))),
        {},
        "pass",
        None,
        id="a proxy beside it",
    ),
    pytest.param(
        Facts(queriers=(query(at=lan.NOW - 600),), compared=(near(1, True, True),)),
        {},
        "pass",
        None,
        id="gone and not needed",
    ),
    pytest.param(Facts(compared=(near(1, False, True),)), {}, "warn", None, id="needed"),
    pytest.param(Facts(), {}, "unknown", "not_probed", id="not known whether it is needed"),
    pytest.param(
        Facts(), {"listened_s": 100.0}, "unknown", "observed_too_short", id="heard for too short"
    ),
    pytest.param(Facts(), {"tap": DOWN}, "unknown", "no_tap", id="no tap"),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_network(mld_querier.judge, known, fields), verdict, reason)
