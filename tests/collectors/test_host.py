"""The own host's facts: ratios, disks, counters, system; and one real reading."""

import time
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from collectors.contract import CollectorError
from collectors.host import busy_ratio, collect, disks, interfaces, observe, system
from collectors.observation import HostSeen
from tests.collectors.contexts import NOW, context, gathered
from tests.collectors.virtual_time import now, run


class Times(SimpleNamespace):
    _fields = ("user", "system", "idle", "iowait", "guest")


def times(user: float, idle: float, iowait: float = 0.0, guest: float = 0.0) -> Times:
    return Times(user=user, system=0.0, idle=idle, iowait=iowait, guest=guest)


@pytest.mark.parametrize(
    ("after", "ratio"),
    [
        pytest.param(times(1.0, 3.0), 0.25, id="a quarter"),
        pytest.param(times(0.0, 1.0), 0.0, id="idle"),
        pytest.param(times(2.0, 0.0), 1.0, id="busy"),
        pytest.param(times(1.0, 0.0, iowait=1.0), 0.5, id="waiting for a disk is idle"),
        pytest.param(times(1.0, 1.0, guest=1.0), 0.5, id="guests count once"),
        pytest.param(times(0.0, 0.0), None, id="no time passed"),
        pytest.param(times(-5.0, 1.0), 0.0, id="a counter that went back"),
    ],
)
def test_busy_ratio(after: Times, ratio: float | None) -> None:
    assert busy_ratio(times(0.0, 0.0), after) == ratio


def partition(mountpoint: str, device: str = "/dev/sda1", fstype: str = "ext4") -> SimpleNamespace:
    return SimpleNamespace(mountpoint=mountpoint, device=device, fstype=fstype)


def test_a_device_counts_once_and_images_and_vanished_mounts_do_not() -> None:
    def usage(mount: str) -> SimpleNamespace:
        if mount == "/gone":
            raise FileNotFoundError(mount)
        return SimpleNamespace(total=0 if mount == "/empty" else 100, free=40)

    found = disks(
        [
            partition("/var/lib/bind"),
            partition("/"),
            partition("/gone", "/dev/sdb1"),
            partition("/snap/core", "/dev/loop0", "squashfs"),
            partition("/empty", "/dev/sdc1"),
            partition("/data", "/dev/sdd1"),
        ],
        usage,
    )
    assert [(disk.mount, disk.size_bytes, disk.free_bytes) for disk in found] == [
        ("/", 100, 40), ("/data", 100, 40),
    ]  # fmt: skip


def test_counters_are_joined_with_state() -> None:
    counter = SimpleNamespace(
        bytes_recv=1, bytes_sent=2, errin=3, errout=4, dropin=5, dropout=6, packets_recv=0
    )
    states = {
        "lan0": SimpleNamespace(isup=True, speed=1000),
        "wifi0": SimpleNamespace(isup=False, speed=0),
        "odd0": SimpleNamespace(isup=True, speed=65535),
    }
    found = interfaces(dict.fromkeys(("wifi0", "lan0", "odd0", "gone0"), counter), states)
    assert [(item.name, item.up, item.speed_bps) for item in found] == [
        ("lan0", True, 1_000_000_000), ("odd0", True, None), ("wifi0", False, None),
    ]  # fmt: skip
    assert (found[0].received_bytes, found[0].send_drops) == (1, 6)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param({"NAME": "Debian GNU/Linux", "VERSION_ID": "12"}, ("Debian GNU/Linux", "12")),
        pytest.param({"NAME": "Arch Linux", "BUILD_ID": "rolling"}, ("Arch Linux", "rolling")),
        pytest.param({"NAME": "Debian GNU/Linux"}, ("Debian GNU/Linux", "")),
    ],
    ids=["version", "rolling", "testing"],
)
def test_system(facts: Mapping[str, str], expected: tuple[str, str]) -> None:
    assert system(lambda: facts) == expected


def test_a_system_without_os_release_is_named_by_its_kernel() -> None:
    def missing() -> Mapping[str, str]:
        raise FileNotFoundError("/etc/os-release")

    assert system(missing)[0] == "Linux"


def test_this_host_can_be_read() -> None:
    slept: list[float] = []

    async def main() -> HostSeen:
        async def sleep(seconds: float) -> None:
            slept.append(seconds)

        return await observe(lambda: NOW, sleep, None)

    seen = run(main())
    assert slept == [0.25]
    assert seen.at == NOW
    assert seen.cpus >= 1
    assert 0 < seen.memory_available_bytes <= seen.memory_bytes
    assert 0 < seen.boot_at < time.time()
    assert seen.cpu_busy_ratio is None or 0 <= seen.cpu_busy_ratio <= 1
    assert "lo" in {item.name for item in seen.interfaces}


def test_collect_yields_once_and_ends() -> None:
    async def main() -> tuple[int, float]:
        return len(await gathered(collect(context()))), now()

    count, took_s = run(main())
    assert count == 1
    assert took_s >= 0.25


def test_an_unreadable_proc_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import psutil

    def refuse(*_: Any, **__: Any) -> Any:
        raise PermissionError("/proc/stat")

    monkeypatch.setattr(psutil, "cpu_times", refuse)
    with pytest.raises(CollectorError, match="is /proc mounted"):
        run(gathered(collect(context())))
