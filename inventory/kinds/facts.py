"""Make, model, serial number and firmware of a device, from what it says of itself.

What a protocol has a field for comes first (descriptions, LLDP), then texts that a rule reads.
"""

from collections.abc import Iterator

import msgspec

from inventory.kinds.rules import FactName, Table
from inventory.kinds.score import Pairs
from inventory.record import Record
from inventory.traits import (
    Description,
)

# IPP and UPnP have fields for make and model; what mDNS gives was read from a text.
_DESCRIBED = ("ipp", "upnp", "wsd", "mdns")


class Facts(msgspec.Struct, frozen=True):
    """What a device says of its make; None where nothing said so."""

    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    os: str | None = None


def facts_of(record: Record, pairs: Pairs, table: Table) -> Facts:
    """The facts of a record, whose texts with their places are `pairs`.

    A print queue that a host shares speaks of the printer behind it, not of the host.
    """
    found: dict[FactName, str] = {}
    shares = ("txt", "rp=printers/") in ((place, text[:12]) for place, text in pairs)
    for fact, value in _stated(record):
        found.setdefault(fact, value)
    for place, text in pairs:
        if place in table.fact_places and not (shares and place == "txt"):
            for fact, value in table.stated(place, text):
                found.setdefault(fact, value)
    return Facts(**found)


def maker(record: Record) -> str:
    """The maker that a device names itself; empty when it does not."""
    return next((said.manufacturer for said in _described(record) if said.manufacturer), "")


def _described(record: Record) -> Iterator[Description]:
    return (record.descriptions[name] for name in _DESCRIBED if name in record.descriptions)


def _stated(record: Record) -> Iterator[tuple[FactName, str]]:
    for said in _described(record):
        if said.model:
            yield "model", said.model
        if said.serial:
            yield "serial", said.serial
        if said.firmware:
            yield "firmware", said.firmware
    if record.announcement is not None:
        if record.announcement.model:
            yield "model", record.announcement.model
        if record.announcement.serial:
            yield "serial", record.announcement.serial
