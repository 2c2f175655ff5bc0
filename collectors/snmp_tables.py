"""The tables that tell of IPv6, out of walked columns: RFC 4293, RFC 4022, RFC 4113.

Rows are a device's word: whatever makes no sense is left out and counted.
"""

import ipaddress
from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec

from collectors.observation.lan import Family
from collectors.observation.snmp import (
    AddressSource,
    AddressStatus,
    SnmpAddress,
    SnmpInterface,
    SnmpListener,
)
from collectors.snmp_client import Oid, Value
from collectors.snmp_walk import Row

SYSTEM_UPTIME: Final[Oid] = (1, 3, 6, 1, 2, 1, 1, 3, 0)
IPV6_FORWARDING: Final[Oid] = (1, 3, 6, 1, 2, 1, 4, 25, 0)

_IP: Final[Oid] = (1, 3, 6, 1, 2, 1, 4)
_INTERFACE: Final[Oid] = (*_IP, 30, 1)
_ADDRESS: Final[Oid] = (*_IP, 34, 1)
_NEIGHBOUR: Final[Oid] = (*_IP, 35, 1)
# Columns by table; the first one tells which rows there are.
COLUMNS: Final[Mapping[str, tuple[Oid, ...]]] = {
    "interfaces": ((*_INTERFACE, 5), (*_INTERFACE, 8)),
    "addresses": ((*_ADDRESS, 3), (*_ADDRESS, 4), (*_ADDRESS, 6), (*_ADDRESS, 7)),
    "tcp": ((1, 3, 6, 1, 2, 1, 6, 20, 1, 4),),
    "udp": ((1, 3, 6, 1, 2, 1, 7, 7, 1, 8),),
    "neighbours": ((*_NEIGHBOUR, 4), (*_NEIGHBOUR, 6), (*_NEIGHBOUR, 7)),
}

MAX_INTERFACES: Final = 256
MAX_ADDRESSES: Final = 128
MAX_LISTENERS: Final = 256

_UNICAST = 1
_SOURCES: Final[dict[int, AddressSource]] = {
    1: "other", 2: "manual", 4: "dhcp", 5: "linklayer", 6: "random",
}  # fmt: skip
_STATUSES: Final[dict[int, AddressStatus]] = {
    1: "preferred", 2: "deprecated", 3: "invalid", 4: "inaccessible", 5: "unknown", 6: "tentative",
    7: "duplicate", 8: "optimistic",
}  # fmt: skip
_NO_STATION: Final = frozenset({2, 5})  # ipNetToPhysicalType: invalid, local
_NO_ANSWER: Final = frozenset({5, 7})  # ipNetToPhysicalState: invalid, incomplete
_IPV4, _IPV6, _IPV4Z, _IPV6Z = 1, 2, 3, 4  # InetAddressType (RFC 4001 §4.1)
_OCTETS: Final = {0: (0,), _IPV4: (4,), _IPV6: (16,), _IPV4Z: (8,), _IPV6Z: (20,)}

_ANY: Final = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - what a device says

Entry = TypeVar("Entry")


class Parsed(msgspec.Struct, frozen=True):
    """The rows of all tables, and how many were left out or made no sense."""

    interfaces: tuple[SnmpInterface, ...]
    addresses: tuple[SnmpAddress, ...]
    listeners: tuple[SnmpListener, ...]
    neighbours: tuple["Neighbour", ...]
    cut: int


class Neighbour(msgspec.Struct, frozen=True):
    """A row of ipNetToPhysicalTable that names a station."""

    address: str
    mac: str
    family: Family


def parse(columns: Mapping[Oid, tuple[Row, ...]]) -> Parsed:
    """Read what the walks over `COLUMNS` found; a column that was not walked is empty."""
    reader = _Reader(columns)
    return Parsed(
        interfaces=reader.bounded(reader.interfaces(), MAX_INTERFACES),
        addresses=reader.bounded(reader.addresses(), MAX_ADDRESSES),
        listeners=reader.bounded(reader.listeners(), MAX_LISTENERS),
        neighbours=tuple(reader.neighbours()),
        cut=reader.cut,
    )


