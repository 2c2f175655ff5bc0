"""What is seen of the agent's own host, first-hand."""

from typing import Literal

import msgspec

from collectors.observation.lan import Family, Observation


class InterfaceAddress(msgspec.Struct, frozen=True):
    """An address of an own interface with the kernel's flags (`tentative`, `temporary`, …)."""

    address: str
    prefix_length: int
    scope: Literal["global", "link", "host", "site"]
    flags: tuple[str, ...] = ()


class InterfaceSeen(Observation, frozen=True, kw_only=True):
    """An own interface; `interface` is its name. Ethernet-like ones only carry a MAC."""

    index: int
    mac: str
    up: bool
    carrier: bool
    mtu: int
    kind: str = ""
    addresses: tuple[InterfaceAddress, ...] = ()


class RouteSeen(Observation, frozen=True, kw_only=True):
    """A route of the agent's own host; `gateway` is empty for on-link destinations."""

    family: Family
    destination: str
    gateway: str = ""


class DiskFacts(msgspec.Struct, frozen=True):
    """One mounted file system; sizes in bytes."""

    mount: str
    device: str
    size_bytes: int
    free_bytes: int


class InterfaceCounters(msgspec.Struct, frozen=True):
    """Traffic of one own interface since boot; speed in bits per second or None."""

    name: str
    received_bytes: int
    sent_bytes: int
    receive_errors: int
    send_errors: int
    receive_drops: int
    send_drops: int
    up: bool
    speed_bps: int | None = None


class HostSeen(Observation, frozen=True, kw_only=True):
    """The agent's own host through psutil; `boot_at` is Unix time, ratios are 0 to 1."""

    hostname: str
    system: str
    release: str
    machine: str
    cpus: int
    cpu_busy_ratio: float | None
    load1: float
    memory_bytes: int
    memory_available_bytes: int
    boot_at: float
    disks: tuple[DiskFacts, ...] = ()
    interfaces: tuple[InterfaceCounters, ...] = ()
