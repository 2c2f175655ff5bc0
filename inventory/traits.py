"""What a device shows of itself beyond its addresses, as parts of the snapshot.

Times are Unix seconds (UTC); text from the network is clean.
"""

from typing import Literal

import msgspec

MarkKind = Literal[
    "ssh_key", "tls_key", "serial", "uuid", "engine_id", "duid", "dhcp_client_id", "mdns_name",
    "chassis",
]  # fmt: skip


class Mark(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Something by which a device can be known again, besides its MACs; `where` is its origin."""

    kind: MarkKind
    value: str
    where: str = ""
    first_seen: float = 0.0
    last_seen: float = 0.0


class Key(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The public key of a service on one address: see `KeySeen`."""

    address: str
    port: int
    protocol: Literal["ssh", "tls"]
    fingerprint: str
    algorithm: str = ""
    subject: str = ""
    self_signed: bool = False
    last_seen: float = 0.0


class Page(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The start page of a web service."""

    address: str
    port: int
    secure: bool
    status: int
    title: str = ""
    server: str = ""
    last_seen: float = 0.0


class Advert(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A service that the device says it offers: see `ServiceAdvertised`."""

    protocol: Literal["mdns", "ssdp", "wsd"]
    kind: str
    name: str = ""
    port: int = 0
    server: str = ""
    details: tuple[str, ...] = ()
    last_seen: float = 0.0


class Announcement(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What the device says of itself by LLDP or CDP."""

    protocol: Literal["lldp", "cdp"]
    name: str = ""
    description: str = ""
    model: str = ""
    serial: str = ""
    capabilities: tuple[str, ...] = ()
    at: float = 0.0


class Description(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What the device says of its make: see `DescriptionSeen`."""

    protocol: Literal["upnp", "wsd", "ipp", "mdns"]
    manufacturer: str = ""
    model: str = ""
    serial: str = ""
    uuid: str = ""
    name: str = ""
    device_type: str = ""
    firmware: str = ""
    at: float = 0.0
