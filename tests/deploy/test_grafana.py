"""The dashboards: as generated, with ids, and asking only for what exists."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from deploy.grafana.generate import DASHBOARDS, NAMES, fill_in, queries, render
from tests.deploy.conftest import DEPLOY
from tests.deploy.expressions import complaints

BOARDS = {name: json.loads(render(name)) for name in NAMES}
QUERIES = [
    pytest.param(query.expr, id=f"{name}: {query.panel}: {query.expr[:40]}")
    for name, board in BOARDS.items()
    for query in queries(board)
]


def _panels(board: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for panel in board["panels"]:
        yield panel
        yield from _panels({"panels": panel.get("panels", [])})


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_file_is_what_the_generator_writes(name: str) -> None:
    committed = (DASHBOARDS / f"{name}.json").read_text(encoding="utf-8")
    assert committed == render(name), "run: python -m deploy.grafana.generate"


def test_no_dashboard_lies_about_without_a_generator() -> None:
    assert sorted(path.stem for path in DASHBOARDS.iterdir()) == sorted(NAMES)


@pytest.mark.parametrize("expr", QUERIES)
def test_every_query_asks_for_what_the_agent_exposes(
    expr: str, catalogue: dict[str, frozenset[str]]
) -> None:
    assert list(complaints(fill_in(expr), catalogue)) == []


@pytest.mark.parametrize("expr", QUERIES)
def test_every_query_keeps_to_the_chosen_sites(expr: str) -> None:
    assert 'site=~"$site"' in expr
    assert "$__interval" not in expr, "rates need $__rate_interval"


@pytest.mark.parametrize("name", NAMES)
def test_panels_have_ids_titles_descriptions_and_places(name: str) -> None:
    panels = list(_panels(BOARDS[name]))
    ids = [panel["id"] for panel in panels]
    assert sorted(set(ids)) == ids
    cells: set[tuple[int, int]] = set()
    for panel in panels:
        assert panel["title"]
        if panel["type"] not in {"row", "text"}:
            assert panel["description"], panel["title"]
            assert panel["datasource"]["uid"] == "${datasource}"
        place = panel["gridPos"]
        mine = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in mine) < 24
        assert not mine & cells, f"{panel['title']} lies on another panel"
        cells |= mine


@pytest.mark.parametrize("name", NAMES)
def test_identity_is_fixed_and_nobody_edits_in_the_browser(name: str) -> None:
    board = BOARDS[name]
    assert board["uid"] == name
    assert board["editable"] is False


def test_the_dashboards_use_the_provisioned_data_source() -> None:
    sources = yaml.safe_load(
        (DEPLOY / "grafana/provisioning/datasources/lanwarden.yaml").read_text(encoding="utf-8")
    )
    uids = {source["uid"]: source["type"] for source in sources["datasources"]}
    for board in BOARDS.values():
        chosen = next(v for v in board["templating"]["list"] if v["type"] == "datasource")
        assert uids[chosen["current"]["value"]] == chosen["query"] == "prometheus"


def test_every_alert_has_its_line_in_the_overview() -> None:
    rules = yaml.safe_load((DEPLOY / "prometheus/rules/lanwarden.yml").read_text(encoding="utf-8"))[
        "groups"
    ][0]["rules"]
    text = next(p for p in BOARDS["lanwarden-overview"]["panels"] if p["type"] == "text")
    for rule in rules:
        assert f"**{rule['alert']}**" in text["options"]["content"]
