"""Redirects from routers and from strangers."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import redirects
from checks.verdict import Finding
from collectors.observation import RedirectSeen
from inventory.readiness import Facts
from inventory.snapshot import TapState
from tests.checks import facts, lan


def redirect(**fields: Any) -> RedirectSeen:
    values: dict[str, Any] = {"mac": lan.ROUTER_MAC, "at": lan.NOW - 60} | fields
    return RedirectSeen(
        source="tap", interface="eth0", address="fe80::1", target="fe80::66",
        destination="2001:db8::1", **values,
    )  # fmt: skip


def judge(known: Facts, fields: dict[str, Any]) -> Finding:
    network = {key: value for key, value in fields.items() if key in NETWORK}
    rest = {key: value for key, value in fields.items() if key not in NETWORK}
    (finding,) = redirects.judge(facts.snapshot(known, networks=(lan.network(**network),), **rest))
    return finding


NETWORK = ("routers", "interface", "solicitations", "agent_has_ipv6", "ipv6")
DOWN = TapState(available=False, reason="not permitted")
CASES: list[Any] = [
    pytest.param(Facts(), {}, "pass", None, id="none"),
    pytest.param(
        Facts(redirects=(redirect(),)), {"routers": (lan.router(),)}, "warn", None, id="a router"
    ),
    pytest.param(
        Facts(redirects=(redirect(mac=lan.ROGUE_MAC),)),
        {"routers": (lan.router(),)},
        "fail",
        None,
        id="a stranger",
    ),
    pytest.param(
        Facts(redirects=(redirect(), redirect(mac=lan.ROGUE_MAC))),
        {"routers": (lan.router(),)},
        "fail",
        None,
        id="both",
    ),
    pytest.param(
        Facts(redirects=(redirect(at=lan.NOW - 2 * 86400),)), {}, "pass", None, id="long ago"
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
