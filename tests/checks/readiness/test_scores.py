"""The two figures: weights, what is unknown, gates, who is counted."""

from typing import Any

import pytest

from checks.verdict import Finding, Verdict
from inventory.snapshot import Device, Policy
from tests.checks import lan
from tests.checks.readiness.builders import NETWORK, ORG, assessed, finding, findings

READY: dict[str, Verdict] = {
    "device_speaks_ipv6": "pass", "device_has_global_address": "pass", "service_parity": "pass",
}  # fmt: skip


# The network itself has no level in these tests: it is one thing more that is not known.


def office(**kinds: int) -> list[Device]:
    return [
        lan.device(f"d-{kind}-{n}", f"10.66.0.{n}", f"2001:db8:66::{n}", kind=kind)
        for kind, count in kinds.items()
        for n in range(1, count + 1)
    ]


def judged(devices: list[Device], ready: int, verdicts: dict[str, Verdict]) -> list[Finding]:
    found: list[Finding] = []
    for number, device in enumerate(devices):
        chosen = READY if number < ready else verdicts
        found += findings(f"device:{device.id}", **chosen)
    return found


L0: dict[str, Verdict] = {"device_speaks_ipv6": "fail"}
UNKNOWN: dict[str, Verdict] = {"device_speaks_ipv6": "unknown"}


@pytest.mark.parametrize(
    ("ready", "rest", "dual", "only", "coverage"),
    [
        pytest.param(10, L0, 1.0, 0.0, 1.0, id="all at parity"),
        pytest.param(5, L0, 0.5, 0.0, 1.0, id="half"),
        pytest.param(5, UNKNOWN, 1.0, 0.0, 0.5, id="half, the rest unknown"),
        pytest.param(0, UNKNOWN, None, None, 0.0, id="nothing known"),
    ],
)
def test_share_of_one_class(
    ready: int, rest: dict[str, Verdict], dual: float | None, only: float | None, coverage: float
) -> None:
    devices = office(workstation=10)
    made = assessed(judged(devices, ready, rest), *devices)
    assert made.dual_stack.ratio == dual
    assert made.dual_stack.coverage == pytest.approx(coverage * 10 / 11, abs=1e-4)
    assert made.ipv6_only.ratio == only


def test_classes_weigh_as_the_reference_says() -> None:
    servers, clients = office(server=1), office(workstation=4)
    made = judged(servers, 1, L0) + judged(clients, 0, L0)
    score = assessed(made, *servers, *clients).dual_stack
    assert score.ratio == pytest.approx(20 / 35, abs=1e-4)
    assert score.classes == {"servers": 1.0, "clients": 0.0}


def test_services_of_domains_count_finding_by_finding() -> None:
    made = [
        finding("domain_web_aaaa", "pass", "domain:a.example"),
        finding("domain_web_reachable", "fail", "domain:a.example"),
        finding("domain_mail", "unknown", "domain:a.example"),
        finding("domain_ns_aaaa", "not_applicable", "domain:a.example"),
    ]
    score = assessed(made).dual_stack
    assert score.ratio == 0.5
    assert score.coverage == pytest.approx(2 / 4, abs=1e-4)


GATES: list[Any] = [
    pytest.param(findings(NETWORK, rogue_ra="fail"), "advertises", id="rogue router"),
    pytest.param(findings(ORG, internet_reachable="fail"), "Internet", id="no way out"),
    pytest.param(findings(ORG, pmtu_black_hole="fail"), "vanish", id="black hole"),
    pytest.param(findings(ORG, resolver_over_ipv6="fail"), "resolver", id="no resolver"),
    pytest.param(
        [finding("open_on_ipv6_only", "fail", "device:d-workstation-1", ports=[3389])],
        "administration",
        id="open to administrators",
    ),
]


@pytest.mark.parametrize(("gate", "says"), GATES)
def test_a_gate_holds_the_figure_below_one_half(gate: list[Finding], says: str) -> None:
    devices = office(workstation=10)
    made = judged(devices, 10, L0) + gate
    score = assessed(made, *devices).dual_stack
    assert score.ratio is not None
    assert score.ratio < 0.5
    assert says in score.gates[0]


def test_a_port_that_nobody_administers_by_is_no_gate() -> None:
    devices = office(workstation=10)
    made = judged(devices, 10, L0)
    made += [finding("open_on_ipv6_only", "fail", "device:d-workstation-1", ports=[4711])]
    assert assessed(made, *devices).dual_stack.gates == ()


def test_a_critical_device_without_ipv6_is_a_gate() -> None:
    devices = office(server=2)
    made = judged(devices, 1, L0)
    score = assessed(made, *devices, policy=Policy(critical=("d-server-2",))).dual_stack
    assert "critical" in score.gates[0]


def test_who_left_is_not_counted() -> None:
    here = lan.device("d-1", "10.66.0.1", "2001:db8:66::1", kind="workstation")
    gone = lan.device("d-2", kind="workstation", last_seen=lan.NOW - 8 * 86400)
    phone = lan.device("d-3", kind="phone", random_mac=True, last_seen=lan.NOW - 2 * 86400)
    made = findings("device:d-1", **READY)
    made += findings("device:d-2", **L0) + findings("device:d-3", **L0)
    assert assessed(made, here, gone, phone).dual_stack.ratio == 1.0
