"""Where telnet is open."""

from typing import Any

import pytest

from checks.posture import telnet_open
from checks.verdict import Finding
from inventory.snapshot import Service
from tests.checks import lan


def judge(*services: Service, **fields: Any) -> Finding:
    device = lan.device("d-1", services=services, **fields)
    (finding,) = telnet_open.judge(lan.snapshot(device))
    return finding


WEEK_AGO = lan.NOW - 7 * 86400 - 1
V6 = "2001:db8:66::9"

CASES: list[Any] = [
    pytest.param((lan.service(23, evidence="iac"),), "fail", None, id="negotiates"),
    pytest.param((lan.service(2323, evidence="iac"),), "fail", None, id="other port"),
    pytest.param((lan.service(23, evidence="login-prompt"),), "fail", None, id="prompts"),
    pytest.param((lan.service(23, banner="SW1 login: "),), "fail", None, id="login"),
    pytest.param((lan.service(23, banner="Username:"),), "fail", None, id="user name"),
    pytest.param((lan.service(23, banner="PASSWORD :"),), "fail", None, id="password"),
    pytest.param((lan.service(23),), "warn", None, id="open and silent"),
    pytest.param((lan.service(23, banner="220 FTP ready"),), "warn", None, id="something else"),
    pytest.param(
        (lan.service(23, "closed"), lan.service(2323, "closed")), "pass", None, id="closed"
    ),
    pytest.param(
        (lan.service(23, "closed"), lan.service(23, "closed", V6)), "pass", None, id="both families"
    ),
    pytest.param(
        (lan.service(23, "closed"), lan.service(23, at=V6, evidence="iac")),
        "fail",
        None,
        id="open over IPv6 only",
    ),
    pytest.param((lan.service(23, "filtered"),), "unknown", "filtered", id="filtered"),
    pytest.param(
        (lan.service(23, "closed"), lan.service(2323, "filtered")),
        "unknown",
        "filtered",
        id="one filtered",
    ),
    pytest.param((), "unknown", "not_probed", id="not probed"),
    pytest.param((lan.service(2323, "closed"),), "unknown", "not_probed", id="23 not probed"),
    pytest.param((lan.service(22),), "unknown", "not_probed", id="other ports only"),
    pytest.param(
        (lan.service(23, evidence="iac", last_seen=WEEK_AGO),), "unknown", "not_probed", id="stale"
    ),
]


@pytest.mark.parametrize(("services", "verdict", "reason"), CASES)
def test_verdict(services: tuple[Service, ...], verdict: str, reason: str | None) -> None:
    finding = judge(*services)
    assert (finding.verdict, finding.reason) == (verdict, reason)


def test_udp_is_another_matter() -> None:
    service = Service("10.66.0.9", "udp", 23, "open", last_seen=lan.NOW)
    assert judge(service).verdict == "unknown"


def test_a_silent_port_is_less_severe_than_one_that_speaks_telnet() -> None:
    assert judge(lan.service(23)).severity == "medium"
    assert judge(lan.service(23, evidence="iac")).severity == "high"


def test_the_evidence_shows_what_was_heard_where() -> None:
    finding = judge(lan.service(23, evidence="iac", banner="x" * 500))
    assert finding.evidence["ports"] == [
        {
            "address": "10.66.0.9",
            "port": 23,
            "state": "open",
            "evidence": "iac",
            "banner": "x" * 120,
            "last_seen": lan.NOW - 30,
        }
    ]


def test_a_pass_names_the_addresses_that_were_not_probed() -> None:
    device = lan.device("d-1", "10.66.0.9", V6, services=(lan.service(23, "closed"),))
    (finding,) = telnet_open.judge(lan.snapshot(device))
    assert finding.verdict == "pass"
    assert "10.66.0.9" in finding.summary
    assert finding.evidence["not_probed"] == [V6]
