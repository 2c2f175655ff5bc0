"""Reverse DNS: who is asked, when a resolver is given up, what a name becomes."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from collectors.contract import CollectorError, NoData, Target
from collectors.observation import AnyObservation, NameSeen
from collectors.reverse_dns import Silent, ask
from tests.collectors.contexts import NOW, context, gathered
from tests.collectors.virtual_time import now, run

TIMEOUT_S = 3.0
PC = Target("d-1", ("10.66.0.9",))
NEAR = Target("d-1", ("fe80::9%lan0",))
MANY = [f"n{number}.example" for number in range(50)]


class Resolvers:
    """Plays DNS servers: a dead one takes its time to be silent."""

    def __init__(self, alive: Callable[[str, str], Sequence[str] | None]) -> None:
        self.asked: list[tuple[str, str]] = []
        self.in_flight = 0
        self.most = 0
        self._alive = alive

    async def names(self, server: str, address: str) -> Sequence[str]:
        self.asked.append((server, address))
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        try:
            found = self._alive(server, address)
            await asyncio.sleep(0.01 if found is not None else TIMEOUT_S)
        finally:
            self.in_flight -= 1
        if found is None:
            raise Silent("no answer in 1.5 s")
        return found


def survey(
    resolvers: Resolvers, *targets: Target, servers: Sequence[str] = ("10.66.0.1",)
) -> list[AnyObservation]:
    return run(gathered(ask(context(*targets), servers, resolvers)))


def many(count: int) -> list[Target]:
    return [Target(f"d-{number}", (f"10.66.0.{number}",)) for number in range(100, 100 + count)]


def test_names_are_seen_for_their_addresses() -> None:
    resolvers = Resolvers(
        lambda server, address: [f"host-{address}.stc.example", "alias.stc.example"]
    )
    found = survey(resolvers, Target("d-1", ("10.66.0.9", "2001:db8:66::9", "fe80::9%lan0")))
    assert found[0] == NameSeen(
        at=NOW, source="rdns", name="host-10.66.0.9.stc.example", address="10.66.0.9"
    )
    assert len(found) == 4
    assert [address for _, address in resolvers.asked] == ["10.66.0.9", "2001:db8:66::9"]


def test_only_addresses_in_scope_are_asked_about() -> None:
    resolvers = Resolvers(lambda server, address: [])
    survey(resolvers, Target("d-1", ("10.66.0.9", "10.99.0.1", "10.66.0.66")))
    assert resolvers.asked == [("10.66.0.1", "10.66.0.9")]


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        pytest.param([], [], id="no name"),
        pytest.param(["a.example", "a.example"], ["a.example"], id="twice"),
        pytest.param(MANY, MANY[:4], id="too many"),
        pytest.param(["x" * 10_000], ["x" * 255], id="too long"),
        pytest.param(["\x1b[2J\ud800<b>", ""], ["[2J<b>"], id="control and lone surrogate"),
    ],
)  # fmt: skip
def test_answers_are_cleaned_and_bounded(answer: list[str], names: list[str]) -> None:
    found = survey(Resolvers(lambda server, address: answer), PC)
    assert [item.name for item in found if isinstance(item, NameSeen)] == names


def test_a_dead_resolver_costs_one_question_and_is_named() -> None:
    resolvers = Resolvers(lambda server, address: None)

    async def main() -> float:
        with pytest.raises(
            CollectorError, match=r"no DNS resolver answers: 10\.66\.0\.1 \(no answer in 1\.5 s\)"
        ):
            await gathered(ask(context(*many(100)), ("10.66.0.1",), resolvers))
        return now()

    assert run(main()) == pytest.approx(TIMEOUT_S)
    assert len(resolvers.asked) == 1


def test_the_next_resolver_takes_over() -> None:
    resolvers = Resolvers(lambda server, address: ["a.example"] if server == "10.66.0.2" else None)
    found = survey(resolvers, *many(100), servers=("10.66.0.1", "10.66.0.2"))
    assert len(found) == 100
    assert [server for server, _ in resolvers.asked].count("10.66.0.1") == 1


def test_one_zone_without_an_answer_does_not_end_the_survey() -> None:
    resolvers = Resolvers(
        lambda server, address: None if address == "10.66.0.120" else ["a.example"]
    )
    assert len(survey(resolvers, *many(100))) == 99


def test_a_resolver_that_dies_on_the_way_is_noticed() -> None:
    answered: list[str] = []

    def dying(server: str, address: str) -> Sequence[str] | None:
        answered.append(address)
        return ["a.example"] if len(answered) <= 10 else None

    resolvers = Resolvers(dying)

    async def main() -> float:
        with pytest.raises(CollectorError, match="no DNS resolver answers"):
            await gathered(ask(context(*many(100)), ("10.66.0.1",), resolvers))
        return now()

    assert run(main()) < 2 * TIMEOUT_S
    assert len(resolvers.asked) < 60


def test_not_too_many_questions_at_once() -> None:
    resolvers = Resolvers(lambda server, address: [])
    survey(resolvers, *many(100))
    assert resolvers.most == 16


@pytest.mark.parametrize(
    ("targets", "servers", "reason"),
    [
        pytest.param([], ["10.66.0.1"], "no known address", id="nobody"),
        pytest.param([NEAR], ["10.66.0.1"], "no known address", id="link-local only"),
        pytest.param([PC], [], "resolv.conf names no resolver", id="no resolver"),
    ],
)  # fmt: skip
def test_nothing_to_do_is_said(targets: list[Target], servers: list[str], reason: str) -> None:
    with pytest.raises(NoData, match=reason):
        survey(Resolvers(lambda server, address: []), *targets, servers=servers)
