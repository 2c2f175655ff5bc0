"""The reference pages say what the code does."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from starlette.applications import Starlette

from agent import reference
from agent.web.app import application
from tests.agent.web.office import FakeSource

PAGES = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize(
    ("name", "page"),
    [("config.md", reference.config_page), ("cli.md", reference.cli_page)],
    ids=["config", "cli"],
)
def test_generated_pages_are_up_to_date(
    name: str, page: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", reference.WIDTH)
    written = (PAGES / name).read_text(encoding="utf-8")
    assert written == page(), "run: python -m agent.reference"


def test_every_route_is_on_the_http_page() -> None:
    text = (PAGES / "http.md").read_text(encoding="utf-8")
    table = text.partition("| path |")[2].partition("\n\n")[0]
    told = set(re.findall(r"`(/[^`?]*)`", table))
    app = cast("Starlette", application(FakeSource(), lambda: None)._app)
    served = {getattr(route, "path", "").replace("{id}", "ID") for route in app.routes}
    assert told == {path for path in served if not path.startswith("/static")}
