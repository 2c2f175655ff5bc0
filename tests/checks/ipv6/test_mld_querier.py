"""Who queries the multicast groups."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import mld_querier
from checks.verdict import Finding
from collectors.observation import NeighbourCompared, QuerierSeen
from inventory.readiness import Facts
from inventory.snapshot import TapState
from tests.checks import facts, lan


def query(address: str = "fe80::1", **fields: Any) -> QuerierSeen:
    values: dict[str, Any] = {"version": 2, "at": lan.NOW - 60, "mac": lan.ROUTER_MAC} | fields
    return QuerierSeen(source="tap", interface="eth0", address=address, **values)


def near(number: int, multicast: bool, unicast: bool, **fields: Any) -> NeighbourCompared:
    values: dict[str, Any] = {"at": lan.NOW - 60} | fields
    return NeighbourCompared(
        source="nd_compare", interface="eth0", mac=lan.ROUTER_MAC, address=f"fe80::{number}",
        multicast=multicast, unicast=unicast, probes=3, **values,
    )  # fmt: skip


def judge(known: Facts, fields: dict[str, Any]) -> Finding:
    network = {key: value for key, value in fields.items() if key in NETWORK}
    rest = {key: value for key, value in fields.items() if key not in NETWORK}
    (finding,) = mld_querier.judge(
        facts.snapshot(known, networks=(lan.network(**network),), **rest)
    )
    return finding


NETWORK = (
    "routers",
    "interface",
    "solicitations",
    "agent_has_ipv6",
    "ipv6",
    "listened_s",
    "duplicates",
)
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
    finding = judge(known, fields)
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.summary


def test_evidence_is_json() -> None:
    for case in CASES:
        known, fields, _, _ = case.values
        msgspec.json.encode(judge(known, fields))
