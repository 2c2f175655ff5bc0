"""A machine with state secrets on a network: an incident, and never a false alarm."""

from typing import Any

import msgspec
import pytest

from checks.posture import classified_machine_connected as check
from checks.verdict import Finding
from inventory.snapshot import Device, Registered, RegisterState, TapState
from tests.checks import lan

MAC = "00:1c:73:00:00:0a"
ROW = Registered(row=12, macs=(MAC,), name="SECRET-PC", classified=True, serial="SN-4711")
STATE = RegisterState(rows=40, classified=1, read_at=lan.NOW)


def judge(*devices: Device, **fields: Any) -> list[Finding]:
    values: dict[str, Any] = {"register": STATE} | fields
    return list(check.judge(msgspec.structs.replace(lan.snapshot(*devices), **values)))


def machine(**fields: Any) -> Device:
    values: dict[str, Any] = {"macs": (MAC,), "registered": ROW, "last_seen": lan.NOW} | fields
    return msgspec.structs.replace(lan.device("d-1"), **values)


@pytest.mark.parametrize(
    ("device", "verdict", "severity"),
    [
        pytest.param(machine(), "fail", "critical", id="now"),
        pytest.param(machine(last_seen=lan.NOW - 6 * 86400), "fail", "critical", id="this week"),
        pytest.param(machine(last_seen=lan.NOW - 8 * 86400), "warn", "high", id="long ago"),
        pytest.param(machine(state="down"), "fail", "critical", id="gone again"),
    ],
)
def test_a_machine_that_was_seen(device: Device, verdict: str, severity: str) -> None:
    (finding,) = judge(device)
    assert (finding.subject, finding.verdict, finding.severity) == ("device:d-1", verdict, severity)


@pytest.mark.parametrize(
    ("device", "why"),
    [
        pytest.param(machine(macs=("00:1c:73:00:00:0b",)), "serial only", id="tied by serial"),
        pytest.param(
            machine(registered=msgspec.structs.replace(ROW, classified=False)), "", id="not secret"
        ),
        pytest.param(machine(registered=None), "", id="unregistered"),
    ],
)
def test_nothing_but_the_exact_mac_raises_the_alarm(device: Device, why: str) -> None:
    (finding,) = judge(device)
    assert (finding.subject, finding.verdict) == ("organisation", "pass"), why


@pytest.mark.parametrize(
    ("fields", "verdict", "reason"),
    [
        pytest.param({}, "pass", None, id="heard and not seen"),
        pytest.param({"tap": TapState(False)}, "unknown", "no_tap", id="deaf"),
        pytest.param({"register": None}, "not_applicable", None, id="no register"),
        pytest.param({"register": RegisterState(3)}, "not_applicable", None, id="none is secret"),
    ],
)
def test_none_was_seen(fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    (finding,) = judge(lan.device("d-2"), **fields)
    assert (finding.verdict, finding.reason) == (verdict, reason)


def test_the_evidence_says_when_and_where_but_not_the_machines_name() -> None:
    (finding,) = judge(machine())
    assert finding.evidence["row"] == 12
    assert finding.evidence["macs"] == [MAC]
    assert finding.evidence["last_seen"] == "2026-11-22T07:00:00Z"
    assert finding.evidence["addresses"]
    assert "SECRET-PC" not in str(finding)
