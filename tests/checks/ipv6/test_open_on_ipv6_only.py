"""Services of IPv6 looked for over IPv4."""

from typing import Any

import pytest

from checks.ipv6 import open_on_ipv6_only
from inventory.snapshot import Device, Service
from tests.checks import lan, verdicts

FOUR, SIX, LOCAL = "10.66.0.9", "2001:db8:66::9", "fe80::9"
TEMPORARY = lan.address("2001:db8:66::7e", "temporary")


def host(*services: Any) -> Device:
    return lan.device("d-1", FOUR, SIX, services=tuple(services))


def on(port: int, state: Any = "open", at: str = FOUR, **fields: Any) -> Service:
    """A port; one that is not open was compared with the other family at one time."""
    against = "" if state == "open" else SIX if at == FOUR else FOUR
    return lan.service(port, state, at, **({"against": against} | fields))


CASES: list[Any] = [
    pytest.param(host(on(80), on(80, at=SIX)), {}, "pass", None, id="both"),
    pytest.param(
        host(on(445, "filtered"), on(445, at=SIX)), {}, "fail", None, id="forgotten firewall"
    ),
    pytest.param(
        host(on(8443, "closed"), on(8443, at=SIX)), {}, "fail", None, id="one family only"
    ),
    pytest.param(host(on(8443, at=SIX)), {}, "unknown", "not_probed", id="not tried"),
    pytest.param(
        host(on(445, "filtered", against=""), on(445, at=SIX)),
        {},
        "unknown",
        "no_control",
        id="not at one time",
    ),
    pytest.param(host(on(80)), {}, "not_applicable", None, id="nothing over IPv6"),
    pytest.param(
        lan.device("d-1", SIX, services=(on(80, at=SIX),)),
        {},
        "not_applicable",
        None,
        id="IPv6 alone",
    ),
]


@pytest.mark.parametrize(("device", "fields", "verdict", "reason"), CASES)
def test_verdict(device: Device, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_device(open_on_ipv6_only.judge, device, fields), verdict, reason)


@pytest.mark.parametrize(
    ("port", "severity"),
    [pytest.param(3389, "high", id="administration"), pytest.param(4711, "medium", id="another")],
)
def test_severity_by_port(port: int, severity: str) -> None:
    device = host(on(port, "filtered"), on(port, at=SIX))
    (finding,) = open_on_ipv6_only.judge(lan.snapshot(device))
    assert (finding.severity, finding.evidence["ports"]) == (severity, [port])
