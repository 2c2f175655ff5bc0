"""The plans: believable, consistent, and refused when they cannot be built."""

import ipaddress
from collections.abc import Callable
from typing import get_args

import aiooui
import msgspec
import pytest

from agent.lab import Host, LanPlan, office, sized, wide
from agent.lab.crowd import EVERY_SORT
from agent.lab.offers import DhcpClient, Offer, RouterAdvertiser, Sink, Snmp, Telnet
from agent.lab.office import agent_host
from agent.lab.services.cast import _starters

# What the vendor table must say about the first cards of the office's hosts.
VENDORS = {
    "gw": "Arista",
    "sw-core": "Cisco",
    "ap-lobby": "Routerboard",
    "srv-web": "Hewlett Packard Enterprise",
    "srv-files": "Dell",
    "srv-db": "Super Micro",
    "srv-backup": "Intel",
    "printer-1f": "Hewlett Packard",
    "printer-2f": "Brother",
    "printer-3f": "CANON",
    "cam-gate": "Hikvision",
    "cam-yard": "Dahua",
    "nas-archive": "Synology",
    "ups-rack": "AMERICAN POWER CONVERSION",
    "phone-desk": "YEALINK",
    "sensor-server-room": "Espressif",
    "pc-budget-1": "Dell",
    "pc-treasury-2": "Intel",
    "pc-assets-1": "LCFC",  # makes Lenovo's notebooks
    "pc-assets-2": "ASUS",
    "pc-director": "Dell",
    "pc-audit": "Hewlett Packard",
    "tv-meeting": "Samsung",
    "wifi-room-3": "TP-LINK",
}


@pytest.fixture
async def vendors() -> None:
    await aiooui.async_load()


@pytest.mark.parametrize(("name", "vendor"), VENDORS.items())
async def test_macs_belong_to_their_vendors(vendors: None, name: str, vendor: str) -> None:
    assert vendor in (aiooui.get_vendor(office().host(name).mac) or "")


async def test_every_mac_has_a_vendor_but_the_random_one(vendors: None) -> None:
    unknown = [host.name for host in office().hosts if aiooui.get_vendor(host.mac) is None]
    assert unknown == ["phone-guest"]
    assert int(office().host("phone-guest").mac[:2], 16) & 0b11 == 0b10


def test_the_office_has_what_a_demo_must_show() -> None:
    plan = office()
    hosts = plan.hosts
    assert len(hosts) >= 24
    assert sum(host.kind == "printer" for host in hosts) == 3
    assert sum(host.kind == "server" for host in hosts) >= 3
    private = [
        host
        for host in hosts
        if host.ipv6 == "temporary" and "ignore_multicast_echo" in host.behaviours
    ]
    assert len(private) >= 8
    assert any(host.ipv6 == "none" for host in hosts)
    assert any(host.ipv4 is None for host in hosts)
    assert any("drop_all" in host.behaviours for host in hosts)
    assert any(len(host.nics) == 2 for host in hosts)
    addresses = [nic.ipv4 for host in hosts for nic in host.nics if nic.ipv4]
    assert {one for one in addresses if addresses.count(one) > 1} == {"10.66.7.77"}
    offers = [type(offer) for host in hosts for offer in host.offers]
    assert {Telnet, Snmp, DhcpClient} <= set(offers)
    assert offers.count(RouterAdvertiser) == 2
    healthy = office(rogue_router=False)
    assert {host.name for host in hosts} - {host.name for host in healthy.hosts} == {"wifi-room-3"}
    printers = [host for host in hosts if host.kind == "printer"]
    assert all(
        any(isinstance(offer, Sink) and 9100 in offer.ports for offer in host.offers)
        for host in printers
    )


def test_addresses_are_those_that_the_suites_may_use() -> None:
    for plan in (office(), sized(150), sized(500), wide()[0]):
        networks = (ipaddress.ip_network("10.66.0.0/16"), ipaddress.ip_network("2001:db8::/32"))
        assert ipaddress.ip_network(plan.ipv4).subnet_of(networks[0])  # type: ignore[arg-type]
        for prefix in plan.autoconfigured:
            assert prefix.subnet_of(networks[1])  # type: ignore[arg-type]


def test_every_offer_has_an_implementation() -> None:
    assert set(_starters()) == set(get_args(Offer))


@pytest.mark.parametrize("count", [0, 1, 5, 150, 300])
def test_a_crowd_has_its_size_and_mix(count: int) -> None:
    plan = sized(count)
    assert len(plan.hosts) == count + 1
    assert plan.isolated == (count > 40)
    sorts = [host.name.rpartition("-")[0] for host in plan.hosts[1:]]
    for sort in EVERY_SORT:
        assert abs(sorts.count(sort) - count / len(EVERY_SORT)) < 1


def test_a_crowd_of_one_sort() -> None:
    plan = sized(4, {"ipv6_only": 1})
    assert [host.ipv4 for host in plan.hosts[1:]] == [None] * 4


def test_a_tenth_of_a_wide_network_is_alive() -> None:
    plan, alive = wide("10.66.32.0/20")
    assert len(alive) == 16 * 26
    assert plan.agent.ipv4 == "10.66.32.2"
    assert plan.agent.ipv4 not in alive


def _plan(*hosts: Host) -> LanPlan:
    return LanPlan(hosts=hosts, agent=agent_host())


ONE = Host(name="one", kind="other", mac="02:00:00:00:00:01")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        pytest.param(
            lambda: _plan(ONE, msgspec.structs.replace(ONE, mac="02:00:00:00:00:02")),
            "same name",
            id="names",
        ),
        pytest.param(
            lambda: _plan(ONE, msgspec.structs.replace(ONE, name="two")), "same MAC", id="macs"
        ),
        pytest.param(
            lambda: _plan(msgspec.structs.replace(ONE, ipv4="192.168.1.1")),
            "one: 192.168.1.1 is not in 10.66.7.0/24",
            id="address",
        ),
        pytest.param(lambda: sized(5, {"windows": 1}), "unknown sort of host: windows", id="sort"),
        pytest.param(lambda: sized(2000), "between 0 and 1000", id="too-many"),
        pytest.param(lambda: wide("10.66.7.0/28"), "prefix length of 16 to 24", id="too-narrow"),
    ],
)
def test_impossible_plans_are_refused(make: Callable[[], LanPlan], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        make()
