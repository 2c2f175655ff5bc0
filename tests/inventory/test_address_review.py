"""Addresses of whole devices over time: kinds that settle, turnover that is no news, bounds."""

import random

import pytest

from collectors.observation import AdvertisedPrefix, AnyObservation, Dhcpv6ServerSeen, How
from inventory.inventory import Inventory
from inventory.record import MAX_ADDRESSES
from inventory.snapshot import Address
from tests.inventory.builders import (
    DAY,
    PC,
    PRINTER,
    ROUTER,
    T,
    advertised,
    devices,
    kinds,
    new_inventory,
    seen,
)

P, Q = "2001:db8:66:0:", "2001:db8:77:0:"
S, T0, T1 = "9d1c:5e0f:77aa:1234", "4c2b:91d0:e3a8:7f11", "b870:2c4e:19f5:8d02"
HOUR = 3600.0


def prefixes(*texts: str, autonomous: bool = True) -> tuple[AdvertisedPrefix, ...]:
    return tuple(AdvertisedPrefix(text, True, autonomous, 86400, 14400) for text in texts)


def router(
    at: float, *texts: str, managed: bool = False, autonomous: bool = True
) -> AnyObservation:
    found = advertised(at, prefixes=prefixes(*texts, autonomous=autonomous))
    return type(found)(
        **{name: getattr(found, name) for name in found.__struct_fields__ if name != "managed"},
        managed=managed,
    )


def address_of(inventory: Inventory, mac: str, text: str, now: float) -> Address:
    return next(a for a in devices(inventory, now)[mac].addresses if a.address == text)


def made(at: float, mac: str, text: str, how: How = "dad") -> AnyObservation:
    return seen(mac, text, at, how)


def test_a_kind_settles_when_the_router_has_spoken_and_the_link_local_address_is_known() -> None:
    inventory = new_inventory()
    inventory.apply([made(T, PC, P + S), made(T + 1, PC, P + T0)])
    first = address_of(inventory, PC, P + T0, T + 2)
    assert (first.kind, first.assigned, first.born_at) == ("global", "unknown", T + 1)
    assert "stable, temporary or leased" in first.why
    inventory.apply([router(T + 3, P + ":/64"), made(T + 4, PC, "fe80::" + S)])
    found = {a.address: a.kind for a in devices(inventory, T + 5)[PC].addresses}
    assert found == {"fe80::" + S: "link-local", P + S: "stable-privacy", P + T0: "temporary"}


def test_an_advertisement_alone_has_addresses_judged_again() -> None:
    inventory = new_inventory()
    inventory.apply([router(T, P + ":/64"), made(T, PC, P + S)])
    assert address_of(inventory, PC, P + S, T + 1).kind == "global"
    inventory.apply([router(T + 60, P + ":/64", managed=True, autonomous=False)])
    found = address_of(inventory, PC, P + S, T + 61)
    assert (found.kind, found.why) == (
        "dhcpv6", "its prefix is not for SLAAC, and routers point to DHCPv6",
    )  # fmt: skip


def test_age_alone_has_addresses_judged_again() -> None:
    inventory = new_inventory()
    inventory.apply([router(T, P + ":/64"), made(T, PC, P + S)])
    at = T
    for hour in range(9 * 24):
        at = T + hour * HOUR
        inventory.apply([router(at, P + ":/64"), made(at, PC, P + S, "neighbour_solicitation")])
        inventory.snapshot(at)
    assert address_of(inventory, PC, P + S, at).kind == "stable-privacy"
    assert "address" not in kinds(inventory)


def test_a_lease_names_the_kind_of_an_address_that_is_known_already() -> None:
    inventory = new_inventory()
    reply = Dhcpv6ServerSeen(
        at=T + DAY, source="tap", interface="eth0", mac=ROUTER, address="fe80::1",
        message="reply", client_mac=PC, addresses=(P + ":1001",),
    )  # fmt: skip
    inventory.apply([router(T, P + ":/64", managed=True), seen(PC, "10.66.7.10")])
    inventory.apply([made(T + DAY, PC, P + ":1001")])
    assert address_of(inventory, PC, "2001:db8:66::1001", T + DAY).assigned == "unknown"
    assert "address" not in kinds(inventory)
    inventory.apply([reply])
    assert address_of(inventory, PC, "2001:db8:66::1001", T + DAY).kind == "dhcpv6"
    assert kinds(inventory).count("address") == 1


