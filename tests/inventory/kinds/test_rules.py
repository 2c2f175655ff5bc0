"""Every row of the tables: it has a source, compiles, names a kind, and fits something."""

import re
from pathlib import Path
from typing import get_args

import aiooui
import pytest

from inventory.kinds import rules
from inventory.kinds.rules import FactGroup, FactRow, Rule, Table, table
from inventory.snapshot import DeviceKind
from inventory.vendor import _tidy

ALL = table().rules
REGEX_SETS = {"S", "W", "D", "B"}


@pytest.fixture(scope="module")
def makers() -> tuple[str, ...]:
    """Every maker of the registry, as `vendor_of` spells it."""
    data = (Path(aiooui.__file__).parent / "oui.data").read_bytes()
    count = int.from_bytes(data[4:8], "little")
    names = data[8 + count * 8 :].decode().split("\n")
    return tuple(_tidy(name).lower() for name in names if name)


def test_names_are_unique() -> None:
    names = [rule.name for rule in ALL]
    assert sorted({name for name in names if names.count(name) > 1}) == []


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.name)
def test_row(rule: Rule, makers: tuple[str, ...]) -> None:
    assert len(rule.source) > 10
    assert rule.kind in get_args(DeviceKind)
    assert rule.kind != "unknown"
    assert 0.0 < rule.weight <= 1.0
    assert rule.match == rule.match.lower() or set(re.findall(r"\\([A-Z])", rule.match)) <= (
        REGEX_SETS
    )
    assert rule.name not in rule.unless | rule.needs
    if rule.place in rules._START:
        assert any(maker.startswith(rule.match) for maker in makers)
    elif rule.place in rules._WHOLE:
        assert [hit.rule for hit in table().told(rule.place, rule.match)].count(rule) == 1
    else:
        assert rule.example
        assert rule in [hit.rule for hit in table().told(rule.place, rule.example)]


@pytest.mark.parametrize(
    ("group", "row"),
    [
        pytest.param(group, row, id=f"{group.place} {row.fact} {row.match}")
        for group in table().facts
        for row in group.rows
    ],
)
def test_fact(group: FactGroup, row: FactRow) -> None:
    assert len(group.source) > 10
    facts = table().stated(group.place, row.example)
    assert row.fact in dict(facts)
    assert all(value and value == value.strip() for _, value in facts)


def test_every_kind_but_unknown_can_be_told() -> None:
    assert {rule.kind for rule in ALL} == {*get_args(DeviceKind)} - {"unknown"}


def test_shares_are_between_0_and_1() -> None:
    for kind, shares in table().explains.items():
        assert kind not in shares
        assert all(0.0 < share < 1.0 for share in shares.values())


def test_texts_are_clipped_before_a_pattern_sees_them() -> None:
    assert table().told("name", "x" * rules.TEXT_LIMIT + "printer") == ()


@pytest.mark.parametrize("place", sorted({rule.place for rule in ALL}))
def test_no_pattern_is_slow_on_hostile_text(place: rules.Place) -> None:
    """Each text is clipped, so the worst is quadratic in a small number; a runaway would hang."""
    for text in ("a" * 256, "-" * 256, "a1-" * 80, "typ=" * 64, " router" * 36, "cpm/" * 64):
        table()._told(place, text)
        table()._stated(place, text)


def test_a_rule_that_names_no_rule_is_refused() -> None:
    rule = a_rule(unless=frozenset({"nothing"}))
    with pytest.raises(ValueError, match="rule a names nothing, which is no rule"):
        rules._linked([rule])


def test_a_text_rule_must_name_its_key() -> None:
    with pytest.raises(ValueError, match="does not begin with the key"):
        Table([a_rule(place="txt", match="laser")], (), {})


def test_memory_of_answers_is_bounded() -> None:
    small = Table(ALL, table().facts, table().explains)
    for number in range(rules._REMEMBERED + 100):
        small.told("name", f"pc-{number}")
    assert small.told.cache_info().currsize == rules._REMEMBERED


def a_rule(**more: object) -> Rule:
    values: dict[str, object] = {
        "name": "a", "place": "name", "match": "a", "kind": "printer", "weight": 0.5,
        "source": "a source", "origin": "name",
    }  # fmt: skip
    return Rule(**{**values, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pattern", "bound"),
    [
        ("^a", True),
        ("^a|^b", True),
        ("^(a|b)", True),
        ("^a|b", False),
        ("(^|x)a", False),
        ("a", False),
        (r"^a\|b", True),
        ("^[|]b", True),
        ("^[)]|b", False),
    ],
)
def test_which_patterns_fit_at_the_start_only(pattern: str, bound: bool) -> None:
    assert rules._is_bound(pattern) == bound
