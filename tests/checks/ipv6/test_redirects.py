"""Redirects from routers and from strangers."""

from typing import Any

import pytest

from checks.ipv6 import redirects
from collectors.observation import RedirectSeen
from inventory.readiness import Facts
from inventory.snapshot import TapState
from tests.checks import lan, verdicts


def redirect(**fields: Any) -> RedirectSeen:
    values: dict[str, Any] = {
        "mac": lan.ROUTER_MAC, "at": lan.NOW - 60, "target": "fe80::66",
        "destination": "2001:db8::1",
    } | fields  # fmt: skip
    return RedirectSeen(source="tap", interface="eth0", address="fe80::1", **values)


NEIGHBOUR = {"target": "2001:db8:66::77", "destination": "2001:db8:66::77"}
DOWN = TapState(available=False, reason="not permitted")
CASES: list[Any] = [
    pytest.param(Facts(), {}, "pass", None, id="none"),
    pytest.param(
        Facts(redirects=(redirect(),)), {"routers": (lan.router(),)}, "warn", None, id="a router"
    ),
    pytest.param(
        Facts(redirects=(redirect(target="2001:db8::1"),)),
        {"routers": (lan.router(),)},
        "pass",
        None,
        id="a router tells of a neighbour",
    ),
    pytest.param(
        Facts(redirects=(redirect(mac=lan.ROGUE_MAC, target="2001:db8::1"),)),
        {"routers": (lan.router(),)},
        "fail",
        None,
        id="a stranger tells of a neighbour",
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
    pytest.param(
        Facts(redirects=(redirect(mac=lan.ROGUE_MAC, **NEIGHBOUR),)),
        {"routers": (lan.router(),)},
        "pass",
        None,
        id="a neighbour is a neighbour",
    ),
    pytest.param(
        Facts(redirects=(redirect(mac=lan.ROGUE_MAC, target="2001:db8::1"),)),
        {"routers": (lan.router(),)},
        "fail",
        None,
        id="the far is no neighbour",
    ),
    pytest.param(Facts(), {"tap": DOWN}, "unknown", "no_tap", id="no tap"),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_network(redirects.judge, known, fields), verdict, reason)
