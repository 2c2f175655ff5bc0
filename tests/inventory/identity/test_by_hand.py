"""Merges and splits by hand hold against every rescan; nothing of the old device is lost."""

from collections.abc import Callable

import pytest

from inventory.inventory import Inventory
from inventory.joiner import OrderError
from tests.inventory.builders import OWN, T, interface, new_inventory
from tests.inventory.identity.telling import (
    HOUR,
    Observations,
    dhcp,
    hours,
    ids,
    in_order,
    live,
    mdns,
    saved,
    ssh,
    there,
)

A, B, C = (f"00:1c:73:00:01:{n:02x}" for n in (0x10, 0x60, 0xA0))
END = T + 9 * HOUR


def one_host(*macs: str, start: float = 0, end: float = 8) -> Observations:
    """Cards of one host, by every sign."""
    found: Observations = []
    for n, mac in enumerate(macs):
        address = f"10.66.7.{n + 30}"
        found += there(mac, address, start, end)
        found.append(ssh(address, "k", start + 1))
        found += mdns(mac, "kho-bac", *hours(start, end))
    return in_order(found)


def strangers(*macs: str, start: float = 0, end: float = 8) -> Observations:
    found: Observations = []
    for n, mac in enumerate(macs):
        found += there(mac, f"10.66.7.{n + 30}", start, end)
        found.append(ssh(f"10.66.7.{n + 30}", f"key-of-{n}", start + 1))
        found += dhcp(mac, f"pc-so-{n}", start)
    return in_order(found)


def events(inventory: Inventory, kind: str) -> list[str]:
    return [event.detail for event in inventory.recent_events(1000) if event.kind == kind]


def test_a_split_gives_the_old_id_back_with_what_belonged_to_it() -> None:
    apart = live(one_host(A)), live(one_host(B))
    old = {**ids(apart[0], END), **ids(apart[1], END)}
    inventory = live(one_host(A, B))
    merged = ids(inventory, END)[A]
    assert ids(inventory, END)[B] == merged
    text = inventory.split(merged, B, END)
    assert old[B] in text
    assert ids(inventory, END) == old
    devices = {device.macs[0]: device for device in inventory.snapshot(END).devices}
    assert [a.address for a in devices[A].addresses] == ["10.66.7.30"]
    assert [a.address for a in devices[B].addresses] == ["10.66.7.31"]
    assert [n.name for n in devices[B].names] == ["kho-bac.local"]
    assert [m.kind for m in devices[B].marks] == ["ssh_key"]
    assert len(events(inventory, "split")) == 1
    assert {d.action for d in inventory.decisions(old[B])} >= {"split_by_hand"}


@pytest.mark.parametrize("restart", [False, True])
def test_a_split_by_hand_survives_every_rescan(restart: bool) -> None:
    inventory = live(one_host(A, B))
    inventory.split(ids(inventory, END)[A], B, END)
    if restart:
        inventory = new_inventory(saved(inventory))
    inventory = live(one_host(A, B, start=10, end=60), inventory)
    found = ids(inventory, T + 61 * HOUR)
    assert found[A] != found[B]
    assert all(not device.suggested for device in inventory.snapshot(T + 61 * HOUR).devices)


@pytest.mark.parametrize("restart", [False, True])
def test_a_merge_by_hand_survives_every_rescan(restart: bool) -> None:
    inventory = live(strangers(A, B))
    found = ids(inventory, END)
    assert found[A] != found[B]
    inventory.merge(found[A], found[B], END)
    if restart:
        inventory = new_inventory(saved(inventory))
    inventory = live(strangers(A, B, start=10, end=60), inventory)
    after = ids(inventory, T + 61 * HOUR)
    assert after[A] == after[B] == found[A]
    assert inventory.holder(found[B]) == found[A]


def test_a_merge_by_hand_takes_a_split_by_hand_back() -> None:
    inventory = live(one_host(A, B))
    inventory.split(ids(inventory, END)[A], B, END)
    found = ids(inventory, END)
    inventory.merge(found[A], found[B], END + 1)
    inventory = live(one_host(A, B, start=10, end=20), inventory)
    assert len(set(ids(inventory, T + 21 * HOUR).values())) == 1
    assert inventory.explain(found[A]).apart == ()


