import pytest

from collectors.observation import AddressSeen, EchoAnswered
from inventory import identity
from inventory.snapshot import TapState
from tests.inventory.builders import (
    OWN,
    PC,
    PHONE,
    PRINTER,
    T,
    devices,
    groups,
    interface,
    new_inventory,
    one,
    port,
    seen,
)


@pytest.mark.parametrize(
    "mac",
    [
        pytest.param("00:00:5e:00:01:0a", id="vrrp4"),
        pytest.param("00:00:5e:00:02:0a", id="vrrp6"),
        pytest.param("00:00:0c:07:ac:01", id="hsrp"),
        pytest.param("00:00:0c:9f:f0:01", id="hsrp2"),
        pytest.param("00:05:73:a0:00:01", id="hsrp6"),
        pytest.param("00:07:b4:00:01:01", id="glbp"),
        pytest.param("02:bf:0a:42:07:05", id="cluster"),
        pytest.param("01:00:5e:00:00:fb", id="multicast4"),
        pytest.param("33:33:00:00:00:01", id="multicast6"),
        pytest.param("ff:ff:ff:ff:ff:ff", id="broadcast"),
        pytest.param("00:00:00:00:00:00", id="zero"),
    ],
)
def test_shared_macs_name_nobody(mac: str) -> None:
    assert identity.shared_by(mac)
    inventory = new_inventory()
    inventory.apply([seen(mac, "10.66.7.1"), groups(mac, "ff02::fb")])
    assert inventory.snapshot(T).devices == ()
    assert inventory.skipped["shared_mac"] == 2


@pytest.mark.parametrize(
    "mac",
    [PRINTER, "00:00:5e:00:03:01", "00:00:5e:00:53:01", "00:00:0c:9f:e0:01", "02:be:00:00:00:01"],
)
def test_macs_of_single_devices(mac: str) -> None:
    assert identity.shared_by(mac) == ""


@pytest.mark.parametrize(
    "mac",
    ["", "00:1B:A9:00:00:09", "00-1b-a9-00-00-09", "00:1b:a9:00:00", PRINTER + "\n", "x" * 17],
)
def test_what_is_no_mac_is_skipped(mac: str) -> None:
    inventory = new_inventory()
    inventory.apply([seen(mac, "10.66.7.1"), groups(mac, "ff02::fb")])
    assert inventory.snapshot(T).devices == ()
    assert inventory.skipped["bad_mac"] == 2


def test_one_mac_with_both_families_is_one_device() -> None:
    device = one(
        new_inventory(),
        [seen(PRINTER, "10.66.7.9"), seen(PRINTER, "fe80::21b:a9ff:fe00:9", how="mld_report")],
    )
    assert [(a.address, a.kind, a.origin) for a in device.addresses] == [
        ("10.66.7.9", "private", "arp_reply"),
        ("fe80::21b:a9ff:fe00:9", "link-local", "mld_report"),
    ]
    assert device.vendor == "Brother industries, LTD."
    assert device.network == "net-eth0"


def test_a_random_mac_is_flagged_and_has_no_vendor() -> None:
    device = one(new_inventory(), [seen(PHONE, "10.66.7.30")])
    assert device.random_mac
    assert device.vendor == ""


def test_an_id_is_the_same_in_every_run_and_in_every_order() -> None:
    observations = [seen(PRINTER, "10.66.7.9"), seen(PC, "10.66.7.10")]
    ids = []
    for order in (observations, observations[::-1]):
        inventory = new_inventory()
        inventory.apply(order)
        ids.append({mac: device.id for mac, device in devices(inventory).items()})
    assert ids[0] == ids[1]
    assert all(len(name) == 12 and name.startswith("d-") for name in ids[0].values())


def test_taken_ids_are_not_given_twice() -> None:
    assert identity.device_id(PC) != identity.device_id(PC, 1)


def test_an_address_behind_a_router_is_a_device_without_a_mac() -> None:
    inventory = new_inventory()
    device = one(inventory, [EchoAnswered(at=T, source="tap", address="10.66.9.5", rtt_s=0.01)])
    assert device.macs == ()
    assert device.network == "net-10.66.9.0-24"
    assert device.addresses[0].answers is True
    (decision,) = inventory.decisions(device.id)
    assert decision.action == "created"
    assert "through a router" in decision.reasons[0]


def test_confidence_of_an_address_alone_stays_low() -> None:
    inventory = new_inventory()
    device = one(
        inventory,
        [EchoAnswered(at=T, source="tap", address="10.66.9.5"), port("10.66.9.5", 9100)],
    )
    assert device.kind == "printer"
    assert device.confidence == identity.ADDRESS_ALONE


def test_a_mac_that_claims_such_an_address_absorbs_it() -> None:
    inventory = new_inventory()
    inventory.apply([EchoAnswered(at=T, source="tap", address="10.66.7.9"), port("10.66.7.9", 631)])
    old = inventory.snapshot(T).devices[0].id
    device = one(inventory, [seen(PRINTER, "10.66.7.9", T + 5)], T + 5)
    assert device.macs == (PRINTER,)
    assert device.first_seen == T
    assert [service.port for service in device.services] == [631]
    last = inventory.decisions(device.id)[-1]
    assert (last.action, last.other) == ("absorbed", old)
    assert old in inventory.take_changes().removed


def test_services_of_unknown_addresses_make_no_device() -> None:
    inventory = new_inventory()
    inventory.apply([port("10.66.7.77", 80)])
    assert inventory.snapshot(T).devices == ()
    assert inventory.skipped["unknown_device"] == 1


