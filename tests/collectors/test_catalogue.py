"""The catalogue is sorted, true, and documented."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

from collectors.catalogue import CATALOGUE, Entry, by_name

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = ROOT / "docs/reference/collectors.md"


def test_the_table_is_sorted_and_unique() -> None:
    names = [entry.name for entry in CATALOGUE]
    assert names == sorted(set(names))


def test_every_module_with_a_collect_is_in_the_table() -> None:
    files = [*ROOT.glob("collectors/*.py"), *ROOT.glob("collectors/*/__init__.py")]
    found = {
        "collectors." + (path.parent.name if path.stem == "__init__" else path.stem)
        for path in files
        if any(
            isinstance(node, ast.AsyncFunctionDef) and node.name == "collect"
            for node in ast.parse(path.read_text(encoding="utf-8")).body
        )
    }
    assert found == {entry.module for entry in CATALOGUE}


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
def test_a_collector_is_what_the_table_says(entry: Entry) -> None:
    module = import_module(entry.module)
    assert entry.module == f"collectors.{entry.name}"
    assert entry.name == module.NAME
    assert module.__doc__
    assert entry.load() is module.collect
    assert module.collect.__doc__


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
def test_every_collector_has_its_section_in_the_reference(entry: Entry) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert f"\n## {entry.name}\n" in text
    row = next(line for line in text.splitlines() if line.startswith(f"| [`{entry.name}`]"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1:] == [
        entry.description,
        "yes" if entry.active else "no",
        "yes" if entry.needs_tap else "no",
    ]


def test_the_reference_has_no_section_of_a_collector_that_is_gone() -> None:
    sections = {
        line.removeprefix("## ")
        for line in DOCUMENT.read_text(encoding="utf-8").splitlines()
        if line.startswith("## ")
    }
    assert sections - {"What holds for all of them", "Options"} == {
        entry.name for entry in CATALOGUE
    }


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    assert by_name("tcp").module == "collectors.tcp"
    with pytest.raises(KeyError, match="there is no collector 'tpc'; there are: anchors, arp, "):
        by_name("tpc")
