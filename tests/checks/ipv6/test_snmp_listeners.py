"""Listeners of both families, by the device's own word."""

from typing import Any

import pytest

from checks.ipv6 import snmp_listeners
from tests.checks import snmp, verdicts

READ = {"tcp": "read", "udp": "read"}
ADDRESS = {"addresses": (snmp.address(),)}
BOTH = (snmp.listener(22, "4"), snmp.listener(22, "6"))

CASES: list[Any] = [
    pytest.param({"tables": READ, "listeners": BOTH}, "pass", None, id="a socket each"),
    pytest.param({"tables": READ, "listeners": (snmp.listener(22, "46"),)}, "pass", None,
                 id="one socket for both"),
    pytest.param({"tables": READ, "listeners": (*BOTH, snmp.listener(161, "4", "udp"))}, "warn",
                 None, id="UDP over IPv4 only"),
    pytest.param({"tables": READ, "listeners": (snmp.listener(23, "4"),), **ADDRESS}, "warn", None,
                 id="TCP over IPv4 only"),
    pytest.param({"tables": READ, "listeners": (*BOTH, snmp.listener(139, "4"),
                 snmp.listener(68, "4", "udp"), snmp.listener(40000, "4", "udp"))}, "pass", None,
                 id="IPv4 by nature, and ephemeral"),
    pytest.param({"tables": READ, "listeners": (*BOTH, snmp.listener(8443, "6"))}, "pass", None,
                 id="IPv6 may be both"),
    pytest.param({"tables": READ, "listeners": (snmp.listener(23, "4"),)}, "not_applicable", None,
                 id="no IPv6 at all"),
    pytest.param({"tables": READ}, "not_applicable", None, id="nothing listens"),
    pytest.param({"tables": {"tcp": "absent", "udp": "absent"}}, "unknown", "not_told",
                 id="no table"),
    pytest.param({"tables": {"tcp": "read", "udp": "partial"}, "listeners": BOTH}, "unknown",
                 "not_told", id="cut off"),
    pytest.param({"tables": READ, "listeners": BOTH, "cut": 3}, "unknown", "not_told",
                 id="rows left out"),
]  # fmt: skip


@pytest.mark.parametrize(("told", "verdict", "reason"), CASES)
def test_verdict(told: dict[str, Any], verdict: str, reason: str | None) -> None:
    known = snmp.fields(snmp.seen(**told))
    found = verdicts.of_device(snmp_listeners.judge, snmp.device(), known)
    verdicts.expect(found, verdict, reason)
