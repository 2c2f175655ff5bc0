"""Short ways to tell a story: who was there when, and what it said of itself."""

from collections.abc import Iterable
from typing import Any

import msgspec

from collectors.observation import (
    AddressSeen,
    AnyObservation,
    DescriptionSeen,
    DhcpClientSeen,
    Dhcpv6ClientSeen,
    EngineSeen,
    KeySeen,
    NameSeen,
    NeighbourAnnounced,
)
from inventory.inventory import Inventory
from inventory.record import Record
from inventory.saved import Saved
from tests.inventory.builders import T, new_inventory

HOUR = 3600.0
DAY = 24 * HOUR
ANDROID = (1, 3, 6, 15, 26, 28, 51, 58, 59, 43, 108)
APPLE = (1, 121, 3, 6, 15, 108, 114, 119, 252)
WINDOWS = (1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252)

Observations = list[AnyObservation]


class Story(msgspec.Struct, frozen=True):
    """`devices` are the MACs of each real device; `open` pairs that nobody could tell for sure.

    A pair of one device that is `open` may stay two, if it is suggested. `strangers` are pairs that
    must not even be suggested.
    """

    name: str
    observations: Observations
    devices: tuple[tuple[str, ...], ...]
    strangers: tuple[tuple[str, str], ...] = ()
    conflicts: tuple[str, ...] = ()


def there(
    mac: str, address: str, start: float, end: float, link: str = "eth0", every: float = HOUR
) -> Observations:
    """A device answers ARP from hour `start` to hour `end`."""
    found: Observations = []
    at = T + start * HOUR
    while at <= T + end * HOUR:
        found.append(
            AddressSeen(at=at, source="tap", interface=link, mac=mac, address=address,
                        how="arp_reply")
        )  # fmt: skip
        at += every
    return found


def ssh(address: str, key: str, hour: float, link: str = "", port: int = 22) -> AnyObservation:
    return KeySeen(
        at=T + hour * HOUR, source="keys", interface=link, address=address, protocol="ssh",
        port=port, algorithm="ssh-ed25519", fingerprint=f"SHA256:{key}",
    )  # fmt: skip


def tls(address: str, key: str, hour: float) -> AnyObservation:
    return KeySeen(
        at=T + hour * HOUR, source="keys", address=address, protocol="tls", port=443,
        algorithm="rsa", fingerprint=f"SHA256:{key}",
    )  # fmt: skip


def engine(address: str, engine_id: str, hour: float) -> AnyObservation:
    return EngineSeen(at=T + hour * HOUR, source="snmp", address=address, engine_id=engine_id)


def made(address: str, hour: float, **facts: str) -> AnyObservation:
    return DescriptionSeen(
        at=T + hour * HOUR, source="upnp", address=address,
        protocol=facts.pop("protocol", "upnp"), **facts,  # type: ignore[arg-type]
    )  # fmt: skip


def mdns(mac: str, name: str, *hours: float) -> Observations:
    return [NameSeen(at=T + hour * HOUR, source="mdns", name=f"{name}.local", mac=mac)
            for hour in hours]  # fmt: skip


def nbns(mac: str, name: str, *hours: float) -> Observations:
    return [NameSeen(at=T + hour * HOUR, source="nbns", name=name, mac=mac) for hour in hours]


def dhcp(
    mac: str, name: str, *hours: float, form: tuple[int, ...] = (), client: str = "", **more: Any
) -> Observations:
    return [
        DhcpClientSeen(at=T + hour * HOUR, source="tap", interface="eth0", mac=mac,
                       message="request", hostname=name, parameters=form, client_id=client,
                       **more)
        for hour in hours
    ]  # fmt: skip


def duid(mac: str, value: str, *hours: float) -> Observations:
    return [
        Dhcpv6ClientSeen(at=T + hour * HOUR, source="tap", interface="eth0", mac=mac,
                         address="fe80::1", message="solicit", duid=value)
        for hour in hours
    ]  # fmt: skip


def lldp(mac: str, chassis_mac: str, hour: float, name: str = "", **more: Any) -> AnyObservation:
    return NeighbourAnnounced(
        at=T + hour * HOUR, source="tap", interface="eth0", protocol="lldp", mac=mac,
        chassis=chassis_mac, port=mac, lifetime_s=120, chassis_mac=chassis_mac, name=name, **more
    )  # fmt: skip


def hours(start: float, end: float, step: float = 1.0) -> tuple[float, ...]:
    return tuple(start + step * n for n in range(int((end - start) / step) + 1))


def in_order(observations: Observations) -> Observations:
    """By time; at one moment sightings come first, as nothing is kept of who is not known."""
    return sorted(observations, key=lambda seen: (seen.at, not isinstance(seen, AddressSeen)))


def live(
    observations: Iterable[AnyObservation],
    inventory: Inventory | None = None,
    looks: tuple[float, ...] = (1.0, 20.0),
) -> Inventory:
    """An inventory that heard it all, with pictures `looks` seconds after each moment."""
    inventory = inventory or new_inventory()
    last = T
    for seen in observations:
        if seen.at != last:
            for after in looks:
                inventory.snapshot(min(last + after, seen.at))
            last = seen.at
        inventory.apply([seen])
    inventory.snapshot(last + 1)
    inventory.decide_identities(last + 61)
    return inventory


def saved(inventory: Inventory) -> Saved:
    """What a store would give back of an inventory that was never written before."""
    changes = inventory.take_changes()
    decoder = msgspec.json.Decoder(Record)
    return Saved(devices=tuple(decoder.decode(row.record) for row in changes.devices))


def ids(inventory: Inventory, now: float) -> dict[str, str]:
    """The device of each MAC."""
    return {mac: device.id for device in inventory.snapshot(now).devices for mac in device.macs}
