"""The benchmark's table and page, from made-up rows."""

import re

import pytest

from bench.report import Section, machine, page, table
from bench.row import Row

ROWS = (
    Row("sweep", 0.86, 2.5, 0.344, 0.5, "s", "recall 1.000"),
    Row("start", 0.4, None, None, 0.3, "s"),
    Row("hosts missed", 0, 20, None, 0, "hosts", "a | b"),
    Row("no peer", 0.1, None, None, 0.3, "s", "nmap is not installed", incomparable=True),
    Row("shown only", 1234.5, None, None, None, "ms"),
)
MET = (True, False, True, False, True)
SECTIONS = (Section("Discovery", ROWS),)


@pytest.mark.parametrize(
    ("row", "met"),
    list(zip(ROWS, MET, strict=True)),
    ids=[row.name for row in ROWS],
)
def test_a_goal_bounds_the_ratio_or_the_figure_itself(row: Row, met: bool) -> None:
    assert row.met is met


def test_the_table_is_aligned_and_says_what_is_not_met() -> None:
    lines = table(SECTIONS).splitlines()
    assert [line.split()[0] for line in lines] == ["what", "sweep", "start", "hosts", "no", "shown"]
    assert lines[1].endswith("≤ 0.5  met")
    assert lines[2].endswith("NOT MET")
    assert lines[3].split()[-3:] == ["≤", "0", "met"]
    assert lines[4].endswith("NOT MET")
    assert lines[5].split()[-2:] == ["1234", "ms"]


def test_the_page_has_every_row_and_where_it_was_measured() -> None:
    text = page(SECTIONS, "some machine, 2 cores", "2026-11-22")
    assert "on 2026-11-22: some machine, 2 cores." in text
    body = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(body) == 1 + len(ROWS)
    assert len({line.count("|") for line in body}) == 1
    assert "a / b" in text


def test_the_machine_has_no_name_in_it() -> None:
    assert re.search(r"\d+ cores, \d+ GiB, Linux [\d.]+, Python 3\.", machine())
