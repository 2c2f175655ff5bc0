"""The level of a device, step by step; each level needs all lower ones."""

from typing import Any

import pytest

from checks.readiness.levels import histogram
from checks.verdict import Verdict
from inventory.readiness import Facts
from inventory.snapshot import DhcpClient, MustWork, Policy
from tests.checks import facts, lan
from tests.checks.readiness import builders
from tests.checks.readiness.builders import DEVICE, NETWORK, assessed, edge, findings, printer

ROUTER = lan.device("d-r", "10.66.0.1", "fe80::1", kind="router", router=True, macs=("02::1",))
SPEAKS: dict[str, Verdict] = {"device_speaks_ipv6": "pass"}
GLOBAL: dict[str, Verdict] = SPEAKS | {"device_has_global_address": "pass"}
PARITY: dict[str, Verdict] = GLOBAL | {
    "service_parity": "pass", "open_on_ipv6_only": "pass", "dns_parity": "not_applicable",
}  # fmt: skip
CAN = DhcpClient(ipv6_only_capable=True)
WORKS = Policy(must_work=(MustWork("tax", "tax.example", 443),))

CASES: list[Any] = [
    pytest.param({}, {"device_speaks_ipv6": "fail"}, 0, "device", id="silent over IPv6"),
    pytest.param({"discovery_cycles": 2}, PARITY, None, "", id="too few passes"),
    pytest.param({"macs": ()}, PARITY, None, "", id="behind a router"),
    pytest.param({}, {"device_speaks_ipv6": "unknown"}, None, "", id="asleep all the time"),
    pytest.param({}, SPEAKS | {"device_has_global_address": "fail"}, 1, "device", id="no global"),
    pytest.param(
        {}, SPEAKS | {"device_has_global_address": "unknown"}, 1, "network", id="offered none"
    ),
    pytest.param({}, PARITY | {"service_parity": "fail"}, 2, "service", id="a service is missing"),
    pytest.param({}, PARITY | {"open_on_ipv6_only": "fail"}, 2, "service", id="open too wide"),
    pytest.param({}, PARITY | {"service_parity": "unknown"}, 2, "service", id="not probed"),
    pytest.param({}, PARITY | {"dns_parity": "warn"}, 2, "service", id="no AAAA"),
    pytest.param({}, PARITY | {"snmp_over_ipv6": "warn"}, 2, "service", id="managed over IPv4"),
    pytest.param({}, PARITY | {"snmp_over_ipv6": "pass"}, 3, "", id="managed over both"),
    pytest.param({}, PARITY, 3, "", id="parity"),
    pytest.param({"dhcp": CAN}, PARITY, 4, "", id="says that it can"),
]


@pytest.mark.parametrize(("fields", "verdicts", "level", "cause"), CASES)
def test_level(
    fields: dict[str, Any], verdicts: dict[str, Verdict], level: int | None, cause: str
) -> None:
    one = assessed(findings(**verdicts), printer(**fields)).devices[DEVICE]
    assert (one.level, one.cause) == (level, cause)
    assert (one.next_step != "") == (level != 5)


def test_a_network_without_a_router_is_to_blame_and_not_the_device() -> None:
    made = findings(**SPEAKS, device_has_global_address="fail")
    made += findings(NETWORK, ra_present="fail")
    one = assessed(made, printer("10.66.0.9", "fe80::9")).devices[DEVICE]
    assert (one.level, one.cause, one.disposition) == (1, "network", "")


def test_a_client_must_be_seen_going_out_where_others_are() -> None:
    client = printer(kind="workstation")
    other = lan.device("d-2", "10.66.0.2", "2001:db8:66::2", macs=("02::2",), kind="workstation")
    known = Facts(edges=(edge("d-2", "fe80::1", "ipv6", "d-r"),))
    made = findings(**PARITY) + findings("device:d-2", **PARITY)
    levels = assessed(made, client, other, ROUTER, known=known).devices
    assert (levels[DEVICE].level, levels["d-2"].level) == (1, 4)
    assert "was not seen using IPv6" in levels[DEVICE].blockers[0]


