"""What a device is called, and where it stands."""

import pytest

from agent.label import device_order, first_address, label, label_and_address
from inventory.snapshot import Address, Device
from tests.agent.web.office import NOW, device

GLOBAL = Address("2001:db8::9", "ipv6", "global", "echo_reply", NOW, NOW)
LOCAL = Address("fe80::9", "ipv6", "link-local", "echo_reply", NOW, NOW)


@pytest.mark.parametrize(
    ("one", "called", "long"),
    [
        pytest.param(device(1, "a"), "a", "a (10.66.7.1)", id="name"),
        pytest.param(device(1), "10.66.7.1", "10.66.7.1", id="address"),
        pytest.param(device(1, "a", addresses=()), "a", "a", id="name-only"),
        pytest.param(
            device(1, addresses=(LOCAL, GLOBAL)), "2001:db8::9", "2001:db8::9", id="global-first"
        ),
        pytest.param(device(1, addresses=()), "3c:52:82:00:07:01", "3c:52:82:00:07:01", id="mac"),
        pytest.param(device(1, addresses=(), macs=()), "d-0000000001", "d-0000000001", id="id"),
    ],
)
def test_label(one: Device, called: str, long: str) -> None:
    assert label(one) == called
    assert label_and_address(one) == long


def test_order() -> None:
    devices = [
        device(1, "e", network=""),
        device(1, "d", network="net-z"),
        device(5, "c", addresses=()),
        device(4, "b", addresses=(GLOBAL,)),
        device(100, "a2"),
        device(20, "a1"),
    ]
    assert [one.name for one in sorted(devices, key=device_order)] == [
        "a1", "a2", "b", "c", "d", "e",
    ]  # fmt: skip
    assert first_address(devices[2]) == ""
