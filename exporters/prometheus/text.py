"""The two Prometheus text formats, 0.0.4 and OpenMetrics 1.0: headers, label values, numbers.

lanwarden exposes gauges, counters and info metrics only, so that the sample lines of both formats
are the same and only the headers differ.
"""

import math
import re
from collections.abc import Iterable, Sequence

from exporters.prometheus.family import Family, Row

MAX_VALUE_LENGTH = 128

_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\""})


def printable(value: str) -> str:
    """Replace what cannot be shown by U+FFFD and cut what is too long.

    Text is clean when it gets here. This is the second line: one lone surrogate or carriage return
    in a name must not cost the whole scrape.
    """
    if len(value) > MAX_VALUE_LENGTH:
        value = value[: MAX_VALUE_LENGTH - 1] + "…"
    if not value.isprintable():
        value = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    return value


def label_value(value: str) -> str:
    """Escape a label value, made printable."""
    value = printable(value)
    return value.translate(_ESCAPES) if '"' in value or "\\" in value else value


def label_values(values: Sequence[str]) -> Sequence[str]:
    """`label_value` of many values, all looked at together."""
    joined = "".join(values)
    plain = joined.isprintable() and '"' not in joined and "\\" not in joined
    if plain and max(map(len, values), default=0) <= MAX_VALUE_LENGTH:
        return values
    return [label_value(value) for value in values]


def header(family: Family, openmetrics: bool) -> bytes:
    """The HELP and TYPE lines of a family."""
    name, kind = family.name, family.kind
    if openmetrics:
        name = name.removesuffix("_total").removesuffix("_info")
    elif kind == "info":
        kind = "gauge"
    text = family.help.replace("\\", r"\\").replace("\n", r"\n")
    if openmetrics:
        text = text.replace('"', r"\"")
    return f"# HELP {name} {text}\n# TYPE {name} {kind}\n".encode()


def number(value: float) -> str:
    """A sample value: shortest text that reads back the same, and the formats' own infinities."""
    if math.isfinite(value):
        return str(+value)  # the sign makes an integer of a bool
    return "NaN" if math.isnan(value) else ("+Inf" if value > 0 else "-Inf")


def lines(family: Family, rows: Iterable[Row], subject: str | None = None) -> bytes:
    """The sample lines of a family; of rows with the same labels the last one counts."""
    first = () if subject is None else (subject,)
    found: dict[str, float] = {}
    for values, value in rows:
        pairs = zip(family.labels, (*first, *values), strict=True)
        labels = ",".join(f'{name}="{label_value(text)}"' for name, text in pairs)
        found[f"{{{labels}}}" if labels else ""] = value
    return "".join(
        f"{family.name}{labels} {number(value)}\n" for labels, value in found.items()
    ).encode()


def escaped(values: tuple[str, ...]) -> tuple[str, ...]:
    """Escape all values at once where, as nearly always, none of them needs it."""
    joined = "".join(values)
    plain = len(joined) <= MAX_VALUE_LENGTH and joined.isprintable()
    if plain and '"' not in joined and "\\" not in joined:
        return values
    return tuple([label_value(value) for value in values])
