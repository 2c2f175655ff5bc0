"""The addresses that a device says it has."""

from typing import Any

import pytest

from checks.ipv6 import snmp_addresses
from tests.checks import lan, snmp, verdicts

READ = {"addresses": "read"}
LOCAL = snmp.address(snmp.LOCAL)
WITHOUT_ROUTER = {"networks": (lan.network(),)}

CASES: list[Any] = [
    pytest.param({"tables": READ, "addresses": (LOCAL, snmp.address())}, {}, "pass", None,
                 id="a global one"),
    pytest.param({"tables": {"addresses": "partial"}, "addresses": (snmp.address(),)}, {}, "pass",
                 None, id="a global one in a part"),
    pytest.param({"tables": READ, "addresses": (snmp.address(), snmp.address("2001:db8::7",
                 "duplicate"))}, {}, "fail", None, id="a duplicate"),
    pytest.param({"tables": READ, "addresses": (snmp.address(snmp.LOCAL, "duplicate"),)}, {},
                 "fail", None, id="a link-local duplicate"),
    pytest.param({"tables": READ, "addresses": (LOCAL, snmp.address(status="deprecated"))}, {},
                 "warn", None, id="deprecated"),
    pytest.param({"tables": READ, "addresses": (LOCAL,)}, {}, "warn", None, id="link-local only"),
    pytest.param({"tables": READ, "addresses": (LOCAL,)}, WITHOUT_ROUTER, "unknown",
                 "network_has_no_router", id="link-local only, and no router"),
    pytest.param({"tables": READ, "addresses": (snmp.address(snmp.FOUR),)}, {}, "unknown",
                 "not_told", id="a table of IPv4 alone"),
    pytest.param({"tables": {"addresses": "absent"}}, {}, "unknown", "not_told", id="no table"),
    pytest.param({"tables": {"addresses": "broken"}, "addresses": (LOCAL,)}, {}, "unknown",
                 "not_told", id="a broken table"),
]  # fmt: skip


@pytest.mark.parametrize(("told", "fields", "verdict", "reason"), CASES)
def test_verdict(
    told: dict[str, Any], fields: dict[str, Any], verdict: str, reason: str | None
) -> None:
    known = snmp.fields(snmp.seen(**told), **fields)
    found = verdicts.of_device(snmp_addresses.judge, snmp.device(), known)
    verdicts.expect(found, verdict, reason)
