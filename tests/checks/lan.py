"""A small LAN to judge and to render: builders with defaults that a test overrides."""

from typing import Any

import msgspec

from collectors.observation import (
    AdvertisedPrefix,
    AdvertisedResolvers,
    DiskFacts,
    HostSeen,
    InterfaceCounters,
    RouterAdvertised,
)
from inventory.snapshot import (
    Address,
    CollectorRun,
    Device,
    Name,
    Network,
    Router,
    Service,
    Snapshot,
    TapState,
)

NOW = 1_795_330_800.0  # 2026-11-22T07:00:00Z
ROUTER_MAC = "00:1c:73:00:07:01"
ROGUE_MAC = "02:aa:00:00:00:66"
UP = TapState(available=True, received=120, dropped=1, malformed={"arp": 2}, sent={"arp": 254})


def prefix(text: str = "2001:db8:66::/64", **fields: Any) -> AdvertisedPrefix:
    values: dict[str, Any] = {
        "on_link": True, "autonomous": True, "valid_s": 86400, "preferred_s": 14400,
    } | fields  # fmt: skip
    return AdvertisedPrefix(prefix=text, **values)


def router(
    mac: str = ROUTER_MAC,
    address: str = "fe80::1",
    *,
    prefixes: tuple[str, ...] = ("2001:db8:66::/64",),
    rdnss: tuple[str, ...] = (),
    last_seen: float = NOW - 60,
    **fields: Any,
) -> Router:
    values: dict[str, Any] = {
        "hop_limit": 64, "managed": False, "other": False, "preference": "medium",
        "lifetime_s": 1800,
    } | fields  # fmt: skip
    values.setdefault(
        "resolvers", (AdvertisedResolvers(addresses=rdnss, lifetime_s=1200),) if rdnss else ()
    )
    advertisement = RouterAdvertised(
        at=last_seen,
        source="watch",
        interface="eth0",
        mac=mac,
        address=address,
        prefixes=tuple(prefix(text) for text in prefixes),
        **values,
    )
    return Router(address, mac, advertisement, NOW - 9000, last_seen, None)


def advertising(*prefixes: AdvertisedPrefix, **fields: Any) -> Router:
    """A router with just these prefixes."""
    base = router(**fields)
    advertisement = msgspec.structs.replace(base.advertisement, prefixes=prefixes)
    return msgspec.structs.replace(base, advertisement=advertisement)


def listed(allowed: bool | None, **fields: Any) -> Router:
    """A router that a configured list allows or not; None: there is no list."""
    return msgspec.structs.replace(router(**fields), allowed=allowed)


def network(id_: str = "n-1", **fields: Any) -> Network:
    values: dict[str, Any] = {
        "interface": "eth0",
        "ipv4": ("10.66.0.0/24",),
        "ipv6": ("2001:db8:66::/64",),
        "solicitations": 6,
        "listened_s": 3600.0,
        "agent_has_ipv6": True,
    } | fields
    return Network(id=id_, **values)


def address(text: str, kind: Any = None, **fields: Any) -> Address:
    family: Any = "ipv6" if ":" in text else "ipv4"
    chosen: Any = kind or ("private" if family == "ipv4" else "unknown")
    values: dict[str, Any] = {
        "origin": "arp_reply" if family == "ipv4" else "neighbour_advertisement",
        "first_seen": NOW - 9000,
        "last_seen": NOW - 30,
    } | fields
    return Address(address=text, family=family, kind=chosen, **values)


def service(port: int, state: Any = "open", at: str = "10.66.0.9", **fields: Any) -> Service:
    return Service(
        address=at, transport="tcp", port=port, state=state, **({"last_seen": NOW - 30} | fields)
    )


def device(id_: str = "d-0000000009", *addresses: Address | str, **fields: Any) -> Device:
    values: dict[str, Any] = {
        "macs": ("00:1b:a9:00:00:09",),
        "name": "printer-2f",
        "vendor": "Brother",
        "kind": "printer",
        "confidence": 0.9,
        "network": "n-1",
        "names": (Name("printer-2f.local", "mdns", NOW - 30),),
        "services": (),
        "state": "up",
        "reachable": {"ipv4": True},
        "missed": 0,
        "missed_total": 3,
        "always_on": True,
        "first_seen": NOW - 9000,
        "last_seen": NOW - 30,
        "discovery_cycles": 5,
    } | fields
    known = addresses or (address("10.66.0.9"),)
    return Device(
        id=id_,
        addresses=tuple(address(one) if isinstance(one, str) else one for one in known),
        **values,
    )


def run(name: str = "arp", status: Any = "ok", **fields: Any) -> CollectorRun:
    values: dict[str, Any] = {
        "reason": None, "sent": 254, "received": 31, "duration_s": 0.4,
        "finished_at": NOW - 20, "last_success_at": NOW - 20, "interval_s": 300.0,
    } | fields  # fmt: skip
    return CollectorRun(name=name, status=status, **values)


def host(**fields: Any) -> HostSeen:
    values: dict[str, Any] = {
        "hostname": "monitor", "system": "Linux", "release": "6.1", "machine": "x86_64", "cpus": 2,
        "cpu_busy_ratio": 0.25, "load1": 0.4, "memory_bytes": 4 << 30,
        "memory_available_bytes": 1 << 30, "boot_at": NOW - 86400,
        "disks": (DiskFacts("/", "/dev/sda1", 1 << 34, 1 << 33),),
        "interfaces": (InterfaceCounters("eth0", 10, 20, 0, 1, 0, 0, True),),
    } | fields  # fmt: skip
    return HostSeen(at=NOW - 10, source="host", **values)


def snapshot(*devices: Device, **fields: Any) -> Snapshot:
    values: dict[str, Any] = {
        "number": 1,
        "taken_at": NOW,
        "site": "stc",
        "networks": (network(routers=(router(),)),),
        "tap": UP,
    } | fields
    return Snapshot(devices=devices, **values)
