"""Default communities: opt-in, rarely, and never more than two questions."""

import asyncio
from typing import Any

import pytest

from collectors.contract import CollectorError, NoData, Target
from collectors.memory import DAY_S, Until
from collectors.observation import AnyObservation, CommunityTried
from collectors.places import Place
from collectors.snmp_community import Try, ask, collect
from tests.collectors.contexts import NOW, SCOPE, context, gathered
from tests.collectors.virtual_time import run

SWITCH = Target("d-1", ("10.66.0.2", "2001:db8:66::2"))


class Agents:
    """Plays SNMP agents: what a community gives, by address."""

    def __init__(self, answers: dict[str, bytes] | None = None, error: str = "") -> None:
        self.asked: list[tuple[Place, Try]] = []
        self._answers = answers or {}
        self._error = error

    async def description(self, place: Place, tried: Try) -> bytes | None:
        self.asked.append((place, tried))
        await asyncio.sleep(0.01)
        if self._error:
            raise OSError(self._error)
        return self._answers.get(tried.community)


def survey(agents: Agents, *targets: Target, **options: Any) -> list[AnyObservation]:
    return run(gathered(ask(context(*targets, **options), agents)))


def tried(community: str, answered: bool, description: str = "") -> CommunityTried:
    return CommunityTried(
        at=NOW, source="snmp_community", address="10.66.0.2", community=community,
        answered=answered, system_description=description,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param({}, [tried("public", False), tried("private", False)], id="silent"),
        pytest.param(
            {"public": b"Switch OS 1.2", "private": b"x"}, [tried("public", True, "Switch OS 1.2")],
            id="public: private is not tried",
        ),
        pytest.param(
            {"private": b"Switch OS 1.2"},
            [tried("public", False), tried("private", True, "Switch OS 1.2")],
            id="private only",
        ),
        pytest.param({"public": b""}, [tried("public", True)], id="an answer without text"),
        pytest.param(
            {"public": b"A\x00B\r\n\xff" + b"x" * 9000},
            [tried("public", True, "AB \ufffd" + "x" * 251)],
            id="hostile text",
        ),
    ],
)  # fmt: skip
def test_what_is_tried(answers: dict[str, bytes], expected: list[CommunityTried]) -> None:
    assert survey(Agents(answers), SWITCH) == expected


def test_one_address_and_no_repetition_of_private() -> None:
    agents = Agents()
    survey(agents, SWITCH)
    assert agents.asked == [
        (Place("10.66.0.2"), Try("public", 1)), (Place("10.66.0.2"), Try("private", 0)),
    ]  # fmt: skip


def test_ipv6_when_there_is_no_ipv4_with_the_link_of_link_local_ones() -> None:
    agents = Agents({"public": b"x"})
    (seen,) = survey(agents, Target("d-1", ("fe80::2%lan0",)))
    assert seen.interface == "lan0"
    assert agents.asked == [(Place("fe80::2", 7, "lan0"), Try("public", 1))]


def test_each_device_is_asked_once_a_day() -> None:
    memory = Until()
    survey(Agents(), SWITCH, communities_tried=memory)
    with pytest.raises(NoData, match="24 hours"):
        survey(Agents(), SWITCH, communities_tried=memory)
    later = context(SWITCH, communities_tried=memory, clock=lambda: NOW + DAY_S)
    assert len(run(gathered(ask(later, Agents())))) == 2


def test_a_device_that_suffered_is_left_alone() -> None:
    quarantine = Until()
    quarantine.put("d-1", NOW + 1)
    with pytest.raises(NoData):
        survey(Agents(), SWITCH, quarantine=quarantine)


def test_out_of_scope_devices_are_not_asked() -> None:
    agents = Agents()
    with pytest.raises(NoData):
        survey(agents, Target("d-1", ("10.99.0.1",)))
    assert agents.asked == []


@pytest.mark.parametrize("options", [{}, {"default_community": False}, {"default_community": 1}])
def test_without_the_opt_in_nothing_is_sent(options: dict[str, Any]) -> None:
    with pytest.raises(NoData, match="opt-in"):
        run(gathered(collect(context(SWITCH, scope=SCOPE, **options))))


def test_what_cannot_be_sent_is_an_error_and_does_not_use_the_day_up() -> None:
    memory = Until()
    with pytest.raises(CollectorError, match="Network is unreachable"):
        survey(Agents(error="Network is unreachable"), SWITCH, communities_tried=memory)
    assert len(memory) == 0