def test_all_own_interfaces_are_one_device() -> None:
    inventory = new_inventory()
    inventory.apply(
        [
            interface("eth0", OWN, "10.66.7.2/24"),
            interface("eth1", "00:16:3e:00:00:03", "10.66.8.2/24"),
        ]
    )
    (device,) = inventory.snapshot(T).devices
    assert device.own
    assert device.macs == (OWN, "00:16:3e:00:00:03")
    assert device.state == "up"
    assert {a.address for a in device.addresses} == {"10.66.7.2", "10.66.8.2"}


def test_an_own_interface_that_was_taken_for_a_station_is_absorbed() -> None:
    inventory = new_inventory()
    inventory.apply(
        [
            interface("eth0", OWN, "10.66.7.2/24"),
            seen("00:16:3e:00:00:03", "10.66.7.3", T + 1),
            interface("eth1", "00:16:3e:00:00:03", "10.66.7.3/24", at=T + 2),
        ]
    )
    (device,) = inventory.snapshot(T + 2).devices
    assert device.own
    assert "00:16:3e:00:00:03" in device.macs


def test_a_station_heard_before_the_kernel_spoke_becomes_the_own_host() -> None:
    inventory = new_inventory()
    device = one(inventory, [seen(OWN, "10.66.7.2"), interface("eth0", OWN, "10.66.7.2/24")])
    assert device.own


def test_own_addresses_carry_what_the_kernel_knows() -> None:
    device = one(
        new_inventory(), [interface("eth0", OWN, "2001:db8:66::abcd/64", flags=("temporary",))]
    )
    assert [(a.kind, a.origin) for a in device.addresses] == [("temporary", "own")]


@pytest.mark.parametrize("own_mac", ["", "00:00:00:00:00:00"])
def test_an_interface_without_a_mac_is_no_device(own_mac: str) -> None:
    inventory = new_inventory()
    inventory.apply([interface("lo", own_mac, "127.0.0.1/8", "::1/128")])
    assert inventory.snapshot(T).devices == ()


def test_a_proxy_is_one_flagged_device_and_not_many() -> None:
    inventory = new_inventory()
    inventory.apply(seen(PC, f"10.66.7.{host}") for host in range(1, 201))
    (device,) = inventory.snapshot(T).devices
    assert device.proxy
    assert len(device.addresses) == 32


def test_a_proxy_makes_no_duplicates_of_the_stations_it_answers_for() -> None:
    inventory = new_inventory()
    inventory.apply(seen(PC, f"10.66.7.{host}") for host in range(1, 100))
    for at in (T + 1, T + 3, T + 5, T + 7):
        inventory.apply([seen(PRINTER, "10.66.7.9", at), seen(PC, "10.66.7.9", at)])
    assert [n.duplicates for n in inventory.snapshot(T + 8).networks if n.interface] == [()]
    assert PRINTER in devices(inventory, T + 8)


def test_learning_freezes_at_the_bound_and_says_so_once() -> None:
    inventory = new_inventory(max_devices=3)
    flood = [
        seen(f"02:00:00:00:{i // 256:02x}:{i % 256:02x}", f"10.66.7.{i % 200 + 1}")
        for i in range(1000)
    ]
    inventory.apply([seen(PRINTER, "10.66.7.9"), seen(PC, "10.66.7.10"), *flood])
    known = devices(inventory)
    assert len(known) == 3
    assert PRINTER in known
    assert inventory.skipped["learning_frozen"] == 999
    assert [e.kind for e in inventory.recent_events(1000)].count("learning_frozen") == 1


def test_a_random_mac_silent_for_a_day_makes_room_at_the_bound() -> None:
    inventory = new_inventory(max_devices=2)
    inventory.apply([seen(PHONE, "10.66.7.30"), seen(PRINTER, "10.66.7.9")])
    inventory.apply([seen(PC, "10.66.7.10", T + 90_000)])
    assert set(devices(inventory, T + 90_000)) == {PRINTER, PC}


@pytest.mark.parametrize(
    ("tap", "age_s", "known"),
    [
        pytest.param(True, 5, True, id="just-confirmed"),
        pytest.param(True, 600, False, id="a-memory-beside-a-tap"),
        pytest.param(False, 600, True, id="a-memory-and-nothing-else"),
        pytest.param(False, 7200, False, id="too-old-a-memory"),
    ],
)
def test_a_kernels_memory_makes_a_device_only_while_it_is_fresh(
    tap: bool, age_s: float, known: bool
) -> None:
    inventory = new_inventory()
    inventory.set_tap(TapState(available=tap), T)
    inventory.apply([interface("lo", ""), seen(PC, "10.66.7.10", T - age_s, "neighbour_table")])
    assert (PC in devices(inventory)) is known
    assert inventory.skipped.get("hearsay", 0) == (not known)


def test_a_kernels_memory_of_a_known_device_adds_its_address() -> None:
    inventory = new_inventory()
    inventory.set_tap(TapState(available=True), T)
    inventory.apply([seen(PC, "10.66.7.10"), seen(PC, "fe80::a", T - 600, "neighbour_table")])
    device = devices(inventory)[PC]
    assert [a.address for a in device.addresses] == ["10.66.7.10", "fe80::a"]
    assert device.last_seen == T


def test_decisions_are_bounded_and_keep_the_first() -> None:
    inventory = new_inventory()
    inventory.apply([interface("eth0", OWN)])
    for number in range(20):
        inventory.apply([interface(f"eth{number}", f"00:16:3e:00:01:{number:02x}")])
    (device,) = inventory.snapshot(T).devices
    kept = inventory.decisions(device.id)
    assert len(kept) == 16
    assert kept[0].action == "created"


def test_the_same_claim_again_is_not_a_change() -> None:
    inventory = new_inventory()
    claim: AddressSeen = seen(PRINTER, "10.66.7.9")
    first = one(inventory, [claim])
    assert one(inventory, [claim] * 3) is first
