"""Evidence for people."""

import pytest

from agent.web.evidence import DEEPEST, MOST_CHARACTERS, MOST_ITEMS, Fact, facts

AT = 1_795_363_265.9
SAID = "2026-11-22 16:01:05 UTC"


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        pytest.param({}, (), id="nothing"),
        pytest.param({"banner": ""}, (), id="empty-text-is-left-out"),
        pytest.param({"mac": "00:1b"}, (Fact("MAC", "00:1b"),), id="acronym"),
        pytest.param({"at": AT}, (Fact("seen", SAID),), id="moment"),
        pytest.param({"first_seen": AT}, (Fact("first seen", SAID),), id="seen"),
        pytest.param({"at": 5}, (Fact("seen", "5"),), id="no-moment"),
        pytest.param({"listened_s": 3720}, (Fact("listened", "1 h 2 min"),), id="duration"),
        pytest.param({"lifetime_s": 0}, (Fact("lifetime", "0 s"),), id="no-time"),
        pytest.param({"answered": True}, (Fact("answered", "yes"),), id="yes"),
        pytest.param({"answered": None}, (Fact("answered", "not known"),), id="none"),
        pytest.param({"ports": [22, 23]}, (Fact("ports", "22, 23"),), id="list"),
        pytest.param({"prefixes": ()}, (Fact("prefixes", "none"),), id="empty-list"),
        pytest.param({"addresses": {}}, (Fact("addresses", "none"),), id="empty-mapping"),
        pytest.param(
            {"addresses": {"global": ["2001:db8::1", "2001:db8::2"]}},
            (Fact("addresses", rows=((Fact("global", "2001:db8::1, 2001:db8::2"),),)),),
            id="mapping",
        ),
        pytest.param(
            {"ports": [{"port": 23, "up": False}, {"port": 24}]},
            (Fact("ports", rows=((Fact("port", "23"), Fact("up", "no")), (Fact("port", "24"),))),),
            id="list-of-mappings",
        ),
        pytest.param(
            {"pairs": [[1, 2]]}, (Fact("pairs", rows=((Fact("item", "1, 2"),),)),), id="lists"
        ),
    ],
)  # fmt: skip
def test_facts(evidence: dict[str, object], expected: tuple[Fact, ...]) -> None:
    assert facts(evidence) == expected


def test_evidence_is_bounded_and_says_so() -> None:
    (numbers,) = facts({"numbers": list(range(MOST_ITEMS + 5))})
    assert numbers.text.endswith(" and 5 more")
    (rows,) = facts({"rows": [{"a": 1}] * (MOST_ITEMS + 5)})
    assert len(rows.rows) == MOST_ITEMS + 1
    assert rows.rows[-1] == (Fact("more", "5 not shown"),)
    assert facts({str(n): n for n in range(MOST_ITEMS + 2)})[-1] == Fact("more", "2 not shown")
    (text,) = facts({"banner": "x" * 10_000})
    assert len(text.text) == MOST_CHARACTERS + 1
    assert text.text.endswith("…")


def test_evidence_is_not_followed_for_ever() -> None:
    deep: dict[str, object] = {}
    for _ in range(1000):
        deep = {"a": deep}
    (fact,) = facts(deep)
    depth = 0
    while fact.rows:
        ((fact,),) = fact.rows
        depth += 1
    assert depth == DEEPEST
    assert fact.text == "…"
