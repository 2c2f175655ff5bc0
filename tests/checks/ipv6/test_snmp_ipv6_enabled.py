"""Whether IPv6 is on, by the device's own word."""

from typing import Any

import pytest

from checks.ipv6 import snmp_ipv6_enabled
from collectors.observation import SnmpInterface
from tests.checks import lan, snmp, verdicts

READ = {"interfaces": "read", "addresses": "read"}
ABSENT = {"interfaces": "absent", "addresses": "read"}
DOWN = SnmpInterface(2, enabled=False)

CASES: list[Any] = [
    pytest.param({"tables": READ, "interfaces": (SnmpInterface(1, True), DOWN)}, "pass", None,
                 id="on at one"),
    pytest.param({"tables": ABSENT, "addresses": (snmp.address(),)}, "pass", None,
                 id="it uses an address"),
    pytest.param({"tables": READ, "interfaces": (DOWN,)}, "fail", None, id="off at all"),
    pytest.param({"tables": ABSENT}, "unknown", "not_told", id="no such table is not off"),
    pytest.param({"tables": READ}, "unknown", "not_told", id="an empty table is not off"),
    pytest.param({"tables": {"interfaces": "partial"}, "interfaces": (DOWN,)}, "unknown",
                 "not_told", id="cut off"),
    pytest.param({"tables": READ, "interfaces": (DOWN, SnmpInterface(3))}, "unknown", "not_told",
                 id="one column is empty"),
    pytest.param({"tables": ABSENT, "addresses": (snmp.address("::1"),)}, "unknown", "not_told",
                 id="loopback proves nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("told", "verdict", "reason"), CASES)
def test_verdict(told: dict[str, Any], verdict: str, reason: str | None) -> None:
    fields = snmp.fields(snmp.seen(**told))
    found = verdicts.of_device(snmp_ipv6_enabled.judge, snmp.device(), fields)
    verdicts.expect(found, verdict, reason)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [pytest.param(fields, reason, id=name) for fields, reason, name in snmp.NOBODY_SAID],
)
def test_nothing_was_said(fields: dict[str, Any], reason: str) -> None:
    found = verdicts.of_device(snmp_ipv6_enabled.judge, snmp.device(), fields)
    verdicts.expect(found, "unknown", reason)


def test_without_credentials_there_is_one_finding_for_the_office() -> None:
    (found,) = snmp_ipv6_enabled.judge(lan.snapshot(snmp.device()))
    assert (found.subject, found.reason) == ("organisation", "not_configured")


def test_devices_elsewhere_are_not_judged() -> None:
    elsewhere = lan.device("d-2", "10.77.0.9", macs=("00:1b:a9:00:00:0a",))
    assert not list(snmp_ipv6_enabled.judge(lan.snapshot(elsewhere, **snmp.fields())))


def test_a_device_behind_a_router_is_known_by_its_address() -> None:
    device = lan.device("d-1", snmp.FOUR, macs=())
    told = snmp.seen(mac="", tables=READ, interfaces=(DOWN,))
    found = verdicts.of_device(snmp_ipv6_enabled.judge, device, snmp.fields(told))
    assert found.verdict == "fail"


def test_who_has_the_address_now_is_not_who_said_it() -> None:
    other = lan.device("d-2", snmp.FOUR, macs=("00:1b:a9:00:00:0a",))
    told = snmp.seen(tables=READ, interfaces=(DOWN,))
    found = verdicts.of_device(snmp_ipv6_enabled.judge, other, snmp.fields(told))
    verdicts.expect(found, "unknown", "not_probed")
