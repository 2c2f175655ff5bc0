"""Which questions go to which resolver, and what is told of the answers."""

import asyncio
import math
import time
from typing import Any

import dns
import pytest

from collectors.contract import Limits, NoData
from collectors.observation import AnyObservation, ResolverTried, Transport
from collectors.pace import Pace
from collectors.resolver_questions import prepare
from collectors.resolvers import ask
from collectors.talk.dns import Answer
from tests.collectors.askers import SILENCE, Zone
from tests.collectors.contexts import context, gathered

OWN = ("10.66.0.1",)


def quick() -> Pace:
    pace = Pace(Limits(attempts_per_second=math.inf), time.monotonic)
    pace.datagrams = pace.attempts
    return pace


async def asked(own: tuple[str, ...], zone: Zone, **options: Any) -> list[ResolverTried]:
    found: list[AnyObservation] = await gathered(ask(context(pace=quick(), **options), own, zone))
    assert all(isinstance(one, ResolverTried) for one in found)
    return found  # type: ignore[return-value]


async def test_each_resolver_once_over_both_transports() -> None:
    zone = Zone({"ipv4only.arpa AAAA": ("2001:db8:64::c000:aa",)})
    known = (
        ("10.66.0.1", "dhcpv4"), ("2001:db8::53", "ra"), ("fe80::53%lan0", "ra"),
        ("2001:db8::54", "config"), ("fe80::53", "dhcpv6"), ("::1", "ra"), ("ff02::fb", "ra"),
        ("nonsense", "ra"), ("10.66.0.9", "who knows"),
    )  # fmt: skip
    found = await asked(OWN, zone, resolvers=known)
    servers = {(one.resolver, one.origin, one.interface, one.family) for one in found}
    assert servers == {
        ("10.66.0.1", "host", "", "ipv4"), ("2001:db8::54", "config", "", "ipv6"),
        ("2001:db8::53", "ra", "", "ipv6"), ("fe80::53", "ra", "lan0", "ipv6"),
    }  # fmt: skip
    probes = [one for one in found if one.question == "ipv4only.arpa AAAA"]
    assert len(probes) == 8
    assert {one.answers for one in probes} == {("2001:db8:64::c000:aa",)}
    controls = [one for one in found if one.question.endswith((".invalid AAAA", ".invalid A"))]
    assert {(one.rcode, one.answers) for one in controls} == {("NXDOMAIN", ())}
    assert len({one.question for one in controls}) == 8


async def test_the_control_is_the_same_at_every_look() -> None:
    first, second = [await asked(OWN, Zone({})) for _ in range(2)]
    assert {one.question for one in first} == {one.question for one in second}


async def test_names_go_to_all_that_answer() -> None:
    zone = Zone({"tax.example A": ("198.51.100.7",)}, **{"10_66_0_1": SILENCE})
    found = await asked(
        ("10.66.0.1", "10.66.0.2", "10.66.0.3"),
        zone,
        resolver_names=("tax.example", "tax.example", ""),
    )
    told = {(one.resolver, one.question): one for one in found if "example" in one.question}
    assert set(told) == {
        ("10.66.0.2", "tax.example A"), ("10.66.0.2", "tax.example AAAA"),
        ("10.66.0.3", "tax.example A"), ("10.66.0.3", "tax.example AAAA"),
    }  # fmt: skip
    assert told["10.66.0.2", "tax.example A"].answers == ("198.51.100.7",)
    assert told["10.66.0.2", "tax.example AAAA"].answers == ()


async def test_everything_is_bounded() -> None:
    known = tuple((f"10.66.1.{number}", "ra") for number in range(1, 200))
    names = tuple(f"n{number}.example" for number in range(100))
    zone = Zone({})
    await asked((), zone, resolvers=known, resolver_names=names)
    assert len({server for server, *_ in zone.asked}) == 16
    assert len(zone.asked) == 16 * 4 + 16 * 64 * 2


async def test_no_resolver_at_all() -> None:
    with pytest.raises(NoData, match="no resolver is known"):
        await asked((), Zone({}), resolvers="nonsense")


async def test_a_dead_one_does_not_hold_up_the_others() -> None:
    async def slow(
        server: str, name: str, kind: str, transport: Transport, *, unaltered: bool = False
    ) -> Answer:
        await asyncio.sleep(0.01 if server == "10.66.0.1" else 0)
        return SILENCE if server == "10.66.0.1" else Answer("answered", "NOERROR")

    found = await gathered(ask(context(pace=quick()), ("10.66.0.1", "10.66.0.2"), slow))
    outcomes = [one.outcome for one in found if isinstance(one, ResolverTried)]
    assert sorted(outcomes) == ["answered"] * 4 + ["timeout"] * 4


def test_preparing_leaves_everything_in_its_place() -> None:
    assert isinstance(prepare(), tuple)
    places: Any = dns
    assert places.asyncquery.udp is not None
    assert places.asyncbackend is not None
    assert places.rdtypes.IN is not None
