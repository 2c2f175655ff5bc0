"""`lanwarden ipv6` on a terminal: organisation, networks, devices by what they need next."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agent.readiness_words import (
    BARS,
    CAUSES,
    DEVICE_LEVELS,
    DISPOSITIONS,
    MISSING,
    NETWORK_LEVELS,
    SCORES,
    percent,
    plural,
)
from agent.table import Paper
from checks.readiness.national import Answer
from exporters.readiness import (
    ChangesEntry,
    DomainEntry,
    MovedEntry,
    NetworkReadinessEntry,
    ReadinessDocument,
    ScoreEntry,
    Step,
    steps,
)

if TYPE_CHECKING:
    from rich.console import Console

MOST_STEPS = 8
MOST_NAMES = 6
MOST_CHANGES = 12
MOST_MISSING = 3
LEVEL = 4  # the width of the column of levels
_LEVEL_STYLES = {"0": "red", "1": "yellow", "2": "yellow", "3": "green", "4": "green", "5": "green"}


def print_readiness(out: "Console", made: ReadinessDocument, *, every: bool = False) -> None:
    """Print the whole assessment; `every`: all devices by name, else what fits a screen."""
    paper = Paper(out)
    paper.line(
        ("IPv6 readiness", "bold"), (f" of {made.site}, {made.taken_at:%Y-%m-%d %H:%M} UTC", "")
    )
    if made.blind is not None:
        paper.line()
        paper.line(('The agent sees no IPv6 itself, so most of this stays "?".', "bold yellow"))
        paper.line(("why:  ", "dim"), (made.blind.summary, ""), hang=6)
        paper.line(("next: ", "dim"), (made.blind.next_step, "cyan"), hang=6)
    paper.line()
    for name in ("dual_stack", "ipv6_only"):
        _print_score(paper, SCORES[name], getattr(made, name))
    _print_gates(paper, made)
    if made.changes is not None:
        _print_changes(paper, made, made.changes, every)
    paper.line()
    paper.line(("Networks", "bold"))
    for network in made.networks:
        _print_network(paper, network, every)
    if not made.networks:
        paper.line(("No network is known yet.", ""))
    _print_domains(paper, made.domains)
    _print_devices(paper, made, every)


def print_plan(out: "Console", made: ReadinessDocument, answers: Sequence[Answer]) -> None:
    """Print what the assessment says to the items of the national programmes."""
    paper = Paper(out)
    paper.line(
        ("Items of the national programmes", "bold"),
        (f", {made.site}, {made.taken_at:%Y-%m-%d}", ""),
    )
    for answer in answers:
        item = answer.item
        paper.line()
        paper.line((item.text, "bold"), (f"  {item.source}" if item.source else "", "dim"), hang=2)
        for figure in answer.figures:
            whole = figure.total > 0 and figure.met == figure.total
            paper.line(("  - ", "dim"), (str(figure), "green" if whole else ""), hang=4)
        for sentence in answer.sentences:
            paper.line(("  - ", "dim"), (sentence, ""), hang=4)
        if item.note:
            paper.line((f"  {item.note}", "dim"), hang=2)


def _print_score(paper: Paper, title: str, score: ScoreEntry) -> None:
    style = "dim" if score.percent is None else "bold"
    paper.line(
        (f"{percent(score.percent):>9}  ", style),
        (title, ""),
        (f"; {percent(score.coverage_percent)} of it is known", "dim"),
        hang=11,
    )


def _print_gates(paper: Paper, made: ReadinessDocument) -> None:
    gates = list(dict.fromkeys((*made.dual_stack.gates, *made.ipv6_only.gates)))
    if gates:
        paper.line((" " * 11 + "Held below 50 % until mended:", "red"))
        for gate in gates:
            paper.line((" " * 11 + "- ", "red"), (gate, ""), hang=13)


def _print_network(paper: Paper, one: NetworkReadinessEntry, every: bool) -> None:
    word = NETWORK_LEVELS[one.level]
    prefixes = one.prefixes if every else one.prefixes[:2]
    named = " ".join((one.name, *(prefix for prefix in prefixes if prefix != one.name)))
    paper.line(_level(one.level), (named, "bold"), (f"  {word}", ""), hang=LEVEL)
    for missing in one.missing if every else one.missing[:MOST_MISSING]:
        said = f" ({MISSING[missing.verdict]})"
        paper.line((" " * LEVEL + "lacks: ", "dim"), (missing.title, ""), (said, "dim"),
                   hang=LEVEL + 7)  # fmt: skip
    if not every and len(one.missing) > MOST_MISSING:
        more = len(one.missing) - MOST_MISSING
        paper.line((" " * (LEVEL + 7) + f"and {more} more", "dim"))
    if one.next_step:
        paper.line((" " * LEVEL + "next:  ", "dim"), (one.next_step, "cyan"), hang=LEVEL + 7)


def _print_domains(paper: Paper, domains: Sequence[DomainEntry]) -> None:
    if not domains:
        return
    paper.line()
    paper.line(("Own domains", "bold"), (" (points as internet.nl gives them)", "dim"))
    for one in domains:
        points = "  ".join(
            f"{aspect} {'?' if got is None else got}/{one.most[aspect]}"
            for aspect, got in one.points.items()
        )
        paper.line((f"{percent(one.percent):>9}  ", "bold"), (one.domain, ""), (f"  {points}", ""),
                   hang=11)  # fmt: skip


def _print_devices(paper: Paper, made: ReadinessDocument, every: bool) -> None:
    paper.line()
    paper.line(("Devices", "bold"), (f", {len(made.devices)} in all", ""))
    most = max(made.histogram.values(), default=0)
    for level, count in made.histogram.items():
        if count:
            key = None if level == "?" else level
            bar = BARS * max(1, round(16 * count / most))
            paper.line(
                _level(key), (f"{count:>4} ", ""), (f"{bar:<17}", _style(key)),
                (DEVICE_LEVELS[key], "dim"), hang=LEVEL + 22,
            )  # fmt: skip
    found = steps(made.devices)
    if not found:
        return
    paper.line()
    paper.line(("What next, worst first", "bold"))
    shown = found if every else found[:MOST_STEPS]
    for step in shown:
        _print_step(paper, step, every)
    rest = sum(len(step.devices) for step in found[len(shown) :])
    if rest:
        paper.line((f"and {rest} more {plural('device', rest)}: lanwarden ipv6 --all", "dim"))
    elif not every and any(len(step.devices) > MOST_NAMES for step in shown):
        paper.line(("Every name: lanwarden ipv6 --all", "dim"))


def _print_step(paper: Paper, step: Step, every: bool) -> None:
    names = [one.name + (" (critical)" if one.critical else "") for one in step.devices]
    shown = names if every else names[:MOST_NAMES]
    rest = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    paper.line(_level(step.level), (", ".join(shown) + rest, "bold"), hang=LEVEL)
    cause = f"{CAUSES[step.cause]}: " if step.cause else ""
    if step.why:
        paper.line((" " * LEVEL + cause, "dim"), (step.why, ""), hang=LEVEL)
    if step.next_step:
        paper.line((" " * LEVEL + "next: ", "dim"), (step.next_step, "cyan"), hang=LEVEL + 6)
    if step.disposition:
        paper.line((" " * LEVEL + "else: ", "dim"), (DISPOSITIONS[step.disposition], ""),
                   hang=LEVEL + 6)  # fmt: skip


def _print_changes(
    paper: Paper, made: ReadinessDocument, changes: ChangesEntry, every: bool
) -> None:
    paper.line()
    paper.line(("Since ", "bold"), (f"{changes.since:%Y-%m-%d %H:%M} UTC", "bold"))
    for name in ("dual_stack", "ipv6_only"):
        then, now = getattr(changes, name), getattr(made, name)
        paper.line(
            (f"  {SCORES[name]}: {percent(then.percent)} then, {percent(now.percent)} now", ""),
            (
                f" (known: {percent(then.coverage_percent)}, {percent(now.coverage_percent)})",
                "dim",
            ),
            hang=4,
        )
    lines = [
        *(_moved(one) for one in changes.networks),
        *(_moved(one) for one in changes.devices if every or None not in (one.before, one.after)),
        *(("new problem", f"{one.title}: {one.who}") for one in changes.appeared),
        *(("mended", f"{one.title}: {one.who}") for one in changes.closed),
    ]
    styles = {"fell": "red", "new problem": "red", "rose": "green", "mended": "green"}
    for word, text in lines if every else lines[:MOST_CHANGES]:
        paper.line((f"  {word:<12}", styles.get(word, "dim")), (text, ""), hang=14)
    if not every and len(lines) > MOST_CHANGES:
        paper.line((f"  and {len(lines) - MOST_CHANGES} more: --all", "dim"))
    if not lines:
        paper.line(("  No level changed; no finding appeared or went away.", ""))
    for count, word in (
        (sum(one.before is None for one in changes.devices), "whose level is known now"),
        (sum(one.after is None for one in changes.devices), "whose level is not known any more"),
        (len(changes.new_devices), "seen since"),
        (len(changes.gone_devices), "forgotten"),
    ):
        if count:
            paper.line((f"  {count} {plural('device', count)} {word}", "dim"))


def _moved(one: MovedEntry) -> tuple[str, str]:
    word = "known now" if one.before is None else "unknown now"
    if one.before is not None and one.after is not None:
        word = "rose" if one.after > one.before else "fell"
    return word, f"{one.name}: {one.before or '?'} → {one.after or '?'}"


def _level(level: str | None) -> tuple[str, str]:
    return f"{level or '?':<{LEVEL}}", f"bold {_style(level)}".strip()


def _style(level: str | None) -> str:
    return "dim" if level is None else _LEVEL_STYLES[level[1]]
