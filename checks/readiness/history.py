"""What is kept of an assessment, and what changed between two of them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from checks.readiness.assessment import Readiness
from checks.readiness.scores import Score
from checks.verdict import Finding
from inventory.history import Assessed, PastScore
from inventory.snapshot import Snapshot

MOST_WRONG = 50_000


class Moved(msgspec.Struct, frozen=True):
    """A device or network whose level changed; None is unknown."""

    id: str
    name: str
    before: int | None
    after: int | None

    @property
    def direction(self) -> Literal["up", "down", "known", "unknown"]:
        """Whether it rose or fell, or became known or unknown."""
        if self.before is None:
            return "known"
        if self.after is None:
            return "unknown"
        return "up" if self.after > self.before else "down"


class Turned(msgspec.Struct, frozen=True):
    """A finding that appeared or went away: check and subject."""

    check: str
    subject: str


class Comparison(msgspec.Struct, frozen=True):
    """What changed from one assessment to another.

    `appeared` and `closed` are findings on subjects that were judged both times; `new` and `gone`
    are the ids of devices that only one of the two knows.
    """

    before: Assessed
    after: Assessed
    devices: tuple[Moved, ...]
    networks: tuple[Moved, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    appeared: tuple[Turned, ...]
    closed: tuple[Turned, ...]


def assessed(
    snapshot: Snapshot, findings: Iterable[Finding], readiness: Readiness, names: Mapping[str, str]
) -> Assessed:
    """What is kept of an assessment; `names` says what devices and networks are called."""
    wrong: dict[str, list[str]] = {}
    counts: dict[str, Counter[str]] = {}
    room = MOST_WRONG
    for finding in findings:
        if not finding.check.startswith("ipv6."):
            continue
        counts.setdefault(finding.check, Counter())[finding.verdict] += 1
        if finding.verdict in ("fail", "warn"):
            if room > 0:
                wrong.setdefault(finding.check, []).append(finding.subject)
            room -= 1
    return Assessed(
        at=snapshot.taken_at,
        dual_stack=_score(readiness.dual_stack),
        ipv6_only=_score(readiness.ipv6_only),
        devices={one.device: one.level for one in readiness.devices.values()},
        networks={one.network: one.level for one in readiness.networks.values()},
        names={
            key: names[key] for key in (*readiness.devices, *readiness.networks) if key in names
        },
        wrong={check: sorted(subjects) for check, subjects in sorted(wrong.items())},
        counts={check: dict(found) for check, found in sorted(counts.items())},
        truncated=room < 0,
    )


def compare(before: Assessed, after: Assessed) -> Comparison:
    """What changed; falls first, then rises, the largest first."""
    old, new = _pairs(before), _pairs(after)
    return Comparison(
        before=before,
        after=after,
        devices=_moved(before.devices, after.devices, before.names | after.names),
        networks=_moved(before.networks, after.networks, before.names | after.names),
        new=tuple(sorted(after.devices.keys() - before.devices.keys())),
        gone=tuple(sorted(before.devices.keys() - after.devices.keys())),
        appeared=_turned(new - old, before),
        closed=_turned(old - new, after),
    )


def _pairs(one: Assessed) -> set[tuple[str, str]]:
    return {(check, subject) for check, subjects in one.wrong.items() for subject in subjects}


def _turned(pairs: set[tuple[str, str]], other: Assessed) -> tuple[Turned, ...]:
    """Without subjects that the other assessment did not know."""
    return tuple(
        Turned(check, subject)
        for check, subject in sorted(pairs)
        if check in other.counts and _was_known(subject, other)
    )


def _was_known(subject: str, other: Assessed) -> bool:
    kind, _, key = subject.partition(":")
    if kind == "device":
        return key in other.devices
    return key in other.networks if kind == "network" else True


def _moved(
    before: Mapping[str, int | None], after: Mapping[str, int | None], names: Mapping[str, str]
) -> tuple[Moved, ...]:
    moved = [
        Moved(key, names.get(key, key), before[key], after[key])
        for key in before.keys() & after.keys()
        if before[key] != after[key]
    ]
    return tuple(sorted(moved, key=_move_order))


def _move_order(one: Moved) -> tuple[int, int, str, str]:
    step = abs((one.after or 0) - (one.before or 0))
    return (("down", "unknown", "up", "known").index(one.direction), -step, one.name, one.id)


def _score(score: Score) -> PastScore:
    return PastScore(score.ratio, score.coverage)
