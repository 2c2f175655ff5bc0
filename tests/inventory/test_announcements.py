"""What the inventory keeps of announcements."""

from typing import Any

import pytest

from collectors.observation import (
    AddressSeen,
    AnyObservation,
    BridgeSeen,
    Dhcpv6ClientSeen,
    Dhcpv6Relayed,
    Dhcpv6ServerSeen,
    NameSeen,
    NeighbourAnnounced,
    NeighbourTold,
    ServiceAdvertised,
    VirtualRouterSeen,
)
from inventory.inventory import Inventory, Settings
from inventory.snapshot import Device, Dhcpv6Client

AT = 1_700_000_000.0
MAC, SWITCH = "00:1b:a9:00:00:09", "00:1c:73:00:0c:00"


def made(what: Any, /, **fields: Any) -> Any:
    return what(at=AT, interface="eth0", **{"source": "tap", "mac": MAC} | fields)


def devices(*observations: AnyObservation) -> tuple[Device, ...]:
    inventory = Inventory(Settings(site="x"), lambda _: "")
    inventory.apply(observations)
    return inventory.snapshot(AT).devices


CLIENT = made(
    Dhcpv6ClientSeen,
    address="fe80::9",
    message="solicit",
    duid="00030001",
    vendor_class="MSFT 5.0",
    enterprise=311,
    requested=(23,),
)


def test_a_dhcpv6_client_is_a_device() -> None:
    (device,) = devices(CLIENT, made(NameSeen, source="dhcpv6", name="pc"))
    assert device.dhcpv6 == Dhcpv6Client("00030001", "MSFT 5.0", 311, (23,), AT)
    assert device.name == "pc"
    assert device.state == "up"


def test_a_later_message_without_a_list_keeps_the_earlier_list() -> None:
    later = made(Dhcpv6ClientSeen, address="fe80::9", message="release")
    (device,) = devices(CLIENT, later)
    assert device.dhcpv6 is not None
    assert (device.dhcpv6.duid, device.dhcpv6.requested) == ("00030001", (23,))


def test_a_lease_belongs_to_a_known_client_only() -> None:
    reply = made(
        Dhcpv6ServerSeen,
        mac="00:1c:73:00:07:01",
        address="fe80::1",
        message="reply",
        client_mac=MAC,
        addresses=("2001:db8:66::1001",),
    )
    (server,) = devices(reply)
    assert server.macs == ("00:1c:73:00:07:01",)
    client = next(device for device in devices(CLIENT, reply) if device.macs == (MAC,))
    (leased,) = client.addresses
    assert (leased.address, leased.kind, leased.origin) == ("2001:db8:66::1001", "dhcpv6", "dhcp")


ANNOUNCED: dict[str, dict[str, Any]] = {
    "by the port's MAC": {"mac": SWITCH},
    "by the chassis": {"mac": "00:1c:73:00:0c:01", "chassis_mac": SWITCH},
    "by its address": {"mac": "00:1c:73:00:0c:01", "addresses": ("10.66.0.2",)},
}


def announced(**fields: Any) -> Any:
    return made(
        NeighbourAnnounced,
        **{"protocol": "lldp", "chassis": "c", "port": "1", "lifetime_s": 120, "name": "sw-2"}
        | fields,
    )


@pytest.mark.parametrize("case", ANNOUNCED)
def test_an_announcement_names_a_known_device(case: str) -> None:
    known = made(AddressSeen, mac=SWITCH, address="10.66.0.2", how="arp_reply")
    (device,) = devices(known, announced(**ANNOUNCED[case]))
    assert device.name == "sw-2"
    assert device.names[0].source == "lldp"


def test_an_announcement_makes_no_device() -> None:
    assert devices(announced()) == ()


