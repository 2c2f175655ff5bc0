"""The page of the scenarios says what is tested."""

from tests.lan.scenarios.reference import PAGE, page


def test_the_page_is_made_from_the_table() -> None:
    again = "python -m tests.lan.scenarios.reference writes it anew"
    assert PAGE.read_text(encoding="utf-8") == page(), again
