"""The level of a network, step by step."""

from typing import Any

import pytest

from checks import registry
from checks.readiness import levels, networks, scores
from checks.verdict import Verdict
from collectors.observation import AdvertisedPref64
from inventory.readiness import Facts
from inventory.snapshot import DhcpClient
from tests.checks import lan
from tests.checks.readiness.builders import (
    DEVICE,
    NETWORK,
    ORG,
    assessed,
    findings,
    printer,
)

PRESENT: dict[str, Verdict] = {"ra_present": "pass"}
ENABLED: dict[str, Verdict] = {
    check: "pass" for check in networks.ENABLED if check != "internet_reachable"
}
SAFE: dict[str, Verdict] = {
    check: "pass"
    for check in networks.SAFE
    if check not in ("pmtu_black_hole", "resolver_over_ipv6")
}
OUT: dict[str, Verdict] = {
    "internet_reachable": "pass", "pmtu_black_hole": "pass", "resolver_over_ipv6": "pass",
}  # fmt: skip
MOSTLY: dict[str, Verdict] = {
    "pref64": "pass", "nat64_prefix_reaches_private": "pass", "option_108": "pass",
}  # fmt: skip
NAT64 = (AdvertisedPref64(prefix="2001:db8:64::/96", lifetime_s=1800),)
R = (lan.router(),)

CASES: list[Any] = [
    pytest.param({"ra_present": "fail"}, {}, R, 0, id="no router"),
    pytest.param({"ra_present": "unknown"}, {}, R, None, id="not known"),
    pytest.param(PRESENT, {}, (lan.router(prefixes=("fd66::/64",)),), 1, id="unique local"),
    pytest.param(ENABLED, {"internet_reachable": "fail"}, R, 1, id="ends at the router"),
    pytest.param(ENABLED, {"internet_reachable": "unknown"}, R, 1, id="not tried"),
    pytest.param(ENABLED | {"rdnss": "fail"}, OUT, R, 1, id="no resolver"),
    pytest.param(ENABLED | {"prefix_lifetimes": "warn"} | SAFE, OUT, R, 3, id="a warning passes"),
    pytest.param(ENABLED | {"rogue_ra": "fail"}, OUT, R, 2, id="not safe"),
    pytest.param(ENABLED | SAFE, OUT | {"pmtu_black_hole": "fail"}, R, 2, id="black hole"),
    pytest.param(
        ENABLED | SAFE, OUT | {"internet_reachable": "not_applicable"}, R, 3, id="cut off"
    ),
    pytest.param(ENABLED | SAFE, OUT, R, 3, id="safe"),
    pytest.param(ENABLED | SAFE | MOSTLY, OUT | {"nat64_works": "pass"}, R, 3, id="no PREF64"),
    pytest.param(
        ENABLED | SAFE | MOSTLY,
        OUT | {"nat64_works": "pass"},
        (lan.router(pref64=NAT64),),
        4,
        id="mostly, without resolvers from the router",
    ),
]


@pytest.mark.parametrize(("on_network", "on_office", "routers", "level"), CASES)
def test_level(
    on_network: dict[str, Verdict], on_office: dict[str, Verdict], routers: Any, level: int | None
) -> None:
    made = findings(NETWORK, **on_network) + findings(ORG, **on_office)
    one = assessed(made, networks=(lan.network(routers=routers),)).networks["n-1"]
    assert one.level == level
    assert level == 4 or one.missing


@pytest.mark.parametrize(
    ("capable", "level"), [pytest.param(True, 5, id="ready"), pytest.param(False, 4, id="not")]
)
def test_ready_for_ipv6_only_when_nearly_all_devices_are(capable: bool, level: int) -> None:
    made = findings(NETWORK, **ENABLED, **SAFE, **MOSTLY)
    made += findings(ORG, **OUT, nat64_works="pass")
    made += findings(
        device_speaks_ipv6="pass", device_has_global_address="pass", service_parity="pass"
    )
    device = printer(dhcp=DhcpClient(ipv6_only_capable=capable))
    routers = (lan.router(pref64=NAT64, rdnss=("2001:db8:66::53",)),)
    network = lan.network(routers=routers)
    assessment = assessed(made, device, known=Facts(), networks=(network,))
    assert assessment.devices[DEVICE].level == (4 if capable else 3)
    assert assessment.networks["n-1"].level == level


def test_every_check_that_a_level_or_a_score_reads_exists() -> None:
    there = {module.name for module in registry.load()}
    read = {
        *networks.ENABLED, *networks.SAFE, *networks.MOSTLY, *levels.PARITY, *scores.WITHOUT_IPV4,
    }  # fmt: skip
    missing = sorted(read - {name.partition(".")[2] for name in there})
    assert missing == []