def test_the_first_mac_of_three_can_be_split_and_the_others_stay_one() -> None:
    inventory = live(one_host(A, B, C))
    (merged,) = set(ids(inventory, END).values())
    first = next(d for d in inventory.snapshot(END).devices).macs[0]
    inventory.split(merged, first, END)
    found = ids(inventory, END)
    assert found[first] == merged
    assert len({found[mac] for mac in {A, B, C} - {first}}) == 1
    again = live(one_host(A, B, C, start=10, end=20), inventory)
    assert ids(again, T + 21 * HOUR)[first] == merged
    assert len(set(ids(again, T + 21 * HOUR).values())) == 2


def test_a_merge_of_merged_devices_can_be_undone_part_by_part() -> None:
    inventory = live(strangers(A, B, C))
    old = ids(inventory, END)
    inventory.merge(old[B], old[C], END)
    inventory.merge(old[A], old[B], END)
    assert set(ids(inventory, END).values()) == {old[A]}
    inventory.split(old[A], C, END)
    inventory.split(old[A], B, END)
    assert ids(inventory, END) == old


def test_orders_that_make_no_sense_are_refused() -> None:
    inventory = live([interface("eth0", OWN, "10.66.7.2/24"), *strangers(A)])
    found = ids(inventory, END)
    orders: tuple[Callable[[], str], ...] = (
        lambda: inventory.merge(found[A], "d-nobody", END),
        lambda: inventory.merge(found[A], found[OWN], END),
        lambda: inventory.split(found[A], A, END),
        lambda: inventory.split(found[OWN], OWN, END),
    )
    for order in orders:
        with pytest.raises(OrderError):
            order()
    assert ids(inventory, END) == found


def test_a_merge_done_twice_changes_nothing() -> None:
    inventory = live(strangers(A, B))
    found = ids(inventory, END)
    inventory.merge(found[A], found[B], END)
    assert "already" in inventory.merge(found[A], found[A], END)
    assert len(events(inventory, "merged")) == 1


def test_a_merge_is_told_and_explained() -> None:
    inventory = live(one_host(A, B))
    (device,) = inventory.snapshot(END).devices
    why = inventory.explain(device.id)
    assert [d.action for d in why.decisions] == ["created", "absorbed"]
    assert any("SSH host key" in reason for reason in why.decisions[-1].reasons)
    assert [part.macs for part in why.parts] == [[m for m in (A, B) if m != device.macs[0]]]
    assert len(events(inventory, "merged")) == 1


def test_what_was_merged_lives_when_one_card_does() -> None:
    inventory = live(one_host(A, B))
    inventory.apply(there(B, "10.66.7.31", 9, 9))
    (device,) = inventory.snapshot(T + 9 * HOUR + 5).devices
    assert device.state == "up"


def test_ten_thousand_devices_are_compared_by_what_they_share_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from inventory import identity_evidence

    weighed = 0
    weigh = identity_evidence.weigh

    def counted(*given: object) -> identity_evidence.Verdict:
        nonlocal weighed
        weighed += 1
        return weigh(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(identity_evidence, "weigh", counted)
    inventory = new_inventory(first_pass=True, max_devices=10_000)
    for n in range(10_000):
        mac = f"00:1c:73:{n >> 16:02x}:{n >> 8 & 255:02x}:{n & 255:02x}"
        address = f"10.66.{n >> 8}.{n & 255}"
        inventory.apply(there(mac, address, 0, 0))
        inventory.apply([ssh(address, f"key-{n // 2}" if n < 100 else f"key-{n}", 0.1)])
        inventory.apply(mdns(mac, f"may-{n}", 0.1))
        if n >= 5000:
            inventory.apply([ssh(address, "everybody's", 0.1, port=2222)])
    inventory.decide_identities(T + HOUR)
    assert len(inventory.snapshot(T + HOUR).devices) == 10_000
    assert 50 <= weighed <= 500
    before = weighed
    inventory.apply(o for n in range(100) for o in mdns(f"00:1c:73:00:27:{n:02x}", f"may-{n}-x", 1))
    inventory.decide_identities(T + 2 * HOUR)
    assert weighed - before <= 100