@pytest.mark.parametrize(
    "observation",
    [
        made(BridgeSeen, message="topology_change"),
        made(
            VirtualRouterSeen, address="fe80::2", router_id=1, version=3, priority=1, interval_s=1.0
        ),
        made(ServiceAdvertised, protocol="ssdp", address="10.66.0.2", kind="x"),
    ],
    ids=["bridge", "virtual router", "service"],
)  # fmt: skip
def test_what_is_not_used_yet_does_no_harm(observation: AnyObservation) -> None:
    assert devices(observation) == ()


CLONE = "00:1b:a9:00:00:0a"
LEASE = "2001:db8:77::1001"


def relayed(message: str, **fields: Any) -> Any:
    return made(Dhcpv6Relayed, **{"message": message, "mac": "", "duid": "00030001"} | fields)


def test_a_relayed_message_makes_no_device() -> None:
    assert devices(relayed("solicit", mac=MAC), relayed("reply", addresses=(LEASE,))) == ()


def test_a_relayed_message_tells_of_the_client_that_the_relay_saw() -> None:
    known = made(AddressSeen, address="10.66.0.9", how="arp_reply")
    (device,) = devices(
        known, relayed("solicit", mac=MAC, duid="0004ab", vendor_class="MSFT 5.0", hostname="pc")
    )
    assert device.dhcpv6 is not None
    assert (device.dhcpv6.duid, device.dhcpv6.vendor_class, device.name) == (
        "0004ab", "MSFT 5.0", "pc",
    )  # fmt: skip


def test_a_relayed_reply_leases_to_the_one_device_with_the_identifier() -> None:
    (device,) = devices(CLIENT, relayed("reply", addresses=(LEASE,)))
    (leased,) = device.addresses
    assert (leased.address, leased.kind, leased.assigned) == (LEASE, "dhcpv6", "dhcpv6")


def test_a_relayed_reply_to_cloned_systems_leases_to_nobody() -> None:
    clone = made(Dhcpv6ClientSeen, mac=CLONE, address="fe80::a", message="solicit", duid="00030001")
    found = devices(CLIENT, clone, relayed("reply", addresses=(LEASE,)))
    assert [device.addresses for device in found] == [(), ()]


def test_a_relayed_advertisement_leases_nothing() -> None:
    (device,) = devices(CLIENT, relayed("advertise", addresses=(LEASE,)))
    assert device.addresses == ()


TOLD = made(NeighbourTold, source="snmp_ipv6", router="10.66.0.1", address="2001:db8:66::77")
SEEN = made(AddressSeen, address="10.66.0.9", how="arp_reply")


def test_a_routers_table_gives_a_known_device_an_address() -> None:
    (device,) = devices(SEEN, TOLD)
    assert [(one.address, one.origin) for one in device.addresses] == [
        ("10.66.0.9", "arp_reply"),
        ("2001:db8:66::77", "router_table"),
    ]


def test_a_routers_table_makes_no_device_and_proves_nobody_alive() -> None:
    assert devices(TOLD) == ()
    (before,), (after,) = devices(SEEN), devices(SEEN, TOLD, TOLD)
    assert (after.last_seen, after.state, after.reachable) == (
        before.last_seen, before.state, before.reachable,
    )  # fmt: skip


OTHER = "00:1b:a9:00:00:0a"


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(made(AddressSeen, mac=OTHER, address="2001:db8:66::77",
                          how="neighbour_advertisement"), id="another device has it"),
        pytest.param(made(AddressSeen, address="fe80::9", how="neighbour_advertisement",
                          router=True), id="it is a router"),
    ],
)  # fmt: skip
def test_a_routers_table_takes_nothing_and_gives_routers_nothing(before: AnyObservation) -> None:
    device = next(one for one in devices(before, SEEN, TOLD) if one.macs == (MAC,))
    assert "router_table" not in {one.origin for one in device.addresses}


@pytest.mark.parametrize("address", ["fe80::77", "10.66.0.77", "::1", "ff02::1", "nonsense", ""])
def test_rows_that_say_nothing_of_a_device(address: str) -> None:
    (device,) = devices(SEEN, made(NeighbourTold, router="10.66.0.1", address=address))
    assert [one.address for one in device.addresses] == ["10.66.0.9"]
