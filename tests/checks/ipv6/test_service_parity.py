"""Services of IPv4 looked for over IPv6."""

from typing import Any

import pytest

from checks.ipv6 import service_parity
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


OTHER = "2001:db8:66::19"
CASES: list[Any] = [
    pytest.param(host(on(80), on(80, at=SIX)), {}, "pass", None, id="both"),
    pytest.param(host(on(80), on(80, "closed", SIX)), {}, "fail", None, id="closed"),
    pytest.param(host(on(80), on(80, "filtered", SIX)), {}, "fail", None, id="filtered"),
    pytest.param(host(on(80)), {}, "unknown", "not_probed", id="not tried"),
    pytest.param(
        host(on(80), on(80, "filtered", SIX, against="")),
        {},
        "unknown",
        "no_control",
        id="not at one time",
    ),
    pytest.param(
        lan.device(
            "d-1",
            FOUR,
            SIX,
            OTHER,
            services=(on(80), on(80, "closed", SIX), on(80, "closed", OTHER, against="")),
        ),
        {},
        "unknown",
        "no_control",
        id="one of two at one time",
    ),
    pytest.param(
        host(on(80), on(80, "closed", SIX), on(22), on(22, "filtered", SIX, against="")),
        {},
        "fail",
        None,
        id="one proven and one not",
    ),
    pytest.param(
        host(on(80), on(80, at=SIX, last_seen=lan.NOW - 9 * 86400)),
        {},
        "unknown",
        "not_probed",
        id="tried long ago",
    ),
    pytest.param(host(on(80, "closed")), {}, "not_applicable", None, id="nothing open"),
    pytest.param(host(), {}, "unknown", "not_probed", id="never looked at"),
    pytest.param(
        lan.device("d-1", FOUR, services=(on(80),)), {}, "not_applicable", None, id="IPv4 alone"
    ),
    pytest.param(
        lan.device(
            "d-1", FOUR, SIX, OTHER, services=(on(80), on(80, at=SIX), on(80, "closed", OTHER))
        ),
        {},
        "warn",
        None,
        id="on one address",
    ),
    pytest.param(
        lan.device(
            "d-1", FOUR, SIX, LOCAL, services=(on(80), on(80, at=SIX), on(80, "closed", LOCAL))
        ),
        {},
        "pass",
        None,
        id="not on the link-local address",
    ),
    pytest.param(
        lan.device(
            "d-1",
            FOUR,
            SIX,
            TEMPORARY,
            services=(on(80), on(80, at=SIX), on(80, "closed", "2001:db8:66::7e")),
        ),
        {},
        "pass",
        None,
        id="temporary addresses need not",
    ),
    pytest.param(
        host(on(80), on(80, at=SIX), on(22), on(22, "closed", SIX)),
        {},
        "fail",
        None,
        id="one of two",
    ),
    pytest.param(host(on(80), on(443, at=SIX)), {}, "unknown", "not_probed", id="another port"),
]


@pytest.mark.parametrize(("device", "fields", "verdict", "reason"), CASES)
def test_verdict(device: Device, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    verdicts.expect(verdicts.of_device(service_parity.judge, device, fields), verdict, reason)
