"""Metric families of the agent's own host: little, because node_exporter does this well."""

from collections.abc import Callable

from collectors.observation import DiskFacts, HostSeen, InterfaceCounters
from exporters.prometheus.family import Family, Picture, Rows


def _info(picture: Picture) -> Rows:
    host = picture.snapshot.host
    if host is not None:
        yield (host.hostname, host.system, host.release, host.machine), 1


def _host(value: Callable[[HostSeen], float | None]) -> Callable[[Picture], float | None]:
    def sample(picture: Picture) -> float | None:
        host = picture.snapshot.host
        return None if host is None else value(host)

    return sample


def _disk(value: Callable[[DiskFacts], float]) -> Callable[[Picture], Rows]:
    def samples(picture: Picture) -> Rows:
        host = picture.snapshot.host
        disks = {} if host is None else {disk.mount: disk for disk in host.disks}
        return [((mount,), value(disk)) for mount, disk in disks.items()]

    return samples


def _interface(value: Callable[[InterfaceCounters], float]) -> Callable[[Picture], Rows]:
    def samples(picture: Picture) -> Rows:
        host = picture.snapshot.host
        ports = {} if host is None else {port.name: port for port in host.interfaces}
        return [((name,), value(port)) for name, port in ports.items()]

    return samples


FAMILIES: tuple[Family, ...] = (
    Family(
        "lanwarden_host_info",
        "info",
        "The host that the agent runs on.",
        ("hostname", "system", "release", "machine"),
        "agent",
        _info,
    ),
    Family(
        "lanwarden_host_boot_timestamp_seconds",
        "gauge",
        "When the agent's host was started.",
        (),
        "agent",
        _host(lambda host: host.boot_at),
    ),
    Family(
        "lanwarden_host_cpus",
        "gauge",
        "Logical processors of the agent's host.",
        (),
        "agent",
        _host(lambda host: host.cpus),
    ),
    Family(
        "lanwarden_host_cpu_busy_ratio",
        "gauge",
        "Share of the processors that was busy when the host was last observed, 0 to 1.",
        (),
        "agent",
        _host(lambda host: host.cpu_busy_ratio),
    ),
    Family(
        "lanwarden_host_load1",
        "gauge",
        "Load average of the last minute when the host was last observed.",
        (),
        "agent",
        _host(lambda host: host.load1),
    ),
    Family(
        "lanwarden_host_memory_size_bytes",
        "gauge",
        "Memory of the agent's host.",
        (),
        "agent",
        _host(lambda host: host.memory_bytes),
    ),
    Family(
        "lanwarden_host_memory_available_bytes",
        "gauge",
        "Memory that programs could still get when the host was last observed.",
        (),
        "agent",
        _host(lambda host: host.memory_available_bytes),
    ),
    Family(
        "lanwarden_host_filesystem_size_bytes",
        "gauge",
        "Size of a mounted file system.",
        ("mountpoint",),
        "agent",
        _disk(lambda disk: disk.size_bytes),
    ),
    Family(
        "lanwarden_host_filesystem_free_bytes",
        "gauge",
        "Free space of a mounted file system when the host was last observed.",
        ("mountpoint",),
        "agent",
        _disk(lambda disk: disk.free_bytes),
    ),
    Family(
        "lanwarden_host_interface_up",
        "gauge",
        "1 when the own interface is up, else 0.",
        ("interface",),
        "agent",
        _interface(lambda port: int(port.up)),
    ),
    Family(
        "lanwarden_host_interface_received_bytes_total",
        "counter",
        "Bytes that the own interface received since boot.",
        ("interface",),
        "agent",
        _interface(lambda port: port.received_bytes),
    ),
    Family(
        "lanwarden_host_interface_sent_bytes_total",
        "counter",
        "Bytes that the own interface sent since boot.",
        ("interface",),
        "agent",
        _interface(lambda port: port.sent_bytes),
    ),
    Family(
        "lanwarden_host_interface_errors_total",
        "counter",
        "Frames that the own interface received or sent in error since boot.",
        ("interface",),
        "agent",
        _interface(lambda port: port.receive_errors + port.send_errors),
    ),
)
