"""Walks end, whatever a device answers."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from collectors.snmp_client import Answer, Missing, Oid, Value
from collectors.snmp_walk import FEWER, REPETITIONS, Budget, Column, walk

ROOT: Oid = (1, 3, 6, 1)
Binding = tuple[Oid, Value]


class Agent:
    """Answers from a list of objects in their order, or by a function of the question."""

    def __init__(self, *bindings: Binding, says: Callable[[Oid, int], Answer] | None = None):
        self.asked: list[tuple[Oid, int]] = []
        self._bindings = bindings
        self._says = says

    async def __call__(self, oid: Oid, most: int) -> Answer:
        self.asked.append((oid, most))
        if self._says is not None:
            return self._says(oid, most)
        after = [one for one in self._bindings if one[0] > oid][:most]
        return answered(*after, *([] if len(after) == most else [(oid, Missing.END)]))


def answered(*bindings: Binding) -> Answer:
    return Answer("answered", bindings)


def under(*indexes: int) -> list[Binding]:
    return [((*ROOT, index), index) for index in indexes]


def walked(agent: Agent, varbinds: int = 1000, seconds: float = 60.0) -> Column:
    clock = iter(range(1_000_000))
    budget = Budget(varbinds, seconds, lambda: float(next(clock)))
    return asyncio.run(walk(agent, ROOT, budget))


def test_it_reads_a_column_to_its_end_and_no_further() -> None:
    agent = Agent(*under(*range(1, 61)), ((1, 3, 6, 2), 7))
    column = walked(agent)
    assert column.state == "read"
    assert [index for index, _ in column.rows] == [(n,) for n in range(1, 61)]
    assert [oid for oid, _ in agent.asked] == [ROOT, (*ROOT, 25), (*ROOT, 50)]


def rising(oid: Oid, most: int) -> Answer:
    last = oid[len(ROOT)] if len(oid) > len(ROOT) else 0
    return answered(*under(*range(last + 1, last + 1 + most)))


@pytest.mark.parametrize(
    ("agent", "state", "rows"),
    [
        pytest.param(Agent(), "absent", 0, id="nothing at all"),
        pytest.param(Agent(((1, 4), 1)), "absent", 0, id="nothing there, something after"),
        pytest.param(Agent(says=lambda oid, most: answered()), "broken", 0, id="empty answers"),
        pytest.param(
            Agent(says=lambda oid, most: answered(*under(5))), "broken", 1, id="the same again"
        ),
        pytest.param(
            Agent(says=lambda oid, most: answered(*under(5, 4))), "broken", 1, id="falling"
        ),
        pytest.param(
            Agent(says=lambda oid, most: answered(((1, 2), 1))), "broken", 0, id="before the root"
        ),
        pytest.param(
            Agent(says=lambda oid, most: answered(((*ROOT, *range(200)), 1))), "broken", 0,
            id="an endless name",
        ),
        pytest.param(Agent(says=rising), "partial", 1000, id="an endless table"),
        pytest.param(Agent(says=lambda oid, most: Answer("silent")), "partial", 0, id="silence"),
        pytest.param(
            Agent(says=lambda oid, most: Answer("refused", detail="authorizationError")),
            "partial", 0, id="no right",
        ),
        pytest.param(
            Agent(says=lambda oid, most: Answer("error", detail="OidNotIncreasing")),
            "broken", 0, id="out of order, by the engine's word",
        ),
        pytest.param(
            Agent(((*ROOT, 1), Missing.OBJECT), ((*ROOT, 2), 3)), "read", 1, id="a hole"
        ),
    ],
)  # fmt: skip
def test_it_ends(agent: Agent, state: str, rows: int) -> None:
    column = walked(agent)
    assert (column.state, len(column.rows)) == (state, rows)


def test_it_ends_in_time() -> None:
    column = walked(Agent(says=rising), varbinds=10**6, seconds=5)
    assert (column.state, len(column.rows)) == ("partial", 5 * REPETITIONS)


@pytest.mark.parametrize("answer", [Answer("silent"), Answer("error", detail="tooBig")])
def test_a_device_that_cannot_fill_a_large_answer_is_asked_for_less(answer: Any) -> None:
    def says(oid: Oid, most: int) -> Answer:
        return rising(oid, most) if most <= FEWER and len(oid) == len(ROOT) else answer

    agent = Agent(says=says)
    column = walked(agent)
    state = "broken" if answer.outcome == "error" else "partial"
    assert (column.state, len(column.rows)) == (state, FEWER)
    assert [most for _, most in agent.asked] == [REPETITIONS, FEWER, FEWER]
