"""What devices say of themselves, and of their neighbours, over SNMP with a named credential."""

from typing import Literal

import msgspec

from collectors.observation.lan import Family, Observation, Transport

SnmpOutcome = Literal["answered", "silent", "refused", "error"]
TableState = Literal["read", "absent", "partial", "broken"]
AddressStatus = Literal[
    "preferred", "deprecated", "invalid", "inaccessible", "unknown", "tentative", "duplicate",
    "optimistic",
]  # fmt: skip
AddressSource = Literal["other", "manual", "dhcp", "linklayer", "random", "not_told"]


class SnmpInterface(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row of ipv6InterfaceTable (RFC 4293): an interface with IPv6; None: the column is empty."""

    index: int
    enabled: bool | None = None
    forwarding: bool | None = None


class SnmpAddress(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row of ipAddressTable (RFC 4293); only unicast addresses are kept."""

    address: str
    index: int = 0
    source: AddressSource = "not_told"
    status: AddressStatus = "unknown"


class SnmpListener(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row of tcpListenerTable or udpEndpointTable (RFC 4022, RFC 4113); `address` "": any."""

    transport: Transport
    port: int
    ipv4: bool
    ipv6: bool
    address: str = ""


class SnmpSeen(Observation, frozen=True, kw_only=True):
    """A device was asked over SNMP at one address, with the credentials of its network in turn.

    `credential` is the name of the one that was answered, or of the last that was tried; `detail` a
    word of the protocol. `tables` tells how far each was read (`interfaces`, `addresses`, `tcp`,
    `udp`, `neighbours`), `absent` meaning that the device has no such table: which is not no.
    `forwarding` is ipv6IpForwarding. `neighbours` counts the rows of ipNetToPhysicalTable that
    name a station, by family. `over_ipv6`: which of its IPv6 addresses answer, when it was asked
    over IPv4. `cut` counts rows that were left out or made no sense.
    """

    address: str
    mac: str
    outcome: SnmpOutcome
    credential: str = ""
    version: Literal["", "v2c", "v3"] = ""
    detail: str = ""
    forwarding: bool | None = None
    tables: dict[str, TableState] = msgspec.field(default_factory=dict)
    interfaces: tuple[SnmpInterface, ...] = ()
    addresses: tuple[SnmpAddress, ...] = ()
    listeners: tuple[SnmpListener, ...] = ()
    neighbours: dict[Family, int] = msgspec.field(default_factory=dict)
    over_ipv6: dict[str, SnmpOutcome] = msgspec.field(default_factory=dict)
    cut: int = 0


class NeighbourTold(Observation, frozen=True, kw_only=True):
    """A router's table says that a MAC has an IPv6 address; `router` is where it was asked."""

    router: str
    mac: str
    address: str
