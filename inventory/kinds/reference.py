"""The page docs/reference/kinds.md, made from the tables of rules.

`python -m inventory.kinds.reference` prints it; a test fails when the file differs.
"""

import sys
from collections.abc import Iterator

from inventory.kinds.rules import LABELS, PLACES, Rule, table
from inventory.kinds.score import ENOUGH, MAX_REASONS, MOST

INTRODUCTION = f"""\
# How the kind of a device is told

<!-- Written by python -m inventory.kinds.reference; edit inventory/kinds/data instead. -->

Each row below is one rule: what it looks for, which kind that speaks for, and how much (0 to 1).
Evidence adds up: two independent signs of 0.6 make 0.84. Signs of one origin do not: three names
count as the strongest of them. Signs for another kind lower the confidence. A kind is given when
its confidence reaches {ENOUGH}, never more than {MOST}; otherwise it stays `unknown`. A row of the
register that names a kind decides, with confidence 1. A device's page, the JSON document and
`lanwarden devices show` list the {MAX_REASONS} strongest signs with the names of their rules.

`not with` names rules that make a row void when they fit the same device; `only with` those that
must fit too. Texts are compared in lower case.
"""

EXPLAINS = """\
## What one kind explains of another

A laptop shows what a PC shows. To this share, evidence for the second kind does not speak against
the first.

| kind | explains |
|---|---|
"""

FACTS = """\
## Model, serial number, firmware, system

What a protocol has a field for (UPnP, WS-Discovery, IPP, LLDP) is taken as it is. From texts, the
first group of these patterns is taken.

| where | fact | pattern | source |
|---|---|---|---|
"""


def page() -> str:
    """The whole page, ending in a newline."""
    rules = table()
    lines = [INTRODUCTION]
    for place in PLACES:
        rows = [rule for rule in rules.rules if rule.place == place]
        if rows:
            lines += [f"## {LABELS[place][0].upper()}{LABELS[place][1:]}\n", *_table(rows), ""]
    lines.append(EXPLAINS.rstrip())
    for kind, shares in sorted(rules.explains.items()):
        told = ", ".join(f"{other} {share:g}" for other, share in sorted(shares.items()))
        lines.append(f"| {kind} | {told} |")
    lines += ["", FACTS.rstrip()]
    lines += [
        f"| {LABELS[group.place]} | {row.fact} | {_code(row.match)} | {_cell(group.source)} |"
        for group in rules.facts
        for row in group.rows
    ]
    return "\n".join(lines) + "\n"


def _table(rows: list[Rule]) -> Iterator[str]:
    yield "| rule | looks for | kind | weight | source |"
    yield "|---|---|---|---|---|"
    for rule in rows:
        conditions = [f"not with {', '.join(sorted(rule.unless))}"] if rule.unless else []
        conditions += [f"only with {', '.join(sorted(rule.needs))}"] if rule.needs else []
        looks = "; ".join((_code(rule.match), *conditions))
        yield f"| {rule.name} | {looks} | {rule.kind} | {rule.weight:g} | {_cell(rule.source)} |"


def _code(text: str) -> str:
    """A pattern in a cell: `](` would read as a link, so it stands in two pieces."""
    escaped = text.replace("|", "\\|").replace("](", "]` `(")
    return f"`{escaped}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(page())
