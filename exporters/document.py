"""The JSON document: what `scan`, `replay` and `devices` print with --json.

The structs are the contract. Fields may be added in schema 1; none is renamed, removed or given
another meaning. `python -m exporters.document` makes docs/reference/scan.schema.json from them.
"""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec

from checks.readiness.assessment import Readiness, assess
from checks.verdict import Finding, Reason, Severity, Verdict
from collectors.observation import Family, How, RouterAdvertised, Transport
from inventory.snapshot import (
    AddressKind,
    CollectorRun,
    CollectorStatus,
    Device,
    DeviceKind,
    Network,
    Router,
    Snapshot,
    State,
)

SCHEMA_VERSION: Literal[1] = 1
DIALECT = "https://json-schema.org/draft/2020-12/schema"

Time = Annotated[datetime, msgspec.Meta(tz=True)]


class CollectorEntry(msgspec.Struct, frozen=True, kw_only=True):
    """How the last run of a collector went; `reason` says why it failed or was skipped."""

    name: str
    status: CollectorStatus
    reason: str | None
    sent: int
    received: int
    duration_s: float


class PrefixEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A prefix that a router advertises (RFC 4861 §4.6.2); lifetimes in seconds."""

    prefix: str
    on_link: bool
    autonomous: bool
    valid_s: int
    preferred_s: int


class RouteEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A more specific route that a router advertises (RFC 4191 §2.3)."""

    prefix: str
    preference: Literal["low", "medium", "high"]
    lifetime_s: int


class ResolverEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A resolver that a router advertises (RFC 8106 §5.1)."""

    address: str
    lifetime_s: int


class SearchEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A search domain that a router advertises (RFC 8106 §5.2)."""

    domain: str
    lifetime_s: int


class Pref64Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A NAT64 prefix that a router advertises (RFC 8781 §4)."""

    prefix: str
    lifetime_s: int


class RouterEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A router as it last advertised itself, in the last 24 hours.

    `in_force`: it has not withdrawn itself and its lifetime has not run out. `allowed` is null
    while there is no list.
    """

    address: str
    mac: str
    lifetime_s: int
    managed: bool
    other: bool
    preference: Literal["low", "medium", "high"]
    mtu: int | None
    prefixes: list[PrefixEntry]
    rdnss: list[ResolverEntry]
    pref64: list[Pref64Entry]
    dnssl: list[SearchEntry]
    routes: list[RouteEntry]
    in_force: bool
    allowed: bool | None
    first_seen: Time
    last_seen: Time


class DuplicateEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An address that several stations answer for."""

    address: str
    macs: list[str]
    first_seen: Time
    last_seen: Time


class NetworkEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A network; `interface` is empty for one behind a router. `ipv6_level`: null while unknown."""

    id: str
    interface: str
    ipv4: list[str]
    ipv6: list[str]
    routers: list[RouterEntry]
    duplicates: list[DuplicateEntry]
    ipv6_level: str | None


class AddressEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An address of a device; `origin` is how it was first seen."""

    address: str
    family: Family
    kind: AddressKind
    origin: How
    first_seen: Time
    last_seen: Time


class NameEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A name and the protocol that gave it."""

    name: str
    source: str


class ServiceEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A port as last seen; `banner` is what it said by itself, `product` null while not known."""

    address: str
    transport: Transport
    port: int
    state: Literal["open", "closed", "filtered"]
    name: str
    product: str | None
    banner: str


class KindReasonEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Something seen that speaks for a kind, by which rule, and its weight from 0 to 1."""

    kind: DeviceKind
    weight: float
    evidence: str
    rule: str


class DeviceEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A device. `addresses_unseen`: so many IPv6 addresses it must have beyond those listed.

    `proxy`: one station that answers for many addresses, of which only some are listed.
    """

    id: str
    name: str
    macs: list[str]
    vendor: str
    kind: DeviceKind
    network: str
    addresses: list[AddressEntry]
    addresses_unseen: int
    names: list[NameEntry]
    model: str | None
    serial: str | None
    os: str | None
    firmware: str | None
    confidence: float
    kind_reasons: list[KindReasonEntry]
    services: list[ServiceEntry]
    state: State
    reachable: dict[Family, bool]
    always_on: bool
    division: str
    own: bool
    random_mac: bool
    proxy: bool
    first_seen: Time
    last_seen: Time
    ipv6_level: str | None


class FindingEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What a check says of one subject; `reason` is set when the verdict is unknown."""

    check: str
    subject: str
    verdict: Verdict
    severity: Severity
    reason: Reason | None
    summary: str
    evidence: dict[str, Any]
    reference: str
    remedy: str


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One complete picture of the LAN. Times are UTC, to the second."""

    schema: Literal[1]
    site: str
    started_at: Time
    finished_at: Time
    collectors: list[CollectorEntry]
    networks: list[NetworkEntry]
    devices: list[DeviceEntry]
    findings: list[FindingEntry]


def document(
    snapshot: Snapshot,
    findings: Iterable[Finding],
    started_at: float,
    finished_at: float,
    readiness: Readiness | None = None,
) -> Document:
    """Make the document of a snapshot and its findings; times are Unix seconds.

    Without `readiness` the snapshot is assessed here.
    """
    findings = tuple(findings)
    if readiness is None:
        readiness = assess(snapshot, findings)
    return Document(
        schema=SCHEMA_VERSION,
        site=snapshot.site,
        started_at=_time(started_at),
        finished_at=_time(finished_at),
        collectors=[_collector(run) for run in snapshot.runs],
        networks=[
            _network(network, snapshot.taken_at, readiness.networks[network.id].level)
            for network in snapshot.networks
        ],
        devices=[
            device_entry(device, readiness.devices[device.id].level) for device in snapshot.devices
        ],
        findings=[finding_entry(finding) for finding in findings],
    )


def encode(value: object, pretty: bool = False) -> bytes:
    """Encode a document or any part of one as JSON in UTF-8, ending in a newline.

    Text is clean when it gets here; if a lone surrogate should have slipped through, it becomes
    U+FFFD rather than cost the whole document.
    """
    try:
        data = msgspec.json.encode(value)
    except UnicodeEncodeError:
        data = msgspec.json.encode(_without_surrogates(msgspec.to_builtins(value)))
    return (msgspec.json.format(data, indent=2) if pretty else data) + b"\n"


def schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of the document."""
    return {
        "$schema": DIALECT,
        "title": "lanwarden scan document, schema 1",
        **msgspec.json.schema(Document),
    }


