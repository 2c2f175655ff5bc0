"""Prefixes against the list of those that are ours."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import prefix_is_ours
from inventory.readiness import Facts
from inventory.snapshot import Policy, Router
from tests.checks import lan, verdicts


def withdrawn(last_seen: float = lan.NOW - 60, **fields: int) -> Router:
    """One that said goodbye and advertises its prefix all the same."""
    bad = lan.prefix("2001:db8:bad::/64", **fields)
    router = lan.advertising(bad, address="fe80::bad", lifetime_s=0, last_seen=last_seen)
    return msgspec.structs.replace(router, withdrawn=True)


CASES: list[Any] = [
    pytest.param(Facts(), {"routers": (lan.router(),)}, "unknown", "not_configured", id="no list"),
    pytest.param(
        Facts(),
        {"routers": (lan.router(),), "policy": Policy(allocations=("2001:db8::/40",))},
        "pass",
        None,
        id="ours",
    ),
    pytest.param(
        Facts(),
        {
            "routers": (lan.router(prefixes=("2001:db8:166::/64",)),),
            "policy": Policy(allocations=("2001:db8:66::/48",)),
        },
        "fail",
        None,
        id="foreign",
    ),
    pytest.param(
        Facts(),
        {
            "routers": (lan.router(prefixes=("fd00:66::/64",)),),
            "policy": Policy(allocations=("2001:db8::/40",)),
        },
        "pass",
        None,
        id="unique local",
    ),
    pytest.param(
        Facts(),
        {
            "routers": (lan.router(), withdrawn()),
            "policy": Policy(allocations=("2001:db8:66::/48",)),
        },
        "fail",
        None,
        id="foreign, of one that is no default router any more",
    ),
    pytest.param(
        Facts(),
        {
            "routers": (lan.router(), withdrawn(last_seen=lan.NOW - 86300, valid_s=7200)),
            "policy": Policy(allocations=("2001:db8:66::/48",)),
        },
        "pass",
        None,
        id="foreign, and its time has run out",
    ),
    pytest.param(
        Facts(),
        {"routers": (), "policy": Policy(allocations=("2001:db8::/40",))},
        "not_applicable",
        None,
        id="no router",
    ),
    pytest.param(
        Facts(),
        {"routers": (), "solicitations": 0, "policy": Policy(allocations=("2001:db8::/40",))},
        "unknown",
        "not_solicited",
        id="not asked",
    ),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_network(prefix_is_ours.judge, known, fields), verdict, reason)
