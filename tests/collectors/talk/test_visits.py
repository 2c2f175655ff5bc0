"""Visits: one connection per device at a time, once a day, and never to a port that prints."""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest

from collectors.contract import Limits, NoData, OpenPort, Target
from collectors.memory import Until
from collectors.observation import AnyObservation, NameSeen
from collectors.pace import Pace
from collectors.talk.channel import Channel
from collectors.talk.visits import EXCHANGE_S, Call, Ended, Visit, Visitor, due, visited
from collectors.wire.errors import DecodeError
from tests.collectors.contexts import NOW, context, gathered
from tests.collectors.talk.played import Says, Street
from tests.collectors.virtual_time import now, run

HOST = "10.66.0.9"


def target(*ports: int, device: str = "d-1", address: str = HOST, kind: str = "server") -> Target:
    return Target(
        device, (address,), kind=kind, open_ports=tuple(OpenPort(address, one) for one in ports)
    )


async def echo(channel: Channel) -> bytes:
    await channel.send(b"?")
    data = await channel.receive(100)
    if not data:
        raise Ended("closed")
    return data


async def names(visitor: Visitor, visit: Visit) -> AsyncGenerator[AnyObservation, None]:
    for call in visit.calls:
        said = await visitor.talk(call, echo)
        if said is not None:
            yield NameSeen(at=NOW, source="test", name=said.decode(), address=call.place.address)


def visit_all(street: Street, *targets: Target, **options: Any) -> list[str]:
    async def main() -> list[str]:
        made = context(*targets, **options)
        visits = visited(made, "test", due(made, "test", {22, 80, 443}), names, street)
        async with aclosing(visits) as observations:
            found = await gathered(observations)
        return [item.name for item in found if isinstance(item, NameSeen)]

    return run(main())


def test_each_port_is_visited_in_turn_with_a_rest() -> None:
    street = Street({(HOST, port): lambda: Says(then=[b"hi"]) for port in (22, 443)})
    assert visit_all(street, target(22, 80, 443)) == ["hi", "hi"]
    assert [(address, port) for _, address, port in street.called] == [
        (HOST, 22), (HOST, 80), (HOST, 443),
    ]  # fmt: skip
    first, second = street.channels
    assert first.closed_at is not None
    assert street.called[1][0] - first.closed_at >= Limits().device_gap_s
    assert second.closed_at is not None


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(Target("d-1", (HOST,)), id="nothing known to be open"),
        pytest.param(target(9100, 631, 25), id="no port of ours"),
        pytest.param(target(22, kind="printer"), id="a printer"),
        pytest.param(target(22, address="10.66.0.66"), id="excluded"),
        pytest.param(target(22, address="10.99.0.1"), id="out of scope"),
        pytest.param(
            Target("d-1", (HOST,), open_ports=(OpenPort("10.66.0.8", 22),)), id="not its address"
        ),
    ],
)
def test_who_is_not_visited(known: Target) -> None:
    street = Street({})
    with pytest.raises(NoData):
        visit_all(street, known)
    assert street.called == []


@pytest.mark.parametrize(
    ("both", "visited_at"), [(False, [HOST]), (True, [HOST, "2001:db8:66::9"])]
)
def test_a_port_is_visited_at_one_address_or_one_of_each_family(
    both: bool, visited_at: list[str]
) -> None:
    addresses = ("2001:db8:66::9", HOST, "10.66.0.10", "fe80::9%lan0")
    known = Target(
        "d-1", addresses, open_ports=tuple(OpenPort(one.partition("%")[0], 22) for one in addresses)
    )  # fmt: skip
    made = context(known, both_families=both)
    ((visit),) = due(made, "test", {22})
    assert [call.place.address for call in visit.calls] == visited_at


