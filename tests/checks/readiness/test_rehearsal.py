"""Edges between devices, judged in the four modes."""

from typing import Any

import pytest

from checks.verdict import Finding, Verdict
from inventory.readiness import Edge, Facts
from tests.checks import facts, lan
from tests.checks.readiness.builders import assessed, edge, findings

PC = lan.device("d-pc", "10.66.0.2", "2001:db8:66::2", macs=("02::2",), kind="workstation")
SRV = lan.device("d-srv", "10.66.0.3", "2001:db8:66::3", macs=("02::3",), kind="server")
GW = lan.device("d-gw", "10.66.0.1", "fe80::1", macs=("02::1",), kind="router", router=True)
TO_SRV = edge("d-pc", "10.66.0.3", "ipv4", "d-srv")
TO_SRV6 = edge("d-pc", "2001:db8:66::3", "ipv6", "d-srv")
TO_GW = edge("d-pc", "10.66.0.1", "ipv4", "d-gw")
WKP = facts.tried("ipv4only.arpa AAAA", "64:ff9b::c000:aa")


def on(device: str, **verdicts: Verdict) -> list[Finding]:
    return findings(f"device:{device}", **verdicts)


CASES: list[Any] = [
    pytest.param((TO_SRV, TO_SRV6), [], "NNNN", id="both families in use"),
    pytest.param((TO_SRV,), on("d-srv", service_parity="pass"), "NNNN", id="the peer offers both"),
    pytest.param((TO_SRV,), on("d-srv", service_parity="fail"), "BTTN", id="a service is missing"),
    pytest.param((TO_SRV, TO_SRV6), on("d-srv", service_parity="fail"), "BTTN", id="partly moved"),
    pytest.param((TO_SRV,), [], "UUUN", id="not probed"),
    pytest.param((TO_SRV,), on("d-srv", device_speaks_ipv6="fail"), "BTTN", id="the peer cannot"),
    pytest.param((TO_SRV,), on("d-pc", device_speaks_ipv6="fail"), "BBBN", id="it cannot itself"),
    pytest.param((TO_GW,), [], "UUUN", id="the way out"),
]


@pytest.mark.parametrize(("edges", "made", "verdicts"), CASES)
def test_verdicts(edges: tuple[Edge, ...], made: list[Finding], verdicts: str) -> None:
    known = Facts(edges=edges)
    (judged,) = assessed(made, PC, SRV, GW, known=known).rehearsal.edges
    assert "".join(judged.verdicts[mode] for mode in ("m0", "m1", "m2", "m3")) == verdicts
    assert 0 < judged.confidence <= 1


def test_the_well_known_prefix_does_not_lead_to_private_peers() -> None:
    made = on("d-srv", device_speaks_ipv6="fail")
    known = Facts(edges=(TO_SRV,), resolvers=(WKP,))
    (judged,) = assessed(made, PC, SRV, known=known).rehearsal.edges
    assert judged.verdicts["m1"] == "B"


@pytest.mark.parametrize(
    "edges",
    [
        pytest.param((edge("d-pc", "10.66.0.77"),), id="nobody has the address"),
        pytest.param((TO_SRV6,), id="IPv6 alone"),
        pytest.param((edge("d-pc", "10.66.0.2", "ipv4", "d-pc"),), id="itself"),
        pytest.param((edge("d-gone", "10.66.0.3", "ipv4", "d-srv"),), id="a device that is gone"),
    ],
)
def test_what_is_no_dependency(edges: tuple[Edge, ...]) -> None:
    assert assessed([], PC, SRV, known=Facts(edges=edges)).rehearsal.edges == ()
