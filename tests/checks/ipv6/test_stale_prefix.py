"""Prefixes that routers no longer advertise."""

from typing import Any

import pytest

from checks.ipv6 import stale_prefix
from inventory.readiness import Facts
from inventory.snapshot import Device
from tests.checks import lan, verdicts

OLD = "2001:db8:77::/64"
CHANGED = (
    lan.router(),
    lan.router(address="fe80::7", prefixes=(OLD,), last_seen=lan.NOW - 5000),
)


def user(ago_s: float) -> Device:
    return lan.device("d-1", lan.address("2001:db8:77::9", last_seen=lan.NOW - ago_s))


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
    verdicts.expect(verdicts.of_network(stale_prefix.judge, known, fields), verdict, reason)
