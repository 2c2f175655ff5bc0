from pathlib import Path

from inventory.kinds.reference import page
from inventory.kinds.rules import table

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "kinds.md"


def test_the_page_is_what_the_tables_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run: python -m inventory.kinds.reference > docs/reference/kinds.md"
    )


def test_the_page_has_every_rule() -> None:
    text = page()
    assert all(f"| {rule.name} |" in text for rule in table().rules)
