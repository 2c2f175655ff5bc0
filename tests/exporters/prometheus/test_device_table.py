"""The table of device lines: what it renders, keeps and moves."""

from typing import Any

import msgspec
import pytest

from exporters.prometheus import text
from exporters.prometheus.device_families import FAMILIES
from exporters.prometheus.device_table import DeviceTable
from exporters.prometheus.family import Family, Judged
from inventory.snapshot import Device
from tests.checks import lan

UP = next(family for family in FAMILIES if family.name == "lanwarden_device_up")
SEEN = next(one for one in FAMILIES if one.name == "lanwarden_device_last_seen_timestamp_seconds")


def device(number: int, **fields: Any) -> Device:
    return lan.device(f"d-{number}", **fields)


def test_an_update_gives_only_the_families_that_differ() -> None:
    table = DeviceTable((UP, SEEN))
    one, two = device(1), device(2)
    assert table.update((one, two), {}) == {
        UP.name: b'lanwarden_device_up{device="d-1"} 1\nlanwarden_device_up{device="d-2"} 1\n',
        SEEN.name: f'{SEEN.name}{{device="d-1"}} {lan.NOW - 30}\n'
        f'{SEEN.name}{{device="d-2"}} {lan.NOW - 30}\n'.encode(),
    }
    assert table.update((one, two), {}) == {}
    later = msgspec.structs.replace(two, last_seen=lan.NOW)
    assert list(table.update((one, later), {})) == [SEEN.name]


def test_an_equal_but_new_object_changes_nothing() -> None:
    table = DeviceTable((UP, SEEN))
    table.update((device(1),), {})
    assert table.update((device(1),), {}) == {}


def test_the_first_update_gives_every_family_even_without_devices() -> None:
    table = DeviceTable((UP, SEEN))
    assert table.update((), {}) == {UP.name: b"", SEEN.name: b""}
    assert table.update((), {}) == {}


def test_cells_move_with_their_devices() -> None:
    table = DeviceTable((UP,))
    one, two, three = device(1), device(2, state="down"), device(3)
    table.update((one, two), {})
    assert table.update((two, three, one), {})[UP.name].decode().splitlines() == [
        'lanwarden_device_up{device="d-2"} 0',
        'lanwarden_device_up{device="d-3"} 1',
        'lanwarden_device_up{device="d-1"} 1',
    ]
    assert table.update((three,), {})[UP.name] == b'lanwarden_device_up{device="d-3"} 1\n'


def test_of_two_devices_with_one_id_the_last_counts() -> None:
    table = DeviceTable((UP,))
    lines = table.update((device(1), device(1, state="down")), {})
    assert lines[UP.name] == b'lanwarden_device_up{device="d-1"} 0\n'


@pytest.mark.parametrize("family", FAMILIES, ids=[family.name for family in FAMILIES])
@pytest.mark.parametrize("state", ["up", "down", "unknown", "asleep"])
def test_the_fast_way_gives_what_the_plain_way_gives(family: Family, state: Any) -> None:
    device_ = lan.device(
        'd-"odd\\',
        "10.66.0.9",
        "fe80::9",
        name='a"b\\c\n',
        vendor="Ph" + "ò" * 200,
        state=state,
        reachable={"ipv4": True, "ipv6": False},
        groups=("ff02::1:ff00:9",),
        services=(lan.service(22),),
    )
    judged = Judged((("high", 2), ("low", 1)), 3)
    made = DeviceTable((family,)).update((device_,), {device_.id: judged})
    plain = text.lines(family, family.rows(device_, judged), device_.id)
    assert made[family.name] == plain


def test_more_rows_than_patterns_are_kept_still_come_out_right() -> None:
    family = Family(
        "lanwarden_device_x", "gauge", "X.", ("device", "k"), "device",
        lambda device, _: ((("a",), device.missed_total),),
    )  # fmt: skip
    devices = [device(number, missed_total=number) for number in range(600)]
    lines = DeviceTable((family,)).update(devices, {})["lanwarden_device_x"].decode().splitlines()
    assert lines == [
        f'lanwarden_device_x{{device="d-{number}",k="a"}} {number}' for number in range(600)
    ]


def test_values_that_repeat_come_out_like_others() -> None:
    states: tuple[Any, ...] = ("up", "down", "unknown")
    devices = [device(number, state=states[number % 3]) for number in range(60)]
    lines = DeviceTable((UP,)).update(devices, {})[UP.name].decode().splitlines()
    assert lines == [
        f'lanwarden_device_up{{device="d-{number}"}} {1 - number % 3}'
        for number in range(60)
        if number % 3 < 2
    ]


def test_the_oldest_devices_that_fit_keep_their_order() -> None:
    table = DeviceTable((UP, SEEN))
    devices = [device(number, first_seen=lan.NOW - number) for number in (1, 3, 2)]
    table.update(devices, {})
    assert [one.id for one in table.oldest(4)] == ["d-3", "d-2"]
    assert [one.id for one in table.oldest(5)] == ["d-3", "d-2"]
    assert [one.id for one in table.oldest(6)] == ["d-1", "d-3", "d-2"]
    assert table.oldest(1) == []


@pytest.mark.parametrize(
    "family",
    [
        pytest.param(Family("x", "gauge", "X.", ("name",), "device", lambda *_: 1), id="label"),
        pytest.param(Family("x", "gauge", "X.", ("device",), "agent", lambda *_: 1), id="scope"),
    ],
)
def test_a_family_of_something_else_is_refused(family: Family) -> None:
    with pytest.raises(ValueError, match="first label"):
        DeviceTable((family,))


def test_numbers_that_all_differ_come_out_with_gaps_where_there_are_none() -> None:
    family = Family(
        "lanwarden_device_x", "gauge", "X.", ("device",), "device",
        lambda device, _: device.missed_total / 7 if device.missed_total % 3 else None,
    )  # fmt: skip
    table = DeviceTable((family,))
    devices = [device(number, missed_total=number) for number in range(300)]
    lines = table.update(devices, {})["lanwarden_device_x"].decode().splitlines()
    assert lines == [
        f'lanwarden_device_x{{device="d-{number}"}} {number / 7}'
        for number in range(300)
        if number % 3
    ]
    assert table.series == 200


def test_several_rows_with_several_labels_each_become_a_line() -> None:
    family = Family(
        "lanwarden_device_x", "gauge", "X.", ("device", "a", "b"), "device",
        lambda device, _: [((device.name, str(n)), n) for n in range(device.missed_total)],
    )  # fmt: skip
    table = DeviceTable((family,))
    devices = [device(number, missed_total=number, name=f'"{number}') for number in range(3)]
    assert table.update(devices, {})["lanwarden_device_x"].decode().splitlines() == [
        f'lanwarden_device_x{{device="d-{number}",a="\\"{number}",b="{n}"}} {n}'
        for number in range(3)
        for n in range(number)
    ]
    assert table.series == 3


def test_series_counts_what_the_last_update_left() -> None:
    table = DeviceTable(FAMILIES)
    for devices in ((device(1), device(2)), (device(2), device(3, state="unknown")), ()):
        table.update(devices, {})
        plain = [
            text.lines(one, one.rows(its, Judged()), its.id) for one in FAMILIES for its in devices
        ]
        assert table.series == b"".join(plain).count(b"\n")
