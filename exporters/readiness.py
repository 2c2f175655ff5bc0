"""The readiness for IPv6 as one document: `ipv6 --json`, the table of `ipv6` and the page /ipv6.

The structs are the contract. Fields may be added in schema 1; none is renamed, removed or given
another meaning. `python -m exporters.readiness` makes docs/reference/ipv6.schema.json from them.
"""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from checks.readiness.assessment import Readiness
from checks.readiness.history import Comparison, Moved, Turned
from checks.readiness.levels import Cause, DeviceReadiness, histogram
from checks.readiness.national import Answer
from checks.readiness.points import MOST, Aspect, domain_points
from checks.readiness.roles import Disposition, Role
from checks.readiness.scores import Score
from checks.readiness.verdicts import Verdicts
from checks.verdict import Finding
from exporters.document import DIALECT, encode
from exporters.network_entry import Time, level_text, to_time
from inventory.snapshot import Device, DeviceKind, Network, Snapshot

SCHEMA_VERSION: Literal[1] = 1
MODES = ("m0", "m1", "m2", "m3")
_URGENCY = ("fail", "warn", "unknown", None, "not_applicable", "pass")
_ID = re.compile(r"\bd-[a-z0-9]{10}\b")


class ScoreEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A figure in percent, null while nothing is known, and of how much is known.

    `gates` are faults, as sentences, that hold the figure below 50. `classes`: percent by class.
    """

    percent: float | None
    coverage_percent: float
    gates: list[str]
    classes: dict[str, float]


class MissingEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A check between a network and its next level; `verdict` null: it was not judged."""

    check: str
    title: str
    verdict: str | None


class NetworkReadinessEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A network with its level, N0 to N5, null while unknown; `devices` counts them by level."""

    id: str
    name: str
    prefixes: list[str]
    level: str | None
    missing: list[MissingEntry]
    next_step: str
    devices: dict[str, int]


class DeviceReadinessEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A device with its level, L0 to L5, null while unknown.

    `cause` says whose turn it is; `blockers` are sentences, worst first; `disposition` is a first
    proposal for a device that cannot convert.
    """

    id: str
    name: str
    address: str
    kind: DeviceKind
    role: Role
    network: str
    level: str | None
    cause: Cause
    blockers: list[str]
    next_step: str
    disposition: Disposition
    critical: bool


class DomainEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An own domain's points by the rules of internet.nl; null while unknown."""

    domain: str
    points: dict[Aspect, int | None]
    most: dict[Aspect, int]
    percent: float | None


class RehearsalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """How the rehearsal stands. `edges`: dependencies on IPv4 by mode and verdict."""

    observed_days: float
    devices_heard: int
    has_nat64: bool
    twin_passed: bool
    edges: dict[str, dict[str, int]]


class MovedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A device or network that changed its level."""

    id: str
    name: str
    before: str | None
    after: str | None


class TurnedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that appeared or went away."""

    check: str
    title: str
    subject: str
    who: str


class ChangesEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What changed since an earlier assessment, made at `since`; figures as they were then."""

    since: Time
    dual_stack: ScoreEntry
    ipv6_only: ScoreEntry
    devices: list[MovedEntry]
    networks: list[MovedEntry]
    new_devices: list[str]
    gone_devices: list[str]
    appeared: list[TurnedEntry]
    closed: list[TurnedEntry]


class BlindEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Why the agent itself sees no IPv6, so that most stays unknown, and what to do about it."""

    summary: str
    next_step: str


class ReadinessDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is known of the readiness; devices stand worst first.

    `blind` is set while the agent itself has no IPv6.
    """

    schema: Literal[1] = SCHEMA_VERSION
    site: str
    taken_at: Time
    dual_stack: ScoreEntry
    ipv6_only: ScoreEntry
    histogram: dict[str, int]
    networks: list[NetworkReadinessEntry]
    devices: list[DeviceReadinessEntry]
    domains: list[DomainEntry]
    rehearsal: RehearsalEntry
    blind: BlindEntry | None = None
    changes: ChangesEntry | None = None
    plan: list[Answer] | None = None


class Names(msgspec.Struct, frozen=True):
    """What things are called: a device, its one address, a network, and checks by name."""

    device: Callable[[Device], str]
    address: Callable[[Device], str]
    network: Callable[[Network], str]
    titles: Mapping[str, str]


class Step(msgspec.Struct, frozen=True):
    """Devices that stand at the same level for the same cause and need the same next step."""

    level: str | None
    cause: Cause
    next_step: str
    disposition: Disposition
    why: str
    devices: tuple[DeviceReadinessEntry, ...]


def readiness_document(
    snapshot: Snapshot,
    findings: Sequence[Finding],
    readiness: Readiness,
    names: Names,
    network: str = "",
) -> ReadinessDocument:
    """Make the document; with the id of a network, of its devices alone.

    The two figures are of the whole organisation in any case.
    """
    verdicts = Verdicts(findings)
    networks = [one for one in snapshot.networks if network in ("", one.id)]
    devices = [one for one in snapshot.devices if network in ("", one.network)]
    levels = {one.id: readiness.devices[one.id] for one in devices}
    by_id = {one.id: names.device(one) for one in snapshot.devices}

    def called(text: str) -> str:
        return _ID.sub(lambda found: by_id.get(found[0], found[0]), text)

    return ReadinessDocument(
        site=snapshot.site,
        taken_at=to_time(snapshot.taken_at),
        dual_stack=_score(readiness.dual_stack, called),
        ipv6_only=_score(readiness.ipv6_only, called),
        histogram=histogram(levels),
        networks=[_network(one, devices, readiness, verdicts, names, called) for one in networks],
        devices=sorted((_device(one, levels[one.id], names) for one in devices), key=_worst_first),
        domains=[
            DomainEntry(
                domain=one.domain,
                points=one.points,
                most={aspect: MOST[aspect] for aspect in one.points},
                percent=_percent(one.ratio),
            )
            for one in domain_points(snapshot, verdicts)
        ],
        rehearsal=_rehearsal(readiness),
        blind=_blind(networks, verdicts, names),
    )


def with_changes(
    made: ReadinessDocument, comparison: Comparison, names: Names, snapshot: Snapshot
) -> ReadinessDocument:
    """The document with what changed since an earlier assessment."""
    called = {f"device:{one.id}": names.device(one) for one in snapshot.devices}
    called |= {f"network:{one.id}": names.network(one) for one in snapshot.networks}
    past = comparison.before

    def turned(found: Sequence[Turned]) -> list[TurnedEntry]:
        return [
            TurnedEntry(
                check=one.check,
                title=names.titles.get(one.check, one.check),
                subject=one.subject,
                who=called.get(one.subject, one.subject.partition(":")[2] or one.subject),
            )
            for one in found
        ]

    changes = ChangesEntry(
        since=to_time(past.at),
        dual_stack=_score(Score(past.dual_stack.ratio, past.dual_stack.coverage)),
        ipv6_only=_score(Score(past.ipv6_only.ratio, past.ipv6_only.coverage)),
        devices=[_moved("L", one) for one in comparison.devices],
        networks=[_moved("N", one) for one in comparison.networks],
        new_devices=list(comparison.new),
        gone_devices=list(comparison.gone),
        appeared=turned(comparison.appeared),
        closed=turned(comparison.closed),
    )
    return msgspec.structs.replace(made, changes=changes)


def with_plan(made: ReadinessDocument, answers: Sequence[Answer] | None) -> ReadinessDocument:
    """The document with the answers to the national items."""
    if answers is None:
        return made
    return msgspec.structs.replace(made, plan=list(answers))


def steps(devices: Sequence[DeviceReadinessEntry]) -> tuple[Step, ...]:
    """Devices below L5 by what they need next, worst first; equal ones stand together."""
    groups: dict[tuple[object, ...], list[DeviceReadinessEntry]] = {}
    for one in devices:
        if one.level != "L5":
            key = (one.level, one.cause, one.next_step, one.disposition, one.critical)
            groups.setdefault(key, []).append(one)
    made = [
        Step(
            found[0].level,
            found[0].cause,
            found[0].next_step,
            found[0].disposition,
            _why(found),
            tuple(found),
        )
        for found in groups.values()
    ]
    return tuple(
        sorted(made, key=lambda one: (_worst_first(one.devices[0])[:3], -len(one.devices)))
    )


def schema() -> dict[str, Any]:
    """The JSON schema of the document."""
    made: dict[str, Any] = msgspec.json.schema(ReadinessDocument)
    return {"$schema": DIALECT, "title": "lanwarden ipv6 --json", **made}


def _why(devices: Sequence[DeviceReadinessEntry]) -> str:
    said = {one.blockers[0] for one in devices if one.blockers}
    first = next((one.blockers[0] for one in devices if one.blockers), "")
    return first if len(said) <= 1 else f"{first}, and the like"


def _blind(networks: Sequence[Network], verdicts: Verdicts, names: Names) -> BlindEntry | None:
    own = verdicts.of("host_stack_enabled", "host")
    if own is not None and own.reason == "agent_has_no_ipv6":
        return BlindEntry(summary=own.summary, next_step=own.remedy)
    for network in networks:
        present = verdicts.of("ra_present", f"network:{network.id}")
        if present is not None and present.reason == "agent_has_no_ipv6":
            card = network.interface
            return BlindEntry(
                summary=f"the agent has no IPv6 address on {names.network(network)}",
                next_step="On the host of the agent: "
                f"`sysctl -w net.ipv6.conf.{card}.disable_ipv6=0`."
                f" Then look whether `ip -6 address show dev {card}` shows one.",
            )
    return None


def _network(
    network: Network,
    devices: Sequence[Device],
    readiness: Readiness,
    verdicts: Verdicts,
    names: Names,
    called: Callable[[str], str],
) -> NetworkReadinessEntry:
    one = readiness.networks[network.id]
    here = {
        device.id: readiness.devices[device.id]
        for device in devices
        if device.network == network.id
    }
    missing = []
    for check in one.missing:
        short = check.removeprefix("ipv6.")
        verdict = verdicts.verdict(short, f"network:{network.id}")
        missing.append(
            MissingEntry(
                check=check,
                title=names.titles.get(check, check),
                verdict=verdict or verdicts.verdict(short, "organisation"),
            )
        )
    return NetworkReadinessEntry(
        id=network.id,
        name=names.network(network),
        prefixes=[*network.ipv4, *network.ipv6],
        level=level_text("N", one.level),
        missing=sorted(missing, key=lambda lack: _URGENCY.index(lack.verdict)),
        next_step=called(one.next_step),
        devices=histogram(here),
    )


def _device(device: Device, one: DeviceReadiness, names: Names) -> DeviceReadinessEntry:
    return DeviceReadinessEntry(
        id=device.id,
        name=names.device(device),
        address=names.address(device),
        kind=device.kind,
        role=one.role,
        network=device.network,
        level=level_text("L", one.level),
        cause=one.cause,
        blockers=list(one.blockers),
        next_step=one.next_step,
        disposition=one.disposition,
        critical=one.critical,
    )


def _rehearsal(readiness: Readiness) -> RehearsalEntry:
    edges: dict[str, dict[str, int]] = {mode: {} for mode in MODES}
    for edge in readiness.rehearsal.edges:
        for mode, verdict in edge.verdicts.items():
            edges[mode][verdict] = edges[mode].get(verdict, 0) + 1
    return RehearsalEntry(
        observed_days=round(readiness.rehearsal.days, 2),
        devices_heard=len(readiness.rehearsal.heard),
        has_nat64=readiness.rehearsal.has_nat64,
        twin_passed=readiness.rehearsal.twin_passed,
        edges=edges,
    )


def _worst_first(one: DeviceReadinessEntry) -> tuple[bool, str, bool, str, str]:
    """By level, what is not known last; critical devices first."""
    return one.level is None, one.level or "", not one.critical, one.name, one.id


def _score(score: Score, called: Callable[[str], str] = str) -> ScoreEntry:
    return ScoreEntry(
        percent=_percent(score.ratio),
        coverage_percent=_percent(score.coverage) or 0.0,
        gates=[called(gate) for gate in score.gates],
        classes={name: round(100 * ratio, 1) for name, ratio in score.classes.items()},
    )


def _percent(ratio: float | None) -> float | None:
    return None if ratio is None else round(100 * ratio, 1)


def _moved(letter: str, one: Moved) -> MovedEntry:
    return MovedEntry(
        id=one.id,
        name=one.name,
        before=level_text(letter, one.before),
        after=level_text(letter, one.after),
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(encode(schema(), pretty=True))
