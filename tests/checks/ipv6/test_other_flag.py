"""The other flag against what DHCPv6 servers do."""

from typing import Any

import msgspec
import pytest

from checks.ipv6 import other_flag
from checks.verdict import Finding
from inventory.readiness import Facts
from tests.checks import facts, lan


def judge(known: Facts, fields: dict[str, Any]) -> Finding:
    network = {key: value for key, value in fields.items() if key in NETWORK}
    rest = {key: value for key, value in fields.items() if key not in NETWORK}
    (finding,) = other_flag.judge(facts.snapshot(known, networks=(lan.network(**network),), **rest))
    return finding


NETWORK = ("routers", "interface", "solicitations", "agent_has_ipv6", "ipv6")
CASES: list[Any] = [
    pytest.param(Facts(), {"routers": (lan.router(),)}, "pass", None, id="no flag"),
    pytest.param(
        Facts(dhcpv6=(facts.server6("reply"),)),
        {"routers": (lan.router(other=True),)},
        "pass",
        None,
        id="server replies",
    ),
    pytest.param(
        Facts(dhcpv6=(facts.server6("advertise"),), asked=(facts.asked("information_request"),)),
        {"routers": (lan.router(other=True),)},
        "warn",
        None,
        id="server advertises only",
    ),
    pytest.param(
        Facts(asked=(facts.asked("information_request"),)),
        {"routers": (lan.router(other=True),)},
        "warn",
        None,
        id="nobody replies",
    ),
    pytest.param(
        Facts(), {"routers": (lan.router(other=True),)}, "unknown", "not_solicited", id="not asked"
    ),
    pytest.param(Facts(), {"routers": ()}, "not_applicable", None, id="no router"),
]


@pytest.mark.parametrize(("known", "fields", "verdict", "reason"), CASES)
def test_verdict(known: Facts, fields: dict[str, Any], verdict: str, reason: str | None) -> None:
    finding = judge(known, fields)
    assert (finding.verdict, finding.reason) == (verdict, reason), finding.summary


def test_evidence_is_json() -> None:
    for case in CASES:
        known, fields, _, _ = case.values
        msgspec.json.encode(judge(known, fields))
