"""Write the dashboards as classic JSON: `python -m deploy.grafana.generate`.

The JSON is committed, so that Grafana needs nothing but the file; a test fails when it differs from
what this writes.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana.overview import overview
from deploy.grafana.readiness import readiness

DASHBOARDS = Path(__file__).parent / "dashboards"
BOARDS = {"lanwarden-overview": overview, "lanwarden-ipv6": readiness}
NAMES = tuple(BOARDS)


class Query(msgspec.Struct, frozen=True):
    """One query of a panel, Grafana's variables in place.

    `may_be_empty`: no series is an answer that the panel has words for.
    """

    panel: str
    expr: str
    may_be_empty: bool


def render(name: str) -> str:
    """The JSON text of a dashboard by its name."""
    board = BOARDS[name]().build()
    for number, panel in enumerate(board.panels or [], 1):
        panel.id_val = number  # links to a panel need one
    return JSONEncoder(sort_keys=True, indent=2).encode(board) + "\n"


def queries(board: Mapping[str, Any]) -> Iterator[Query]:
    """Every query of a dashboard's JSON, those of panels inside collapsed rows included."""
    for panel in board.get("panels", []):
        may_be_empty = bool(panel.get("fieldConfig", {}).get("defaults", {}).get("noValue"))
        for target in panel.get("targets", []):
            yield Query(panel["title"], target["expr"], may_be_empty)
        yield from queries(panel)


def fill_in(expr: str, site: str = ".*", rate_interval: str = "2m") -> str:
    """The expression as Prometheus takes it: Grafana's variables replaced."""
    return expr.replace("$__rate_interval", rate_interval).replace("$site", site)


def main() -> None:
    """Write every dashboard."""
    for name in NAMES:
        path = DASHBOARDS / f"{name}.json"
        text = render(name)
        json.loads(text)
        path.write_text(text, encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