def test_the_next_step_is_that_of_the_reason_named_first() -> None:
    made = findings(**PARITY | {"service_parity": "unknown", "dns_parity": "fail"})
    device = assessed(made, printer()).devices[DEVICE]
    worst = next(one for one in made if one.check == "ipv6.dns_parity")
    unsure = next(one for one in made if one.check == "ipv6.service_parity")
    assert device.blockers == (worst.summary, unsure.summary)
    assert device.next_step == worst.remedy


def test_a_server_counts_by_its_services() -> None:
    known = Facts(edges=(edge("d-2", "fe80::1", "ipv6", "d-r"),))
    other = lan.device("d-2", "10.66.0.2", macs=("02::2",))
    server = printer(kind="server", services=(lan.service(443, at="2001:db8:66::9"),))
    only4 = printer(kind="server", services=(lan.service(443, at="10.66.0.9"),))
    made = findings(**PARITY)
    assert assessed(made, server, other, ROUTER, known=known).devices[DEVICE].level == 3
    assert assessed(made, only4, other, ROUTER, known=known).devices[DEVICE].level == 1


@pytest.mark.parametrize(
    ("days", "twin", "level"),
    [
        pytest.param(20, True, 5, id="observed and tried"),
        pytest.param(20, False, 4, id="not tried"),
        pytest.param(5, True, 4, id="observed for too short"),
    ],
)
def test_nothing_breaks_without_ipv4(days: int, twin: bool, level: int) -> None:
    peer = lan.device("d-2", "10.66.0.2", "2001:db8:66::2", macs=("02::2",))
    known = Facts(
        edges=(
            edge(DEVICE, "10.66.0.2", "ipv4", "d-2", days),
            edge(DEVICE, "2001:db8:66::2", "ipv6", "d-2", days),
        ),
        twin=(facts.twin("tax"),) if twin else (),
    )
    made = findings(**PARITY) + findings("device:d-2", **PARITY)
    device = printer(dhcp=CAN, services=(lan.service(631, at="2001:db8:66::9"),))
    one = assessed(made, device, peer, known=known, policy=WORKS).devices[DEVICE]
    assert one.level == level


def test_a_peer_without_ipv6_holds_a_device_at_parity() -> None:
    peer = lan.device("d-2", "10.66.0.2", macs=("02::2",), name="old-scanner")
    known = Facts(edges=(edge(DEVICE, "10.66.0.2", "ipv4", "d-2"),))
    made = findings(**PARITY) + findings("device:d-2", device_speaks_ipv6="fail")
    assessment = assessed(made, printer(dhcp=CAN), peer, known=known)
    assert assessment.devices[DEVICE].level == 4
    assert "old-scanner" in assessment.devices[DEVICE].blockers[0]
    assert assessment.devices["d-2"].disposition == "keep_ipv4_island"


@pytest.mark.parametrize(
    ("fields", "disposition"),
    [
        pytest.param({"kind": "printer"}, "keep_ipv4_island", id="appliance"),
        pytest.param({"kind": "server"}, "proxy", id="server"),
        pytest.param({"kind": "workstation"}, "replace", id="client"),
        pytest.param({"last_seen": lan.NOW - 61 * 86400}, "retire", id="gone"),
    ],
)
def test_what_to_do_with_what_does_not_convert(fields: dict[str, Any], disposition: str) -> None:
    one = assessed(findings(device_speaks_ipv6="fail"), printer(**fields)).devices[DEVICE]
    assert one.disposition == disposition


@pytest.mark.parametrize("named", [DEVICE, "printer-2f", "10.66.0.9", "00:1B:A9:00:00:09"])
def test_critical_devices_are_named_in_any_way(named: str) -> None:
    policy = Policy(critical=(named,))
    assert assessed(findings(**PARITY), printer(), policy=policy).devices[DEVICE].critical


def test_histogram() -> None:
    made = findings(**PARITY) + findings("device:d-2", device_speaks_ipv6="fail")
    levels = assessed(made, printer(), lan.device("d-2"), builders.printer()).devices
    assert {key: n for key, n in histogram(levels).items() if n} == {"L0": 1, "L3": 1}
