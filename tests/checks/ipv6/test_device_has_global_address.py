"""Which devices lack a global IPv6 address, and whose fault it is."""

from typing import Any

import pytest

from checks.ipv6 import device_has_global_address
from checks.verdict import Finding
from inventory.snapshot import Device, Network, TapState
from tests.checks import lan

V4 = lan.address("10.66.0.9")
LINK_LOCAL = lan.address("fe80::9", "link-local")
GLOBAL = lan.address("2001:db8:66::9", "eui-64")
ULA = lan.address("fd00:66::9", "unique-local")
DOWN = TapState(available=False, reason="not permitted")


def judge(device: Device, network: Network | None = None, **fields: Any) -> Finding:
    networks = (network or lan.network(routers=(lan.router(),)),)
    (finding,) = device_has_global_address.judge(lan.snapshot(device, networks=networks, **fields))
    return finding


@pytest.mark.parametrize(
    ("addresses", "verdict"),
    [
        pytest.param((V4, LINK_LOCAL, GLOBAL), "pass", id="EUI-64"),
        pytest.param((lan.address("2001:db8:66::a1", "temporary"),), "pass", id="temporary"),
        pytest.param((lan.address("2400:cb00::1", "manual"),), "pass", id="manual"),
        pytest.param((V4, LINK_LOCAL, ULA), "warn", id="unique local"),
        pytest.param((lan.address("2002:c633:6401::1", "global"),), "warn", id="6to4"),
        pytest.param((lan.address("2001:0:c633:6401::1", "global"),), "warn", id="Teredo"),
        pytest.param((ULA, GLOBAL), "pass", id="both"),
        pytest.param((V4,), "fail", id="IPv4 only"),
        pytest.param((V4, LINK_LOCAL), "fail", id="link-local only"),
        pytest.param(
            (V4, lan.address("2001:db8:66::9", last_seen=lan.NOW - 8 * 86400)),
            "fail",
            id="global address not seen for a week",
        ),
    ],
)
def test_addresses_decide(addresses: tuple[Any, ...], verdict: str) -> None:
    finding = judge(lan.device("d-1", *addresses))
    assert finding.verdict == verdict
    assert finding.subject == "device:d-1"


NO_ROUTER = lan.network()
DOUBTS: list[Any] = [
    pytest.param({}, NO_ROUTER, {}, "network_has_no_router", id="no router"),
    pytest.param(
        {},
        lan.network(routers=(lan.router(prefixes=()),)),
        {},
        "network_has_no_router",
        id="router without prefix",
    ),
    pytest.param({}, lan.network(solicitations=0), {}, "not_solicited", id="router not asked"),
    pytest.param({}, NO_ROUTER, {"tap": DOWN}, "no_tap", id="no tap"),
    pytest.param({}, None, {"tap": DOWN}, "no_tap", id="no tap, router known"),
    pytest.param(
        {}, lan.network(agent_has_ipv6=False), {}, "agent_has_no_ipv6", id="agent without IPv6"
    ),
    pytest.param({"macs": ()}, None, {}, "not_listened", id="behind a router"),
    pytest.param({}, lan.network(interface=""), {}, "not_listened", id="routed network"),
    pytest.param({"network": "n-9"}, None, {}, "not_listened", id="unknown network"),
    pytest.param({"groups_unseen": 2}, None, {}, "addresses_unseen", id="groups without address"),
    pytest.param({"discovery_cycles": 2}, None, {}, "too_few_cycles", id="seen too briefly"),
    pytest.param({"state": "down"}, None, {}, "device_unreachable", id="down"),
    pytest.param({"state": "asleep"}, None, {}, "device_unreachable", id="asleep"),
    pytest.param({"state": "unknown"}, None, {}, "device_unreachable", id="state unknown"),
]


@pytest.mark.parametrize(("device", "network", "fields", "reason"), DOUBTS)
def test_doubts_excuse_the_device(
    device: dict[str, Any], network: Network | None, fields: dict[str, Any], reason: str
) -> None:
    finding = judge(lan.device("d-1", V4, **device), network, **fields)
    assert (finding.verdict, finding.reason) == ("unknown", reason)


def test_a_doubt_does_not_hide_an_address_that_was_seen() -> None:
    finding = judge(lan.device("d-1", V4, GLOBAL, discovery_cycles=0), NO_ROUTER, tap=DOWN)
    assert finding.verdict == "pass"


def test_dhcpv6_counts_as_an_offer_of_addresses() -> None:
    network = lan.network(routers=(lan.router(prefixes=(), managed=True),))
    assert judge(lan.device("d-1", V4), network).verdict == "fail"


def test_the_own_host_needs_no_discovery() -> None:
    own = lan.device("d-1", V4, own=True, discovery_cycles=0, groups_unseen=1)
    assert judge(own).verdict == "fail"
    assert judge(own, NO_ROUTER).reason == "network_has_no_router"


def test_a_device_without_any_ip_address_is_not_concerned() -> None:
    device = lan.device("d-1", V4)
    bare = type(device)(**{**_fields(device), "addresses": ()})
    assert judge(bare).verdict == "not_applicable"


def test_the_evidence_sorts_addresses_by_scope() -> None:
    finding = judge(lan.device("d-1", V4, LINK_LOCAL, ULA, GLOBAL))
    assert finding.evidence["addresses"] == {
        "link-local": ["fe80::9"],
        "unique-local": ["fd00:66::9"],
        "global": ["2001:db8:66::9"],
    }
    assert finding.evidence["discovery_cycles"] == 5


def test_summaries_tell_a_silent_device_from_one_with_a_link_local_address() -> None:
    assert "no IPv6 address" in judge(lan.device("d-1", V4)).summary
    assert "link-local address only" in judge(lan.device("d-1", V4, LINK_LOCAL)).summary


def _fields(device: Device) -> dict[str, Any]:
    return {name: getattr(device, name) for name in device.__struct_fields__}
