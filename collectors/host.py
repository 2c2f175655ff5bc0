"""The agent's own host: processors, memory, disks, interface counters, boot time, system."""

import asyncio
import os
import platform
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import PurePath
from typing import Any

from collectors.contract import CollectorError, Context
from collectors.observation import AnyObservation, DiskFacts, HostSeen, InterfaceCounters

NAME = "host"

SAMPLE_S = 0.25
MAX_DISKS = 64
MAX_INTERFACES = 256
# Read-only images: always full, never of interest.
IMAGE_FILE_SYSTEMS = frozenset({"squashfs", "iso9660", "erofs", "cramfs"})
UNKNOWN_SPEEDS_MBPS = frozenset({0, -1, 65535, 4294967295})


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Yield one HostSeen; takes a quarter of a second, to see how busy the processors are.

    psutil is called in a thread, as a dying disk may block it. Raises CollectorError when /proc
    cannot be read.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix="host")
    try:
        yield await observe(context.clock, asyncio.sleep, pool)
    finally:
        pool.shutdown(wait=False)


async def observe(
    clock: Callable[[], float],
    sleep: Callable[[float], Awaitable[None]],
    pool: ThreadPoolExecutor | None,
) -> HostSeen:
    """Take two samples of processor time `SAMPLE_S` apart, and all else with the second."""
    loop = asyncio.get_running_loop()
    # A compiled module that reads files as it loads: not inside the event loop.
    psutil = await loop.run_in_executor(pool, import_module, "psutil")
    try:
        before = await loop.run_in_executor(pool, psutil.cpu_times)
        await sleep(SAMPLE_S)
        return await loop.run_in_executor(pool, lambda: _facts(clock(), before, psutil))
    except (OSError, psutil.Error) as error:
        raise CollectorError(
            f"the host's facts cannot be read: {error}; is /proc mounted?"
        ) from error


def busy_ratio(before: Any, after: Any) -> float | None:
    """The share of processor time between two samples that was not idle; None when none passed."""
    # Guest time is counted inside user time already.
    names = [name for name in after._fields if name not in ("guest", "guest_nice")]
    passed = {name: max(0.0, getattr(after, name) - getattr(before, name)) for name in names}
    total = sum(passed.values())
    if total <= 0:
        return None
    idle = passed.get("idle", 0.0) + passed.get("iowait", 0.0)
    return float(min(1.0, max(0.0, 1.0 - idle / total)))


def disks(partitions: list[Any], usage: Callable[[str], Any]) -> tuple[DiskFacts, ...]:
    """One entry per device, at its shortest mount point; file systems that vanish are left out."""
    found: dict[str, DiskFacts] = {}
    for partition in sorted(
        partitions, key=lambda entry: (len(entry.mountpoint), entry.mountpoint)
    ):
        if partition.fstype in IMAGE_FILE_SYSTEMS or partition.device in found:
            continue
        try:
            used = usage(partition.mountpoint)
        except OSError:
            continue
        if used.total > 0:
            found[partition.device] = DiskFacts(
                mount=partition.mountpoint,
                device=partition.device,
                size_bytes=used.total,
                free_bytes=used.free,
            )
    return tuple(found.values())[:MAX_DISKS]


def interfaces(
    counters: Mapping[str, Any], states: Mapping[str, Any]
) -> tuple[InterfaceCounters, ...]:
    """Counters joined with state and speed; an interface without a state has just gone."""
    found = []
    for name, counter in sorted(counters.items()):
        state = states.get(name)
        if state is None:
            continue
        found.append(
            InterfaceCounters(
                name=name,
                received_bytes=counter.bytes_recv,
                sent_bytes=counter.bytes_sent,
                receive_errors=counter.errin,
                send_errors=counter.errout,
                receive_drops=counter.dropin,
                send_drops=counter.dropout,
                up=state.isup,
                speed_bps=None if state.speed in UNKNOWN_SPEEDS_MBPS else state.speed * 1_000_000,
            )
        )
    return tuple(found[:MAX_INTERFACES])


def system(read: Callable[[], Mapping[str, str]]) -> tuple[str, str]:
    """Name and version of the system, from os-release(5) where there is one, else of the kernel."""
    try:
        facts = read()
    except OSError:
        return platform.system(), platform.release()
    return facts.get("NAME", platform.system()), facts.get("VERSION_ID", facts.get("BUILD_ID", ""))


def _facts(at: float, before: Any, psutil: Any) -> HostSeen:
    memory = psutil.virtual_memory()
    name, version = system(platform.freedesktop_os_release)
    return HostSeen(
        at=at,
        source=NAME,
        hostname=platform.node(),
        system=name,
        release=version,
        machine=platform.machine(),
        cpus=psutil.cpu_count() or 1,
        cpu_busy_ratio=busy_ratio(before, psutil.cpu_times()),
        load1=os.getloadavg()[0],
        memory_bytes=memory.total,
        memory_available_bytes=memory.available,
        boot_at=psutil.boot_time(),
        disks=disks(_partitions(psutil), psutil.disk_usage),
        interfaces=interfaces(psutil.net_io_counters(pernic=True), psutil.net_if_stats()),
    )


def _partitions(psutil: Any) -> list[Any]:
    """File systems on local devices; where the root is an overlay, as in a container, that too."""
    found = list(psutil.disk_partitions(all=False))
    found = [entry for entry in found if PurePath(entry.mountpoint).is_absolute()]
    if not any(entry.mountpoint == "/" for entry in found):
        found += [entry for entry in psutil.disk_partitions(all=True) if entry.mountpoint == "/"][
            -1:
        ]
    return found
