"""What the documents tell people to type exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = re.compile("ftp_open|llmnr|NNN")  # what CONTRIBUTING.md walks through
PAGES = [
    path
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "docs/how-to/install.md")
    if path.is_file()
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_in_a_document_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    asked = set(re.findall(r"\bmake ([a-z]+)\b`?", _code(page)))
    assert asked <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_project_file_that_a_command_names_exists(page: Path) -> None:
    named = set(
        re.findall(r"(?<![\w/.])((?:deploy|requirements|tests|docs)/[\w./-]*\w)", _code(page))
    )
    missing = [name for name in named if not (ROOT / name).exists() and not EXAMPLE.search(name)]
    assert missing == []


def _code(page: Path) -> str:
    """The fenced blocks and inline code of a page."""
    text = page.read_text(encoding="utf-8")
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.S))
