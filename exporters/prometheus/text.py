"""The two Prometheus text formats, 0.0.4 and OpenMetrics 1.0: headers, label values, numbers.

lanwarden exposes gauges, counters and info metrics only, so that the sample lines of both formats
are the same and only the headers differ.
"""

import math
import re
from collections.abc import Iterable

from exporters.prometheus.family import Family, Row

MAX_VALUE_LENGTH = 128

_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


def label_value(value: str) -> str:
    """Escape a label value; what cannot be shown becomes U+FFFD, what is too long is cut.

    Text is clean when it gets here. This is the second line: one lone surrogate or carriage return
    in a name must not cost the whole scrape.
    """
    if len(value) > MAX_VALUE_LENGTH:
        value = value[: MAX_VALUE_LENGTH - 1] + "…"
    if not value.isprintable():
        value = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    return value.translate(_ESCAPES)


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


class DeviceLines:
    """The sample lines of one device family, with all that does not vary made beforehand.

    There are hundreds of thousands of these lines, so this is written for speed.
    """

    def __init__(self, family: Family) -> None:
        device, *rest = family.labels
        if family.scope != "device" or device != "device":
            raise ValueError(f"{family.name}: the first label of a device family is `device`")
        self._samples = family.samples
        self._head = f'{family.name}{{{device}="'
        self._joints = tuple(f'",{name}="' for name in rest)

    def render(self, device: object, open_findings: object, subject: str) -> tuple[bytes, int]:
        """Return the lines and how many; `subject` is the device's id, escaped."""
        rows = self._samples(device, open_findings)
        if not rows:
            return b"", 0
        start = self._head + subject
        text = ""
        for values, value in rows:
            text += start
            for joint, label in zip(self._joints, values, strict=True):
                plain = label.isalnum() and len(label) <= MAX_VALUE_LENGTH
                text += joint + (label if plain else label_value(label))
            text += f'"}} {+value}\n'
        return text.encode(), len(rows)
