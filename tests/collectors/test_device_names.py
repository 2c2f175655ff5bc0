"""Names of devices are asked of the first resolver that answers."""

import math
import time
from typing import Any

import pytest

from collectors.contract import Limits, NoData
from collectors.device_names import ask
from collectors.observation import ResolverTried
from collectors.pace import Pace
from tests.collectors.askers import Zone
from tests.collectors.contexts import context, gathered

OWN = ("10.66.0.1", "10.66.0.2")


async def asked(zone: Zone, **options: Any) -> list[ResolverTried]:
    pace = Pace(Limits(attempts_per_second=math.inf), time.monotonic)
    pace.datagrams = pace.attempts
    found = await gathered(ask(context(pace=pace, **options), OWN, zone))
    return [one for one in found if isinstance(one, ResolverTried)]


async def test_the_first_in_the_order_of_the_host_that_answers() -> None:
    zone = Zone({"pc.example AAAA": ("2001:db8::7",)})
    found = await asked(
        zone,
        resolvers=(("10.66.0.3", "config"),),
        answering_resolvers=("10.66.0.3", "10.66.0.2"),
        device_names=("pc.example", "pc.example", "tv.example"),
    )
    told = {(one.resolver, one.question): one for one in found}
    assert set(told) == {
        ("10.66.0.2", "pc.example A"), ("10.66.0.2", "pc.example AAAA"),
        ("10.66.0.2", "tv.example A"), ("10.66.0.2", "tv.example AAAA"),
    }  # fmt: skip
    assert told["10.66.0.2", "pc.example AAAA"].answers == ("2001:db8::7",)
    assert told["10.66.0.2", "pc.example A"].rcode == "NOERROR"
    assert {one.source for one in found} == {"device_names"}


async def test_their_number_is_bounded() -> None:
    zone = Zone({})
    names = tuple(f"n{number}.example" for number in range(900))
    await asked(zone, answering_resolvers=OWN, device_names=names)
    assert len(zone.asked) == 200 * 2


NOTHING_TO_ASK = {
    "no names": ({"answering_resolvers": OWN}, "no device has a name"),
    "nobody answers": ({"device_names": ("pc.example",)}, "no resolver is known to answer"),
    "a stranger answers": (
        {"device_names": ("pc.example",), "answering_resolvers": ("10.66.0.9",)},
        "no resolver is known to answer",
    ),
}


@pytest.mark.parametrize(("options", "reason"), NOTHING_TO_ASK.values(), ids=NOTHING_TO_ASK)
async def test_nothing_is_asked_in_vain(options: dict[str, Any], reason: str) -> None:
    zone = Zone({})
    with pytest.raises(NoData, match=reason):
        await asked(zone, **options)
    assert not zone.asked