def test_a_service_is_asked_once_a_day_unless_it_greets_otherwise() -> None:
    asked = Until()
    street = Street({(HOST, 22): lambda: Says(then=[b"hi"])})
    assert visit_all(street, target(22), test_asked=asked) == ["hi"]
    with pytest.raises(NoData, match="due"):
        visit_all(street, target(22), test_asked=asked)
    changed = Target("d-1", (HOST,), open_ports=(OpenPort(HOST, 22, "SSH-2.0-new"),))
    assert visit_all(street, changed, test_asked=asked) == ["hi"]
    tomorrow = {"clock": lambda: NOW + 72001.0}
    assert visit_all(street, target(22), test_asked=asked, **tomorrow) == ["hi"]


def test_a_refused_connection_is_no_question() -> None:
    asked = Until()
    assert visit_all(Street({}), target(22), test_asked=asked) == []
    assert len(asked) == 0


@pytest.mark.parametrize("port", [9100, 515, 502, 9999, 9107])
def test_a_port_that_prints_or_moves_machines_is_an_error(port: int) -> None:
    async def main() -> None:
        made = context()
        visitor = Visitor(made, Street({}), _no_sleep, Counter(), lambda call: None)
        from collectors.places import Place

        await visitor.talk(Call(Place(HOST), port), echo)

    with pytest.raises(ValueError, match="must never be sent anything"):
        run(main())
    assert due(context(target(port)), "test", {port}) == []


async def _no_sleep(_: float) -> None:
    return


def test_a_silent_peer_that_still_connects_is_not_left_alone() -> None:
    quarantine = Until()
    street = Street({(HOST, 22): Says})
    assert visit_all(street, target(22), quarantine=quarantine) == []
    assert [port for *_, port in street.called] == [22, 22]
    assert street.called[1][0] >= EXCHANGE_S
    assert len(quarantine) == 0


def test_a_peer_that_dies_of_a_question_is_left_alone_for_a_day() -> None:
    class Dies(Says):
        def heard(self, data: bytes) -> list[bytes | None]:
            street.dead.add(HOST)
            return []

    quarantine = Until()
    street = Street({(HOST, 22): Dies, (HOST, 80): Dies})
    assert visit_all(street, target(22, 80), quarantine=quarantine) == []
    assert [port for *_, port in street.called] == [22, 22, 22, 22]  # never port 80
    assert quarantine.holds("d-1", NOW + 86399)
    before = len(street.called)
    with pytest.raises(NoData):
        visit_all(street, target(22), quarantine=quarantine)
    assert len(street.called) == before


@pytest.mark.parametrize(
    "failure",
    [DecodeError("bad_type", 0), Ended("closed"), ConnectionResetError(104, "reset"),
     OSError(113, "No route to host")],
    ids=["garbage", "ended", "reset", "unreachable"],
)  # fmt: skip
def test_what_a_peer_breaks_is_counted_and_the_next_is_visited(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async def breaks(visitor: Visitor, visit: Visit) -> AsyncGenerator[AnyObservation, None]:
        async def exchange(channel: Channel) -> bytes:
            raise failure

        for call in visit.calls:
            assert await visitor.talk(call, exchange) is None
        return
        yield

    street = Street({(HOST, port): Says for port in (22, 80)})

    async def main() -> None:
        made = context(target(22, 80))
        await gathered(visited(made, "test", due(made, "test", {22, 80}), breaks, street))

    with caplog.at_level("INFO"):
        run(main())
    assert len(street.called) == 2
    assert "services that gave nothing: 2" in caplog.text


def test_collectors_take_turns_at_a_device() -> None:
    async def main() -> list[tuple[float, str, int]]:
        import asyncio

        street = Street({(HOST, port): lambda: Says(then=[b"hi"]) for port in (22, 80)})
        shared = Pace(Limits(), now)
        made = context(target(22, 80), pace=shared)
        await asyncio.gather(
            *(
                gathered(visited(made, name, due(made, name, {port}), names, street))
                for name, port in (("one", 22), ("two", 80))
            )
        )
        assert len(shared.turns) == 0
        return street.called

    first, second = run(main())
    assert second[0] - first[0] >= Limits().device_gap_s
