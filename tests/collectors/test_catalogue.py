"""The catalogue is sorted, true, and documented."""

import ast
from importlib.util import find_spec
from pathlib import Path

import pytest

from collectors.catalogue import CATALOGUE, Entry, by_name

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = ROOT / "docs/reference/collectors.md"
NOT_COLLECTORS = frozenset(
    {"catalogue", "contract", "datagrams", "memory", "observation", "pace", "parallel", "places",
     "ports", "scope"}
)  # fmt: skip


def entries(tap: bool) -> list[Entry]:
    return [entry for entry in CATALOGUE if entry.needs_tap is tap]


def test_the_table_is_sorted_and_unique() -> None:
    names = [entry.name for entry in CATALOGUE]
    assert names == sorted(set(names))


def test_every_module_of_a_collector_is_in_the_table() -> None:
    listed = {entry.module.removeprefix("collectors.") for entry in CATALOGUE}
    found = {path.stem for path in (ROOT / "collectors").glob("*.py")} - {"__init__"}
    found |= {path.parent.name for path in (ROOT / "collectors").glob("*/__init__.py")}
    assert found - NOT_COLLECTORS - {"tap", "wire"} <= listed


@pytest.mark.parametrize("entry", entries(tap=False), ids=lambda entry: entry.name)
def test_a_collector_is_what_the_table_says(entry: Entry) -> None:
    assert entry.module == f"collectors.{entry.name}"
    collect = entry.load()
    assert collect.__doc__
    spec = find_spec(entry.module)
    assert spec is not None
    assert spec.origin is not None
    source = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    assert ast.get_docstring(source)
    assert f"NAME = {entry.name!r}".replace("'", '"') in Path(spec.origin).read_text("utf-8")


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
    assert sections - {"What holds for all", "Options"} == {entry.name for entry in CATALOGUE}


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    assert by_name("tcp").module == "collectors.tcp"
    with pytest.raises(KeyError, match="there is no collector 'tpc'; there are: arp, echo"):
        by_name("tpc")