class _Reader:
    """Reads rows and counts those that make no sense."""

    def __init__(self, columns: Mapping[Oid, tuple[Row, ...]]) -> None:
        self.cut = 0
        self._columns = columns

    def bounded(self, found: list[Entry], most: int) -> tuple[Entry, ...]:
        self.cut += max(0, len(found) - most)
        return tuple(found[:most])

    def interfaces(self) -> list[SnmpInterface]:
        enabled, forwarding = (self._by_index(one) for one in COLUMNS["interfaces"])
        found = []
        for index in dict.fromkeys((*enabled, *forwarding)):
            if len(index) == 1 and 0 < index[0] < 1 << 31:
                up, forwards = enabled.get(index), forwarding.get(index)
                found.append(SnmpInterface(index[0], _truth(up), _truth(forwards)))
            else:
                self.cut += 1
        return found

    def addresses(self) -> list[SnmpAddress]:
        interfaces, kinds, sources, statuses = (self._by_index(o) for o in COLUMNS["addresses"])
        found = []
        for index in dict.fromkeys((*interfaces, *sources, *statuses)):
            taken = _take_address(index)
            if taken is None or taken[1] or not taken[0]:
                self.cut += 1
            elif kinds.get(index, _UNICAST) == _UNICAST:
                number, source, status = (t.get(index) for t in (interfaces, sources, statuses))
                found.append(
                    SnmpAddress(
                        taken[0],
                        number if isinstance(number, int) and 0 <= number < 1 << 31 else 0,
                        _SOURCES.get(source, "not_told") if isinstance(source, int) else "not_told",
                        _STATUSES.get(status, "unknown") if isinstance(status, int) else "unknown",
                    )
                )
        # Those of IPv4 only show that the table has both families: the bound cuts them first.
        return sorted(found, key=lambda one: ":" not in one.address)

    def listeners(self) -> list[SnmpListener]:
        found: dict[SnmpListener, None] = {}
        for index, _ in self._rows(COLUMNS["tcp"][0]):
            self._listener(index, "tcp", found)
        for index, _ in self._rows(COLUMNS["udp"][0]):
            self._listener(index, "udp", found)
        return list(found)

    def neighbours(self) -> list[Neighbour]:
        macs, types, states = (self._by_index(one) for one in COLUMNS["neighbours"])
        found = []
        for index, value in macs.items():
            taken = _take_address(index[1:])
            if taken is None or taken[1] or not taken[0]:
                self.cut += 1
                continue
            if types.get(index) in _NO_STATION or states.get(index) in _NO_ANSWER:
                continue
            if not isinstance(value, bytes) or len(value) != 6 or not _is_station(value):
                self.cut += 1
                continue
            family: Family = "ipv6" if ":" in taken[0] else "ipv4"
            found.append(Neighbour(taken[0], value.hex(":"), family))
        return found

    def _listener(self, index: Oid, transport: str, found: dict[SnmpListener, None]) -> None:
        family, taken = (index[0] if index else -1), _take_address(index)
        if taken is None or not taken[1] or not 0 < taken[1][0] <= 65535:
            self.cut += 1
            return
        address, rest = taken
        if transport == "tcp" and len(rest) > 1:
            self.cut += 1
            return
        if transport == "udp" and _is_connected(rest[1:]):
            return
        four, six = family in (0, _IPV4, _IPV4Z), family in (0, _IPV6, _IPV6Z)
        any_address = address in _ANY
        if not any_address and ipaddress.ip_address(address).is_loopback:
            return
        one = SnmpListener(
            "tcp" if transport == "tcp" else "udp", rest[0], four, six,
            "" if any_address else address,
        )  # fmt: skip
        found[one] = None

    def _rows(self, column: Oid) -> tuple[Row, ...]:
        return self._columns.get(column, ())

    def _by_index(self, column: Oid) -> dict[Oid, Value]:
        return dict(self._rows(column))


def _take_address(index: Oid) -> tuple[str, Oid] | None:
    """InetAddressType, length, octets: the address ("" for none) and what follows; None: neither.

    A zone is left out.
    """
    if len(index) < 2 or index[1] not in _OCTETS.get(index[0], ()):
        # An empty address of a family is any address of it (RFC 4022, tcpListenerLocalAddress).
        if len(index) >= 2 and index[0] in (_IPV4, _IPV6) and index[1] == 0:
            return "", index[2:]
        return None
    end = 2 + index[1]
    octets = index[2:end]
    if len(octets) != index[1] or any(octet > 255 for octet in octets):
        return None
    if index[0] in (_IPV4Z, _IPV6Z):
        octets = octets[:-4]
    return (str(ipaddress.ip_address(bytes(octets))) if octets else ""), index[end:]


def _is_connected(remote: Oid) -> bool:
    """Whether a UDP endpoint talks to one peer only; an odd rest counts as a listener."""
    taken = _take_address(remote)
    return taken is not None and taken[0] not in _ANY


def _is_station(mac: bytes) -> bool:
    return not mac[0] & 1 and any(mac)


def _truth(value: Value | None) -> bool | None:
    """Up or forwarding (1), down or not (2), anything else is not told."""
    return {1: True, 2: False}.get(value) if isinstance(value, int) else None
