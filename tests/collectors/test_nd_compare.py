"""Which neighbours are asked by unicast and by multicast."""

import msgspec
import pytest

from collectors import nd_compare
from collectors.contract import NoData, Target
from collectors.memory import Until
from collectors.tap.fence import MAX_COMPARE_PACE, MAX_COMPARED
from collectors.tap.messages import Candidate, NeighbourCompare
from tests.collectors.test_solicit import HOST, LINK, NOW, OWN, ROUTER, FakeTap, context, seen


async def asked(
    tap: FakeTap, *targets: Target, memory: Until | None = None
) -> tuple[Candidate, ...]:
    made = context(tap, targets=targets)
    if memory is not None:
        made = msgspec.structs.replace(made, options={nd_compare.COMPARED: memory})
    assert [one async for one in nd_compare.collect(made)] == []
    (command,) = tap.commands
    assert isinstance(command, NeighbourCompare)
    assert command.pace_per_second <= MAX_COMPARE_PACE
    assert len(command.candidates) <= MAX_COMPARED
    return command.candidates


def known(number: int, **fields: object) -> Target:
    values: dict[str, object] = {
        "device": f"d-{number}",
        "mac": f"02:66:00:00:01:{number:02x}",
        "interface": "eth0",
        "addresses": (f"10.66.7.{number}", f"fe80::{number:x}%eth0"),
    } | fields
    return Target(**values)  # type: ignore[arg-type]


async def test_the_address_heard_last_stands_for_its_station() -> None:
    tap = FakeTap([seen("fe80::a"), seen("2001:db8:66:7::a"), seen("fe80::1", ROUTER)])
    assert await asked(tap) == (Candidate("2001:db8:66:7::a", HOST), Candidate("fe80::1", ROUTER))
    assert tap.since == NOW - nd_compare.MEMORY_S


async def test_what_cannot_be_asked_is_left_out() -> None:
    tap = FakeTap(
        [
            seen("fe80::a"),
            seen("2001:db8:66:7::a", how="dad"),  # wanted only
            seen("10.66.7.9"),
            seen("2001:db8:bad::a"),  # out of scope
            seen("fe80::2", OWN),
            seen("fe80::2", ROUTER),  # the agent's own address
        ]
    )
    assert await asked(tap) == (Candidate("fe80::a", HOST),)


async def test_known_devices_are_asked_too() -> None:
    tap = FakeTap([seen("fe80::a")])
    found = await asked(tap, known(9), known(10, interface="eth9"), known(11, mac=""))
    assert found == (Candidate("fe80::a", HOST), Candidate("fe80::9", "02:66:00:00:01:09"))


async def test_all_have_their_turn() -> None:
    targets = tuple(known(number) for number in range(16, 64))
    memory = Until()
    first = await asked(FakeTap(), *targets, memory=memory)
    second = await asked(FakeTap(), *targets, memory=memory)
    assert len(first) == len(second) == nd_compare.MAX_NEIGHBOURS
    assert {one.mac for one in first} | {one.mac for one in second} == {one.mac for one in targets}


@pytest.mark.parametrize(
    ("tap", "reason"), [(None, "no right"), (FakeTap(), "no IPv6 neighbour is known")]
)
async def test_nobody_to_ask(tap: FakeTap | None, reason: str) -> None:
    with pytest.raises(NoData, match=reason):
        _ = [one async for one in nd_compare.collect(context(tap))]
    assert LINK.ipv6
