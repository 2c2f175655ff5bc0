"""The version of the queries."""

from typing import Any

import pytest

from checks.ipv6 import mld_version
from collectors.observation import QuerierSeen
from inventory.readiness import Facts
from tests.checks import lan, verdicts


def query(address: str = "fe80::1", **fields: Any) -> QuerierSeen:
    values: dict[str, Any] = {"version": 2, "at": lan.NOW - 60, "mac": lan.ROUTER_MAC} | fields
    return QuerierSeen(source="tap", interface="eth0", address=address, **values)


CASES: list[Any] = [
    pytest.param(Facts(queriers=(query(),)), {}, "pass", None, id="two"),
    pytest.param(
        Facts(queriers=(query(), query("fe80::9", version=1))), {}, "warn", None, id="one"
    ),
    pytest.param(
        Facts(queriers=(query(version=1, at=lan.NOW - 2 * 86400),)), {}, "pass", None, id="long ago"
    ),
    pytest.param(Facts(), {"listened_s": 0.0}, "unknown", "observed_too_short", id="just begun"),
    pytest.param(Facts(), {"interface": ""}, "unknown", "not_listened", id="routed"),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_network(mld_version.judge, known, fields), verdict, reason)
