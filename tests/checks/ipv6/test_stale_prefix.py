"""Prefixes that routers no longer advertise."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import stale_prefix
from checks.verdict import Finding
from inventory.readiness import Facts
from inventory.snapshot import Device
from tests.checks import facts, lan

OLD = "2001:db8:77::/64"
CHANGED = (
    lan.router(),
    lan.router(address="fe80::7", prefixes=(OLD,), last_seen=lan.NOW - 5000),
)


def user(ago_s: float) -> Device:
    return lan.device("d-1", lan.address("2001:db8:77::9", last_seen=lan.NOW - ago_s))


def judge(known: Facts, fields: dict[str, Any]) -> Finding:
    network = {key: value for key, value in fields.items() if key in NETWORK}
    rest = {key: value for key, value in fields.items() if key not in NETWORK}
    devices = rest.pop("devices", ())
    networks = (lan.network(**network),)
    (finding,) = stale_prefix.judge(facts.snapshot(known, *devices, networks=networks, **rest))
    return finding


NETWORK = ("routers", "interface", "solicitations", "agent_has_ipv6", "ipv6")
CASES: list[Any] = [
    pytest.param(Facts(), {"routers": ()}, "not_applicable", None, id="no router"),
    pytest.param(Facts(), {"routers": (lan.router(),)}, "pass", None, id="nothing gone"),
    pytest.param(Facts(), {"routers": CHANGED, "devices": ()}, "pass", None, id="nobody uses it"),
    pytest.param(Facts(), {"routers": CHANGED, "devices": (user(60),)}, "warn", None, id="in use"),
    pytest.param(
        Facts(),
        {"routers": CHANGED, "devices": (user(7200),)},
        "pass",
        None,
        id="not in use any more",
    ),
    pytest.param(
        Facts(),
        {"routers": (lan.router(),), "devices": (user(60),)},
        "pass",
        None,
        id="a prefix never advertised",
    ),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    finding = judge(known, fields)
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.summary


def test_evidence_is_json() -> None:
    for case in CASES:
        known, fields, _, _ = case.values
        msgspec.json.encode(judge(known, fields))
