"""The JSON document: what `scan`, `replay` and `devices` print with --json.

The structs are the contract. Fields may be added in schema 1; none is renamed, removed or given
another meaning. `python -m exporters.document` makes docs/reference/scan.schema.json from them.
"""

import sys
from collections.abc import Iterable, Iterator
from typing import Any, Literal, get_args

import msgspec

from checks.readiness.assessment import Readiness, assess
from checks.verdict import Finding, Reason, Severity, Verdict
from collectors.observation import Family, How, Transport
from exporters.network_entry import NetworkEntry, Time, level_text, network_entry, to_time
from inventory.snapshot import (
    AddressKind,
    Assignment,
    CollectorRun,
    CollectorStatus,
    Device,
    DeviceKind,
    Snapshot,
    State,
    StateReason,
)

SCHEMA_VERSION: Literal[1] = 1
Part = Literal["collectors", "networks", "devices", "findings"]
PARTS: tuple[Part, ...] = get_args(Part)
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class CollectorEntry(msgspec.Struct, frozen=True, kw_only=True):
    """How the last run of a collector went; `reason` says why it failed or was skipped."""

    name: str
    status: CollectorStatus
    reason: str | None
    sent: int
    received: int
    duration_s: float


class AddressEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An address of a device; `origin` is how it was first seen.

    `assigned`: how an IPv6 address of any scope came about, and `why` that is believed; `born_at`:
    when the device was seen to form it. `interfaces`: the own interfaces on which it is heard.
    """

    address: str
    family: Family
    kind: AddressKind
    origin: How
    first_seen: Time
    last_seen: Time
    assigned: Assignment
    why: str
    born_at: Time | None
    interfaces: list[str]


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
    state_reason: StateReason
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
        started_at=to_time(started_at),
        finished_at=to_time(finished_at),
        collectors=[_collector(run) for run in snapshot.runs],
        networks=[
            network_entry(network, snapshot.taken_at, readiness.networks[network.id].level)
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


def encoded_part(
    snapshot: Snapshot, findings: Iterable[Finding], readiness: Readiness, part: Part
) -> bytes:
    """One list of the document as JSON, made entry by entry: there may be a hundred thousand."""
    buffer = bytearray()
    _write(buffer, _entries(snapshot, findings, readiness, part))
    buffer += b"\n"
    return bytes(buffer)


def encoded(
    snapshot: Snapshot,
    findings: Iterable[Finding],
    started_at: float,
    finished_at: float,
    readiness: Readiness,
) -> bytes:
    """The document as `encode` makes it, without ever holding all its entries at once."""
    bare = msgspec.structs.replace(snapshot, devices=(), networks=(), runs=())
    head = encode(document(bare, (), started_at, finished_at, readiness))
    buffer = bytearray(head[: head.index(b'"collectors":')])
    for part in PARTS:
        buffer += f'"{part}":'.encode()
        _write(buffer, _entries(snapshot, findings, readiness, part))
        buffer += b","
    buffer[-1:] = b"}\n"
    return bytes(buffer)


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
                first_seen=to_time(one.first_seen),
                last_seen=to_time(one.last_seen),
                assigned=one.assigned,
                why=one.why,
                born_at=None if one.born_at is None else to_time(one.born_at),
                interfaces=list(one.interfaces),
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
        state_reason=device.state_reason,
        reachable=device.reachable,
        always_on=device.always_on,
        division=device.division,
        own=device.own,
        random_mac=device.random_mac,
        proxy=device.proxy,
        first_seen=to_time(device.first_seen),
        last_seen=to_time(device.last_seen),
        ipv6_level=level_text("L", level),
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


def _entries(
    snapshot: Snapshot, findings: Iterable[Finding], readiness: Readiness, part: Part
) -> Iterator[msgspec.Struct]:
    if part == "collectors":
        yield from map(_collector, snapshot.runs)
    elif part == "networks":
        for network in snapshot.networks:
            level = readiness.networks[network.id].level
            yield network_entry(network, snapshot.taken_at, level)
    elif part == "devices":
        for device in snapshot.devices:
            yield device_entry(device, readiness.devices[device.id].level)
    else:
        yield from map(finding_entry, findings)


def _write(buffer: bytearray, entries: Iterable[msgspec.Struct]) -> None:
    buffer += b"["
    for entry in entries:
        buffer += encode(entry)[:-1]
        buffer += b","
    if buffer.endswith(b","):
        buffer[-1:] = b"]"
    else:
        buffer += b"]"


def _collector(run: CollectorRun) -> CollectorEntry:
    return CollectorEntry(
        name=run.name,
        status=run.status,
        reason=run.reason,
        sent=run.sent,
        received=run.received,
        duration_s=round(run.duration_s, 3),
    )


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
