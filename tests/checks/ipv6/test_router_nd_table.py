"""The router's table of neighbours."""

from typing import Any

import pytest

from checks.ipv6 import router_nd_table
from tests.checks import lan, snmp, verdicts

READ = {"neighbours": "read"}

CASES: list[Any] = [
    pytest.param({"tables": READ, "neighbours": {"ipv6": 3, "ipv4": 5}}, "pass", None, id="read"),
    pytest.param({"tables": {"neighbours": "partial"}, "neighbours": {"ipv6": 3}}, "pass", None,
                 id="in part"),
    pytest.param({"tables": READ, "neighbours": {"ipv4": 5}}, "warn", None, id="IPv4 alone"),
    pytest.param({"tables": READ, "neighbours": {"ipv4": 5}, "forwarding": False}, "unknown",
                 "not_told", id="it does not route IPv6"),
    pytest.param({"tables": {"neighbours": "absent"}}, "unknown", "not_told", id="no table"),
    pytest.param({"tables": {"neighbours": "broken"}}, "unknown", "not_told", id="broken"),
]  # fmt: skip


@pytest.mark.parametrize(("told", "verdict", "reason"), CASES)
def test_verdict(told: dict[str, Any], verdict: str, reason: str | None) -> None:
    router = snmp.device(kind="router")
    found = verdicts.of_device(router_nd_table.judge, router, snmp.fields(snmp.seen(**told)))
    verdicts.expect(found, verdict, reason)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [pytest.param(fields, reason, id=name) for fields, reason, name in snmp.NOBODY_SAID],
)
def test_nothing_was_said(fields: dict[str, Any], reason: str) -> None:
    found = verdicts.of_device(router_nd_table.judge, snmp.device(router=True), fields)
    verdicts.expect(found, "unknown", reason)


def test_only_routers_are_judged() -> None:
    known = snmp.fields(snmp.seen(tables=READ, neighbours={"ipv6": 3}))
    assert not list(router_nd_table.judge(lan.snapshot(snmp.device(), **known)))
