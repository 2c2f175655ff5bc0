"""The style sheet: text stands out from its ground as WCAG 2.2 §1.4.3 (AA) asks."""

import re
from itertools import product

import pytest

from agent.web.pages import HERE

STYLE = (HERE / "static" / "style.css").read_text(encoding="utf-8")
LEAST = 4.5
PAIRS = [
    *product(("ink", "faint", "accent"), ("ground", "sheet")),
    ("good", "sheet"), ("bad", "sheet"), ("warn", "sheet"), ("quiet", "sheet"),
    ("good", "good-bg"), ("bad", "bad-bg"), ("warn", "warn-bg"), ("quiet", "quiet-bg"),
    ("accent", "info-bg"), ("accent", "bad-bg"), ("faint", "bad-bg"), ("sheet", "accent"),
]  # fmt: skip


def schemes() -> list[dict[str, str]]:
    blocks = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    return [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)) for block in blocks]


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", schemes(), ids=["light", "dark"])
def test_contrast(scheme: dict[str, str]) -> None:
    for text, ground in PAIRS:
        lighter, darker = sorted((luminance(scheme[text]), luminance(scheme[ground])), reverse=True)
        contrast = (lighter + 0.05) / (darker + 0.05)
        assert contrast >= LEAST, f"{text} on {ground}: {contrast:.2f}"


def test_what_has_the_focus_is_seen() -> None:
    for selector in ("a", "button", "input", "select", "summary"):
        assert f"{selector}:focus-visible" in STYLE
