"""What devices say of themselves."""

from typing import Any, Literal

import pytest

from collectors.observation import (
    CommunityTried,
    DhcpClientSeen,
    DhcpServerSeen,
    HostSeen,
    RouteSeen,
)
from tests.inventory.builders import (
    DAY,
    PC,
    PRINTER,
    ROUTER,
    T,
    advertised,
    devices,
    groups,
    interface,
    kinds,
    new_inventory,
    one,
    port,
    seen,
)

LL = "fe80::21b:a9ff:fe00:9"


def client(at: float = T, mac: str = PC, **more: Any) -> DhcpClientSeen:
    return DhcpClientSeen(
        at=at, source="tap", interface="eth0", mac=mac, message=more.pop("message", "request"),
        **more,
    )  # fmt: skip


def server(message: Literal["offer", "ack", "nak"], at: float = T, **more: Any) -> DhcpServerSeen:
    return DhcpServerSeen(
        at=at, source="tap", interface="eth0", mac=ROUTER, address="10.66.7.1", message=message,
        **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("reports", "known", "unseen"),
    [
        pytest.param(
            [groups(PRINTER, "ff02::1:ff00:9", "ff02::1:ffab:cdef", "ff02::fb", address=LL)],
            ("ff02::1:ff00:9", "ff02::1:ffab:cdef", "ff02::fb"), 1, id="one-address-unseen",
        ),
        pytest.param(
            [groups(PRINTER, "ff02::1:ff00:9", address=LL), groups(PRINTER, "ff02::fb")],
            ("ff02::1:ff00:9", "ff02::fb"), 0, id="reports-add-up",
        ),
        pytest.param(
            [groups(PRINTER, "ff02::1", "ff02::fb"), groups(PRINTER, "ff02::fb", complete=True)],
            ("ff02::fb",), 0, id="a-complete-report-replaces",
        ),
        pytest.param(
            [groups(PRINTER, "ff02::fb"), groups(PRINTER, left=("ff02::fb",))], (), 0, id="left"
        ),
        pytest.param([groups(PRINTER, "10.0.0.1", "x" * 99)], (), 0, id="no-groups"),
        pytest.param(
            [groups(PRINTER, "ff02::1:ff00:9", address="::")], ("ff02::1:ff00:9",), 1,
            id="before-it-has-an-address",
        ),
    ],
)  # fmt: skip
def test_groups(reports: list[Any], known: tuple[str, ...], unseen: int) -> None:
    device = one(new_inventory(), reports)
    assert device.groups == tuple(sorted(known))
    assert device.groups_unseen == unseen


def test_a_report_is_a_sighting_of_its_source() -> None:
    device = one(new_inventory(), [groups(PRINTER, "ff02::fb", address=LL)])
    assert [(a.address, a.origin) for a in device.addresses] == [(LL, "mld_report")]
    assert device.state == "up"


def test_groups_are_bounded() -> None:
    device = one(new_inventory(), [groups(PRINTER, *(f"ff05::{n:x}" for n in range(5000)))])
    assert len(device.groups) == 128


def test_a_dhcp_client_alone_is_a_device() -> None:
    device = one(
        new_inventory(),
        [client(hostname="KETOAN-07", vendor_class="MSFT 5.0", parameters=(1, 3, 6, 108),
                ipv6_only_capable=True)],
    )  # fmt: skip
    assert device.name == "KETOAN-07"
    assert device.kind == "workstation"
    assert device.dhcp is not None
    assert device.dhcp.ipv6_only_capable is True
    assert device.dhcp.parameters == (1, 3, 6, 108)


def test_a_message_without_a_parameter_list_does_not_unsay_the_last() -> None:
    device = one(
        new_inventory(),
        [client(parameters=(1, 108), ipv6_only_capable=True), client(T + 60, message="release")],
        T + 60,
    )
    assert device.dhcp is not None
    assert device.dhcp.ipv6_only_capable is True


def test_what_a_server_acknowledges_is_an_address_of_a_known_client_only() -> None:
    inventory = new_inventory()
    inventory.apply(
        [
            client(),
            server("offer", client_mac=PC, offered_address="10.66.7.99"),
            server("ack", client_mac=PC, offered_address="10.66.7.10"),
            server("ack", client_mac="00:1c:73:00:00:77", offered_address="10.66.7.77"),
        ]
    )
    held = devices(inventory)
    assert set(held) == {PC, ROUTER}
    assert [(a.address, a.origin) for a in held[PC].addresses] == [("10.66.7.10", "dhcp")]
    assert held[ROUTER].addresses == ()


@pytest.mark.parametrize(
    "observation",
    [
        pytest.param(
            RouteSeen(at=T, source="netlink", interface="eth0", family="ipv4",
                      destination="0.0.0.0/0", gateway="10.66.7.1"), id="own-default-route",
        ),
        pytest.param(server("ack", routers=("10.66.7.1",)), id="dhcp-option-3"),
        pytest.param(advertised(), id="router-advertisement"),
        pytest.param(
            seen(ROUTER, "fe80::1", how="neighbour_advertisement", router=True), id="r-flag"
        ),
    ],
)  # fmt: skip
def test_what_makes_a_router(observation: Any) -> None:
    inventory = new_inventory()
    inventory.apply([seen(ROUTER, "10.66.7.1"), observation])
    device = devices(inventory)[ROUTER]
    assert device.kind == "router"
    assert device.always_on


def test_a_more_specific_route_makes_no_router() -> None:
    inventory = new_inventory()
    inventory.apply(
        [
            seen(PC, "10.66.7.10"),
            RouteSeen(at=T, source="netlink", family="ipv4", destination="10.9.0.0/16",
                      gateway="10.66.7.10"),
        ]
    )  # fmt: skip
    assert devices(inventory)[PC].kind == "unknown"


