"""What a record holds that tells a device's kind, as texts with their places."""

from collections.abc import Collection, Iterator

from inventory.kinds.rules import Place
from inventory.kinds.score import Pairs
from inventory.record import Record
from inventory.traits import (
    Advert,
    Announcement,
)

_MAX_PAIRS = 512


def pairs_of(record: Record, gateway: bool, advertises: bool, keys: Collection[str]) -> Pairs:
    """Every text that a rule may look at, bounded; `keys` are the mDNS text keys of interest.

    The agent runs on whatever the officer had at hand: a laptop, a virtual machine, a small board.
    The maker of its card says nothing, so the own host is known by its name and services alone.
    """
    pairs: list[tuple[Place, str]] = []
    if record.vendor and not record.own:
        pairs.append(("vendor", record.vendor))
    roles = (
        ("gateway", gateway),
        ("advertises", advertises),
        ("bridge", record.bridge),
        ("random_mac", record.random_mac and not record.own),
    )
    pairs += [("role", role) for role, held in roles if held]
    pairs += [("name", known.name) for known in record.names if known.source != "register"]
    pairs += _services(record)
    for advert in record.adverts.values():
        pairs += _advert(advert, keys)
    if record.announcement is not None:
        pairs += _announcement(record.announcement)
    pairs += _dhcp(record)
    pairs += [("group", group) for group in record.groups if not group.startswith("ff02::1:ff")]
    pairs += _pages_and_makes(record)
    pairs += [
        ("snmp", answer.system_description)
        for answer in record.communities.values()
        if answer.system_description
    ]
    return tuple(dict.fromkeys(pairs[:_MAX_PAIRS]))


def _services(record: Record) -> Iterator[tuple[Place, str]]:
    for service in record.services.values():
        if service.state == "open":
            yield ("tcp" if service.transport == "tcp" else "udp"), str(service.port)
            if service.banner:
                yield ("ssh" if service.banner.startswith("SSH-") else "banner"), service.banner


def _advert(advert: Advert, keys: Collection[str]) -> Iterator[tuple[Place, str]]:
    if advert.protocol == "mdns":
        yield "mdns", advert.kind
        if advert.name:
            yield "instance", advert.name
        for detail in advert.details:
            if detail.partition("=")[0].lower() in keys:
                yield "txt", detail
    elif advert.protocol == "ssdp":
        yield "ssdp", advert.kind
        if advert.server:
            yield "ssdp_server", advert.server
    else:
        for kind in advert.kind.split():
            yield "wsd", kind


def _announcement(said: Announcement) -> Iterator[tuple[Place, str]]:
    place: Place = "lldp" if said.protocol == "lldp" else "cdp"
    for capability in said.capabilities:
        yield place, capability
    for text in (said.description, said.model):
        if text:
            yield "announced", text


def _dhcp(record: Record) -> Iterator[tuple[Place, str]]:
    if record.dhcp is not None:
        if record.dhcp.vendor_class:
            yield "dhcp", record.dhcp.vendor_class
        if record.dhcp.parameters:
            yield "dhcp_options", ",".join(map(str, record.dhcp.parameters))
    if record.dhcpv6 is not None:
        if record.dhcpv6.vendor_class:
            yield "dhcpv6", record.dhcpv6.vendor_class
        if record.dhcpv6.enterprise is not None:
            yield "dhcpv6_enterprise", str(record.dhcpv6.enterprise)


def _pages_and_makes(record: Record) -> Iterator[tuple[Place, str]]:
    for page in record.pages.values():
        if page.title:
            yield "title", page.title
        if page.server:
            yield "http_server", page.server
    for said in record.descriptions.values():
        if said.device_type:
            yield "device_type", said.device_type
        if said.manufacturer:
            yield "manufacturer", said.manufacturer
        if said.model:
            yield "model", said.model
    for key in record.keys.values():
        if key.subject:
            yield "tls", key.subject
    for mark in record.marks.values():
        if mark.kind == "engine_id" and (number := enterprise_of(mark.value)):
            yield "enterprise", str(number)


def enterprise_of(engine_id: str) -> int:
    """The enterprise number in an engine id (RFC 3411 §5, SnmpEngineID); 0 when it has none."""
    try:
        first = int(engine_id[:8], 16) if len(engine_id) >= 10 else 0
    except ValueError:
        return 0
    return first & 0x7FFFFFFF if first >> 31 else 0
