"""What the national programmes ask for, answered with figures of the assessment; items are data."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from checks.readiness.assessment import Readiness
from checks.readiness.levels import histogram
from checks.readiness.scores import counted
from checks.readiness.verdicts import Verdicts
from checks.verdict import Finding
from inventory.snapshot import Snapshot

MOST_BYTES = 1024 * 1024
MOST_ITEMS = 500

Level = Annotated[int, Meta(ge=0, le=5)]
Text = Annotated[str, Meta(max_length=2000)]
Name = Annotated[str, Meta(min_length=1, max_length=100)]


class Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One item of a programme, and what it is answered with."""

    id: Name
    text: Annotated[str, Meta(min_length=1, max_length=2000)]
    source: Text = ""
    checks: tuple[Name, ...] = ()
    device_level: Level | None = None
    network_level: Level | None = None
    score: Literal["", "dual_stack", "ipv6_only"] = ""
    histogram: bool = False
    manual: bool = False
    attestation: Text = ""
    note: Text = ""


class Figure(msgspec.Struct, frozen=True):
    """How many of `total` meet something; of `unknown` of them nothing is known."""

    what: str
    met: int
    total: int
    unknown: int = 0
    in_part: int = 0

    def __str__(self) -> str:
        if not self.total:
            return f"{self.what}: nothing to judge here"
        text = f"{self.what}: {self.met} of {self.total}"
        extra = [
            f"{count} {word}"
            for count, word in ((self.in_part, "in part"), (self.unknown, "unknown"))
            if count
        ]
        return f"{text} ({', '.join(extra)})" if extra else text


class Answer(msgspec.Struct, frozen=True):
    """An item with its figures; `sentences` hold what is no count."""

    item: Item
    figures: tuple[Figure, ...] = ()
    sentences: tuple[str, ...] = ()


class ItemsError(Exception):
    """The file of items cannot be used; the text names the file and the trouble."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    item: Annotated[tuple[Item, ...], Meta(max_length=MOST_ITEMS)] = ()


def items(path: Path | None = None) -> tuple[Item, ...]:
    """The items of a file, or those that are shipped. Raises ItemsError."""
    if path is None:
        shipped = resources.files("checks.readiness") / "national.toml"
        return _decoded(shipped.read_text(encoding="utf-8"), "national.toml")
    try:
        with path.open("rb") as file:
            body = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ItemsError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    if len(body) > MOST_BYTES:
        raise ItemsError(f"{path}: is larger than {MOST_BYTES // 1024} KiB")
    try:
        return _decoded(body.decode("utf-8-sig"), str(path))
    except UnicodeDecodeError:
        raise ItemsError(f"{path}: is not UTF-8") from None


def answers(
    wanted: Iterable[Item], snapshot: Snapshot, findings: Sequence[Finding], readiness: Readiness
) -> tuple[Answer, ...]:
    """Every item with what the assessment says to it."""
    verdicts = Verdicts(findings)
    titles = {finding.check for finding in findings}
    return tuple(_answer(item, snapshot, verdicts, readiness, titles) for item in wanted)


def _decoded(text: str, name: str) -> tuple[Item, ...]:
    try:
        found = msgspec.convert(tomllib.loads(text), _File).item
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ItemsError(f"{name}: {error}") from None
    twice = [key for key, count in Counter(item.id for item in found).items() if count > 1]
    if twice:
        raise ItemsError(f"{name}: the id {twice[0]} stands there twice")
    return found


def _answer(
    item: Item, snapshot: Snapshot, verdicts: Verdicts, readiness: Readiness, judged: set[str]
) -> Answer:
    figures = [_of_check(check, verdicts) for check in item.checks if check in judged]
    sentences = [f"{check}: not judged" for check in item.checks if check not in judged]
    if item.network_level is not None:
        levels = [one.level for one in readiness.networks.values()]
        figures.append(_of_levels(f"networks at N{item.network_level} or above", levels,
                                  item.network_level))  # fmt: skip
    if item.device_level is not None:
        levels = [readiness.devices[one.id].level for one in counted(snapshot)]
        figures.append(_of_levels(f"devices at L{item.device_level} or above", levels,
                                  item.device_level))  # fmt: skip
    if item.histogram:
        sentences += _stock(readiness)
    if item.score:
        sentences.append(_of_score(item.score, readiness))
    if item.manual:
        sentences.append(
            f"attested: {item.attestation}"
            if item.attestation
            else "nothing on the network shows it: give the document's number and date"
        )
    return Answer(item, tuple(figures), tuple(sentences))


def _of_check(check: str, verdicts: Verdicts) -> Figure:
    counts = Counter(one.verdict for one in verdicts.every(check.removeprefix("ipv6.")))
    total = sum(counts.values()) - counts["not_applicable"]
    return Figure(check, counts["pass"], total, counts["unknown"], counts["warn"])


def _of_levels(what: str, levels: Sequence[int | None], wanted: int) -> Figure:
    return Figure(
        what,
        sum(level is not None and level >= wanted for level in levels),
        len(levels),
        sum(level is None for level in levels),
    )


def _of_score(name: str, readiness: Readiness) -> str:
    score = readiness.dual_stack if name == "dual_stack" else readiness.ipv6_only
    label = "ready to run both (R1)" if name == "dual_stack" else "ready to drop IPv4 (R2)"
    if score.ratio is None:
        return f"{label}: not known yet"
    return f"{label}: {score.ratio:.0%}, of {score.coverage:.0%} that are known"


def _stock(readiness: Readiness) -> list[str]:
    levels = ", ".join(
        f"{level} {count}" for level, count in histogram(readiness.devices).items() if count
    )
    kinds = Counter(one.disposition for one in readiness.devices.values() if one.disposition)
    plans = ", ".join(f"{kind.replace('_', ' ')} {count}" for kind, count in sorted(kinds.items()))
    found = [f"devices by level: {levels or 'none'}"]
    return [*found, f"cannot convert: {plans}"] if plans else found