def test_the_r_flag_is_taken_back() -> None:
    inventory = new_inventory()
    inventory.apply(
        [
            seen(PC, "fe80::a", how="neighbour_advertisement", router=True),
            seen(PC, "fe80::a", T + 1, how="neighbour_advertisement"),
        ]
    )
    assert not devices(inventory, T + 1)[PC].router


def test_an_arp_frame_says_nothing_about_the_r_flag() -> None:
    inventory = new_inventory()
    inventory.apply([advertised(), seen(ROUTER, "10.66.7.1", T + 1)])
    assert devices(inventory, T + 1)[ROUTER].router


def test_services_are_kept_per_address_and_port() -> None:
    device = one(
        new_inventory(),
        [
            seen(PRINTER, "10.66.7.9"),
            port("10.66.7.9", 23, banner="login:", evidence="iac", name="telnet"),
            port("10.66.7.9", 80, "closed"),
            port("10.66.7.9", 80, "open", T + 5, name="http"),
        ],
        T + 5,
    )
    assert [(s.port, s.state, s.name, s.evidence) for s in device.services] == [
        (23, "open", "telnet", "iac"),
        (80, "open", "http", ""),
    ]


def test_services_are_bounded() -> None:
    inventory = new_inventory()
    inventory.apply([seen(PRINTER, "10.66.7.9"), *(port("10.66.7.9", n) for n in range(1, 500))])
    assert len(devices(inventory)[PRINTER].services) == 256
    assert inventory.skipped["too_many_services"] == 243


@pytest.mark.parametrize(
    ("state", "heard"), [("open", True), ("closed", True), ("filtered", False)]
)
def test_an_answering_port_is_life(state: str, heard: bool) -> None:
    inventory = new_inventory()
    inventory.apply([seen(PRINTER, "10.66.7.9"), port("10.66.7.9", 80, state, T + DAY)])
    assert (devices(inventory, T + DAY)[PRINTER].state == "up") is heard


def test_a_community_is_kept_with_what_it_told() -> None:
    tried = [
        CommunityTried(at=T, source="snmp", address="10.66.7.9", community="public", answered=True,
                       system_description="Brother NC-340, Multifunction"),
        CommunityTried(at=T, source="snmp", address="10.66.7.9", community="private",
                       answered=False),
    ]  # fmt: skip
    device = one(new_inventory(), [seen(PRINTER, "10.66.7.9"), *tried])
    assert [(c.community, c.answered) for c in device.communities] == [
        ("private", False),
        ("public", True),
    ]


def test_the_own_host() -> None:
    facts = HostSeen(
        at=T, source="host", hostname="agent-stc", system="Linux", release="6.1.0",
        machine="x86_64", cpus=2, cpu_busy_ratio=0.1, load1=0.2, memory_bytes=1,
        memory_available_bytes=1, boot_at=T,
    )  # fmt: skip
    inventory = new_inventory()
    device = one(inventory, [interface("eth0", "00:16:3e:00:00:02", "10.66.7.2/24"), facts])
    assert device.own
    assert (device.name, device.os) == ("agent-stc", "Linux 6.1.0")
    assert inventory.snapshot(T).host == facts


@pytest.mark.parametrize(
    ("address", "how", "events"),
    [
        pytest.param("10.66.7.44", "arp_reply", 1, id="a-new-ipv4-address"),
        pytest.param("2001:db8:66:0:21b:a9ff:fe00:9", "neighbour_advertisement", 1, id="eui-64"),
        pytest.param("2001:db8:66:0:9d1c:5e0f:77aa:1234", "dad", 0, id="perhaps-temporary"),
        pytest.param("2001:db8:66::1234", "dad", 1, id="written-by-hand"),
        pytest.param("fd00::9d1c:5e0f:77aa:1234", "dad", 0, id="unique-local-perhaps-temporary"),
        pytest.param("fd00::1234", "dad", 1, id="unique-local-written-by-hand"),
        pytest.param("fe80::1234", "dad", 0, id="link-local"),
    ],
)
def test_a_new_address_of_a_settled_device(address: str, how: Any, events: int) -> None:
    inventory = new_inventory()
    inventory.apply([seen(PRINTER, "10.66.7.9"), seen(PRINTER, address, T + DAY, how)])
    assert kinds(inventory).count("address") == events


def test_temporary_addresses_that_come_and_go_are_never_news() -> None:
    inventory = new_inventory()
    inventory.apply([seen(PC, "10.66.7.10")])
    for day in range(1, 40):
        at = T + day * DAY
        inventory.apply(
            [
                seen(PC, "10.66.7.10", at),
                seen(PC, f"2001:db8:66:0:9d1c:5e0f:77{day:02x}:beef", at, "dad"),
            ]
        )
    held = devices(inventory, T + 40 * DAY)[PC].addresses
    assert "address" not in kinds(inventory)
    assert len(held) <= 10  # those that it left a week ago are gone


def test_what_was_compared_stays_compared_until_the_port_changes() -> None:
    inventory = new_inventory()
    inventory.apply([seen(PC, "10.66.7.9")])
    found = []
    for after, state, against in (
        (0, "closed", "2001:db8:66::9"),
        (100, "closed", ""),  # a look at this family alone takes nothing back
        (200, "open", ""),
        (300, "closed", ""),
        (400, "closed", "2001:db8:66::9"),
    ):
        inventory.apply([port("10.66.7.9", 445, state, T + after, against=against)])
        (service,) = devices(inventory, T + after)[PC].services
        found.append((service.last_seen - T, service.against != ""))
    assert found == [(0, True), (100, True), (200, False), (300, False), (400, True)]
