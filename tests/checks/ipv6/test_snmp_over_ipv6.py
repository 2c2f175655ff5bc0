"""Managed over IPv6 as over IPv4."""

from typing import Any

import pytest

from checks.ipv6 import snmp_over_ipv6
from tests.checks import lan, snmp, verdicts

SILENT = {"over_ipv6": {snmp.SIX: "silent"}}
NO_IPV6 = {"networks": (lan.network(agent_has_ipv6=False),)}

CASES: list[Any] = [
    pytest.param({"over_ipv6": {snmp.SIX: "answered"}}, True, {}, "pass", None, id="both"),
    pytest.param({"address": snmp.SIX}, True, {}, "pass", None, id="asked over IPv6"),
    pytest.param(SILENT, True, {}, "warn", None, id="an access list of IPv4"),
    pytest.param({"over_ipv6": {snmp.SIX: "refused"}}, True, {}, "warn", None, id="refused"),
    pytest.param(SILENT, None, {}, "unknown", "no_control", id="is the address alive?"),
    pytest.param(SILENT, True, NO_IPV6, "unknown", "agent_has_no_ipv6", id="the agent's lack"),
    pytest.param({}, True, {}, "not_applicable", None, id="no IPv6 address"),
]


@pytest.mark.parametrize(("told", "alive", "fields", "verdict", "reason"), CASES)
def test_verdict(
    told: dict[str, Any],
    alive: bool | None,
    fields: dict[str, Any],
    verdict: str,
    reason: str | None,
) -> None:
    known = snmp.fields(snmp.seen(**told), **fields)
    found = verdicts.of_device(snmp_over_ipv6.judge, snmp.device(answers=alive), known)
    verdicts.expect(found, verdict, reason)


@pytest.mark.parametrize(
    "fields", [pytest.param(fields, id=name) for fields, _, name in snmp.NOBODY_SAID]
)
def test_who_is_not_managed_is_not_judged(fields: dict[str, Any]) -> None:
    assert not list(snmp_over_ipv6.judge(lan.snapshot(snmp.device(), **fields)))


def test_without_credentials_there_is_one_finding_for_the_office() -> None:
    (found,) = snmp_over_ipv6.judge(lan.snapshot(snmp.device()))
    assert (found.subject, found.reason) == ("organisation", "not_configured")
