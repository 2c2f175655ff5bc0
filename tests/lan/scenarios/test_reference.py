"""The page of the scenarios is as the table says, and the tests that it names exist."""

import re

import pytest

from tests.lan.scenarios import reference


def test_the_page_is_made_from_the_table() -> None:
    assert reference.PAGE.read_text(encoding="utf-8") == reference.page(), (
        "python -m tests.lan.scenarios.reference writes it anew"
    )


@pytest.mark.parametrize("number", reference.EVERYTHING)
def test_every_scenario_of_the_list_has_its_place(number: str) -> None:
    _, tests = reference.EVERYTHING[number]
    rows = [one for table in reference.FAMILIES.values() for one in table if one.number == number]
    assert rows or tests
    for test in tests:
        file, _, name = test.partition(":")
        assert re.search(rf"^def {name}\(", (reference.TESTS / file).read_text(), re.MULTILINE)


def test_no_row_has_a_number_out_of_the_list() -> None:
    numbers = {one.number for table in reference.FAMILIES.values() for one in table}
    assert numbers <= {"", *reference.EVERYTHING}