def device_entry(device: Device, level: int | None = None) -> DeviceEntry:
    """One device as it stands in the document, with its IPv6 level where that is known."""
    return DeviceEntry(
        id=device.id,
        name=device.name,
        macs=list(device.macs),
        vendor=device.vendor,
        kind=device.kind,
        network=device.network,
        addresses=[
            AddressEntry(
                address=one.address,
                family=one.family,
                kind=one.kind,
                origin=one.origin,
                first_seen=_time(one.first_seen),
                last_seen=_time(one.last_seen),
            )
            for one in device.addresses
        ],
        addresses_unseen=device.groups_unseen,
        names=[NameEntry(name=one.name, source=one.source) for one in device.names],
        model=device.model,
        serial=device.serial,
        os=device.os,
        firmware=device.firmware,
        confidence=round(device.confidence, 3),
        kind_reasons=[
            KindReasonEntry(kind=one.kind, weight=one.weight, evidence=one.evidence, rule=one.rule)
            for one in device.kind_reasons
        ],
        services=[
            ServiceEntry(
                address=one.address,
                transport=one.transport,
                port=one.port,
                state=one.state,
                name=one.name,
                product=None,
                banner=one.banner,
            )
            for one in device.services
        ],
        state=device.state,
        reachable=device.reachable,
        always_on=device.always_on,
        division=device.division,
        own=device.own,
        random_mac=device.random_mac,
        proxy=device.proxy,
        first_seen=_time(device.first_seen),
        last_seen=_time(device.last_seen),
        ipv6_level=_level("L", level),
    )


def finding_entry(finding: Finding) -> FindingEntry:
    """One finding as it stands in the document."""
    return FindingEntry(
        check=finding.check,
        subject=finding.subject,
        verdict=finding.verdict,
        severity=finding.severity,
        reason=finding.reason,
        summary=finding.summary,
        evidence=finding.evidence,
        reference=finding.reference,
        remedy=finding.remedy,
    )


def _collector(run: CollectorRun) -> CollectorEntry:
    return CollectorEntry(
        name=run.name,
        status=run.status,
        reason=run.reason,
        sent=run.sent,
        received=run.received,
        duration_s=round(run.duration_s, 3),
    )


def _network(network: Network, now: float, level: int | None) -> NetworkEntry:
    return NetworkEntry(
        id=network.id,
        interface=network.interface,
        ipv4=list(network.ipv4),
        ipv6=list(network.ipv6),
        routers=[_router(router, now) for router in network.routers],
        duplicates=[
            DuplicateEntry(
                address=one.address,
                macs=list(one.macs),
                first_seen=_time(one.first_seen),
                last_seen=_time(one.last_seen),
            )
            for one in network.duplicates
        ],
        ipv6_level=_level("N", level),
    )


def _router(router: Router, now: float) -> RouterEntry:
    said: RouterAdvertised = router.advertisement
    return RouterEntry(
        address=router.address,
        mac=router.mac,
        lifetime_s=said.lifetime_s,
        managed=said.managed,
        other=said.other,
        preference=said.preference,
        mtu=said.mtu,
        prefixes=[
            PrefixEntry(
                prefix=one.prefix,
                on_link=one.on_link,
                autonomous=one.autonomous,
                valid_s=one.valid_s,
                preferred_s=one.preferred_s,
            )
            for one in said.prefixes
        ],
        rdnss=[
            ResolverEntry(address=address, lifetime_s=one.lifetime_s)
            for one in said.resolvers
            for address in one.addresses
        ],
        pref64=[Pref64Entry(prefix=one.prefix, lifetime_s=one.lifetime_s) for one in said.pref64],
        dnssl=[
            SearchEntry(domain=domain, lifetime_s=one.lifetime_s)
            for one in said.search
            for domain in one.domains
        ],
        routes=[
            RouteEntry(prefix=one.prefix, preference=one.preference, lifetime_s=one.lifetime_s)
            for one in said.routes
        ],
        in_force=router.in_force(now),
        allowed=router.allowed,
        first_seen=_time(router.first_seen),
        last_seen=_time(router.last_seen),
    )


def _level(letter: str, level: int | None) -> str | None:
    return None if level is None else f"{letter}{level}"


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(int(at), UTC)


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_surrogates(one) for one in value]
    return value


if __name__ == "__main__":
    sys.stdout.buffer.write(encode(schema(), pretty=True))
