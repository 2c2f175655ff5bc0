"""The table of checks in docs/reference/checks/index.md, made from their cards.

`python -m checks.reference` rewrites the table in the page; a test compares the two.
"""

from pathlib import Path

from checks import registry

PAGE = Path("docs/reference/checks/index.md")
_HEAD = "| check | what it asks | severity of a failure |\n|---|---|---|\n"


def with_table(page: str) -> str:
    """Return the page with the rows of today's checks; ValueError when it has no such table."""
    before, head, rest = page.partition(_HEAD)
    if not head:
        raise ValueError("the page has no table of checks")
    _, blank, after = rest.partition("\n\n")
    cards = (module.check for module in registry.load())
    rows = [
        f"| [`{card.name}`]({card.name.replace('.', '/')}.md) | {card.title} | {card.severity} |"
        for card in cards
    ]
    return before + head + "\n".join(rows) + blank + after


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
