"""`lanwarden ipv6 rehearse` on a terminal: what becomes of each device without IPv4, and why."""

from typing import TYPE_CHECKING

from agent.readiness_words import MODES, VERDICTS, percent, plural
from agent.table import Paper
from exporters.rehearsal import WORST, EdgeEntry, OutcomeEntry, RehearsalDocument

if TYPE_CHECKING:
    from rich.console import Console

MOST_DEVICES = 12
MOST_EDGES = 3
MOST_NAMES = 6
ENOUGH_DAYS = 14
WIDEST_NAME = 24
COLUMN = 10
_STYLES = {"N": "green", "T": "green", "C": "yellow", "B": "bold red", "U": "dim"}


def print_rehearsal(out: "Console", made: RehearsalDocument, *, every: bool = False) -> None:
    """Print the rehearsal; `every`: all devices and edges, else what fits a screen."""
    paper = Paper(out)
    when = f"{made.taken_at:%Y-%m-%d %H:%M} UTC"
    paper.line(
        ("IPv6-only rehearsal", "bold"),
        (f" of {made.site}, {when}: a prediction, IPv4 is still on", ""),
    )
    paper.line()
    _print_grounds(paper, made)
    paper.line()
    names = min(WIDEST_NAME, max((len(one.name) for one in made.devices), default=6))
    head = "".join(f"{MODES[mode]:<{COLUMN + 2}}" for mode in made.counts)
    paper.line((f"{'':{names}}  {head}sure", "bold"))
    _print_counts(paper, made, names)
    told = [one for one in made.devices if one.heard]
    shown = told if every else told[:MOST_DEVICES]
    for one in shown:
        _print_device(paper, one, names, every)
    rest = len(told) - len(shown)
    if rest:
        paper.line((f"and {rest} more {plural('device', rest)}: --all", "dim"))
    _print_unheard(paper, [one.name for one in made.devices if not one.heard], every)
    _print_twin(paper, made)


def _print_grounds(paper: Paper, made: RehearsalDocument) -> None:
    heard = f"{made.devices_heard} of {made.devices_total} devices were heard asking for others."
    paper.line(
        (f"Observed for {made.observed_days:.1f} days; {heard} ", ""),
        ("Where packets go beyond the router is not seen from a plain port.", ""),
    )
    nat64 = "This network has NAT64." if made.has_nat64 else "This network has no NAT64 yet."
    paper.line((nat64, ""))
    if made.observed_days < ENOUGH_DAYS:
        paper.line(
            ("Fourteen days are the least to rely on; ", "yellow"),
            ("the end of a month shows what other days do not.", "yellow"),
        )


def _print_counts(paper: Paper, made: RehearsalDocument, names: int) -> None:
    for verdict in WORST:
        counts = [made.counts[mode].get(verdict, 0) for mode in made.counts]
        if any(counts):
            cells = "".join(f"{count:<{COLUMN + 2}}" for count in counts)
            paper.line((f"{VERDICTS[verdict]:<{names}}  {cells}", _STYLES[verdict]))
    paper.line()


def _print_device(paper: Paper, one: OutcomeEntry, names: int, every: bool) -> None:
    name = one.name if len(one.name) <= names else one.name[: names - 1] + "…"
    cells = [
        (f"{VERDICTS[verdict]:<{COLUMN + 2}}", _STYLES[verdict])
        for verdict in one.verdicts.values()
    ]
    sure = percent(None if one.confidence is None else 100 * one.confidence)
    paper.line((f"{name:<{names}}  ", "bold"), *cells, (sure if one.edges else "", "dim"))
    telling = [edge for edge in one.edges if set(edge.verdicts.values()) != {"N"}]
    shown = telling if every else telling[:MOST_EDGES]
    for edge in shown:
        _print_edge(paper, edge, every)
    if len(telling) > len(shown):
        paper.line((f"  and {len(telling) - len(shown)} more", "dim"))


def _print_unheard(paper: Paper, names: list[str], every: bool) -> None:
    if not names:
        return
    shown = names if every else names[:MOST_NAMES]
    rest = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    paper.line(("Never heard asking for another, so nothing is known of what they need: ", "dim"),
               (", ".join(shown) + rest, ""), hang=2)  # fmt: skip


def _print_edge(paper: Paper, edge: EdgeEntry, every: bool) -> None:
    evidence = f"; {edge.evidence}" if every and edge.evidence else ""
    paper.line(
        (f"  {edge.what}: ", "dim"),
        (edge.reason, ""),
        (f" ({percent(100 * edge.confidence)} sure{evidence})", "dim"),
        hang=4,
    )


def _print_twin(paper: Paper, made: RehearsalDocument) -> None:
    if not made.twin:
        return
    paper.line()
    paper.line(("Tried for real by the IPv6-only twin", "bold"))
    for one in made.twin:
        word, style = ("works", "green") if one.works else ("breaks", "bold red")
        said = " ".join(part for part in (one.address, one.detail) if part)
        nat64 = " by NAT64" if one.via_nat64 else ""
        paper.line(
            (f"  {word:<10}", style), (one.service, ""), (f"{nat64}  {said}", "dim"), hang=12
        )