def test_temporary_addresses_are_forgotten_after_two_days_and_others_after_a_week() -> None:
    inventory = new_inventory()
    inventory.apply([router(T, P + ":/64"), made(T, PC, "fe80::" + S), made(T, PC, P + S)])
    inventory.apply([made(T + 60, PC, P + T0)])
    for hour in range(10 * 24):
        inventory.apply([seen(PC, "10.66.7.10", T + hour * HOUR)])
        inventory.snapshot(T + hour * HOUR)
        held = {a.address for a in devices(inventory, T + hour * HOUR)[PC].addresses}
        assert (P + T0 in held) == (hour <= 48)
        assert (P + S in held) == (hour <= 7 * 24)


@pytest.mark.parametrize("address", ["2001:db8:66::10", "10.66.7.10"])
def test_at_the_bound_a_lasting_address_stays(address: str) -> None:
    inventory = new_inventory()
    chance = random.Random(7)
    inventory.apply([router(T, P + ":/64"), made(T, PC, "fe80::" + S), made(T, PC, P + S)])
    inventory.apply([seen(PC, address, T)])
    for number in range(3 * MAX_ADDRESSES):
        inventory.apply([made(T + number, PC, P + identifier(chance))])
    held = {a.address for a in devices(inventory, T + 3600)[PC].addresses}
    assert len(held) == MAX_ADDRESSES
    assert {"fe80::" + S, P + S, address} <= held


def test_a_month_of_an_office_with_two_stacks() -> None:
    """NetAlertX#1804: temporary addresses and a renumbering made 173 events; here they make none.

    Ten hosts form a stable address per prefix and a temporary one every day, some are heard to ask
    whether it is free and some are not; on day 15 the provider changes the prefix.
    """
    inventory = new_inventory()
    chance = random.Random(1804)
    hosts = [f"00:1c:73:00:01:{number:02x}" for number in range(10)]
    stable = {(mac, net): identifier(chance) for mac in hosts for net in (P, Q, "fe80::")}
    of_the_day: dict[str, list[str]] = {mac: [] for mac in hosts}
    for number, mac in enumerate(hosts):
        inventory.apply(
            [
                seen(mac, f"10.66.7.{20 + number}"),
                made(T, mac, "fe80::" + local(number, mac, stable)),
            ]
        )
    at = T
    for hour in range(30 * 24):
        at, day = T + hour * HOUR, hour // 24
        net = P if day < 15 else Q
        heard: list[AnyObservation] = [router(at, net + ":/64")]
        for number, mac in enumerate(hosts):
            if hour % 24 == number % 3:
                of_the_day[mac] = [net + identifier(chance), *of_the_day[mac][:1]]
                how: How = "dad" if number % 2 else "neighbour_solicitation"
                heard.append(made(at, mac, of_the_day[mac][0], how))
            used = [net + stable[mac, net if number % 3 else "fe80::"], *of_the_day[mac][:1]]
            heard += [made(at + 5, mac, one, "neighbour_solicitation") for one in used]
            heard.append(seen(mac, f"10.66.7.{20 + number}", at + 6))
        inventory.apply(heard)
        inventory.snapshot(at + 10)
    assert "address" not in kinds(inventory)
    for mac, device in devices(inventory, at + 10).items():
        if mac not in hosts:
            continue
        assert len(device.addresses) <= 8
        found = {a.address: a.kind for a in device.addresses if a.address.startswith(Q)}
        lasting = [
            kind
            for text, kind in found.items()
            if text.endswith((stable[mac, Q], stable[mac, "fe80::"]))
        ]
        assert lasting == ["stable-privacy"]
        assert found[of_the_day[mac][0]] == "temporary"


def test_a_second_stable_address_in_a_prefix_is_news_and_so_is_one_written_by_hand() -> None:
    inventory = new_inventory()
    inventory.apply([router(T, P + ":/64"), made(T, PC, "fe80::" + S), made(T, PC, P + S)])
    inventory.apply([router(T + DAY, P + ":/64"), made(T + DAY, PC, P + ":10")])
    inventory.apply([made(T + DAY, PRINTER, "fe80::21b:a9ff:fe00:9")])
    inventory.apply([made(T + DAY + 60, PC, "fe80::" + T1), made(T + DAY + 60, PC, P + T1)])
    details = [e.detail for e in inventory.recent_events() if e.kind == "address"]
    assert sorted(text.rpartition(" uses ")[2] for text in details) == [
        "2001:db8:66:0:b870:2c4e:19f5:8d02 (stable-privacy)",
        "2001:db8:66::10 (manual)",
    ]


def identifier(chance: random.Random) -> str:
    """Random, as text in which no word begins with a zero."""
    return ":".join(f"{chance.randrange(0x1000, 0x10000):x}" for _ in range(4))


def local(number: int, mac: str, stable: dict[tuple[str, str], str]) -> str:
    """A third of the hosts are Windows, whose identifier is the same everywhere."""
    return stable[mac, "fe80::"] if number % 3 == 0 else f"{0x2000 + number:x}:5e0f:77aa:1234"
