"""The page docs/reference/metrics.md, made from the table of families.

`python -m exporters.prometheus.reference` writes it to standard output.
"""

import sys
from collections.abc import Iterator

from exporters.prometheus.families import FAMILIES
from exporters.prometheus.family import Family, Scope

_INTRODUCTION = """\
# Metrics

Made by `python -m exporters.prometheus.reference` from the table in `exporters/prometheus/`. Do not
edit it by hand: a test compares the two.

`/metrics` serves the text format 0.0.4, or OpenMetrics 1.0 where the scraper asks for it, with gzip
where it accepts that. All figures come from one snapshot; `lanwarden_snapshot_timestamp_seconds`
says when it was taken. A scrape probes nothing: what a scheduled pass found is kept until the next
one, and the help text says so.

- `device` is a short stable id. Names, addresses and vendors are on `lanwarden_device_info` only;
  join it: `lanwarden_device_up * on(device) group_left(name, kind) lanwarden_device_info`.
- `site` is no label here: it is a target label of the scrape.
- A series is absent while its value is not known. Absent is not 0.
- Label values are cut at 128 characters; what cannot be shown is replaced by U+FFFD.
- At the limit of series, devices that were seen last are left out;
  `lanwarden_exposition_devices_omitted` says how many.
- `process_*` and `python_gc_*` come from Prometheus' own client library and describe the agent's
  process.
"""

_SECTIONS: tuple[tuple[Scope, str], ...] = (
    ("process", "The running agent, at the moment of the scrape"),
    ("agent", "The agent, its collectors, its tap and its host"),
    ("network", "Networks"),
    ("device", "Devices"),
)


def page() -> str:
    """The whole page, Markdown."""
    return "\n".join([_INTRODUCTION, *_sections()])


def _sections() -> Iterator[str]:
    for scope, title in _SECTIONS:
        yield f"## {title}\n"
        yield "| family | type | labels | meaning |"
        yield "|---|---|---|---|"
        for family in FAMILIES:
            if family.scope == scope:
                yield _row(family)
        yield ""


def _row(family: Family) -> str:
    labels = ", ".join(f"`{label}`" for label in family.labels)
    text = family.help.replace("|", r"\|")
    return f"| `{family.name}` | {family.kind} | {labels} | {text} |"


if __name__ == "__main__":
    sys.stdout.write(page())
