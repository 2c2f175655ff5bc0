"""Own domains: which questions, which addresses, and what is told of them."""

import math
import time

import pytest

from collectors.contract import Limits, NoData
from collectors.domains import ask
from collectors.observation import DomainSeen
from collectors.pace import Pace
from collectors.places import Place
from collectors.talk.channel import Channel
from collectors.talk.dns import Answer
from collectors.tcp.dial import Refused
from tests.collectors.askers import NO_NAME, Zone
from tests.collectors.contexts import context, gathered
from tests.collectors.talk.played import PlayedChannel, Says
from tests.collectors.test_site import page

OWN = ("10.66.0.1",)
ZONE = {
    "stc.example A": ("198.51.100.80",),
    "stc.example AAAA": ("2001:db8::80",),
    "www.stc.example CNAME": ("stc.example",),
    "stc.example NS": ("ns1.stc.example", "ns2.stc.example"),
    "ns1.stc.example A": ("198.51.100.53",),
    "ns1.stc.example AAAA": ("2001:db8::53",),
    "ns2.stc.example A": ("198.51.100.54",),
    "stc.example MX": ("20 mail2.stc.example", "10 mail.stc.example"),
    "mail.stc.example AAAA": ("2001:db8::25", "::1", "fe80::25"),
    "mail2.stc.example A": ("198.51.100.26",),
}


class World:
    """Takes every connection, but to the addresses named; pages differ by family where wanted."""

    def __init__(self, *dead: str, four: str = "hello", six: str = "hello") -> None:
        self.dead = dead
        self.called: list[tuple[str, int]] = []
        self._four, self._six = four, six

    async def __call__(self, place: Place, port: int, timeout_s: float) -> Channel | Refused:
        self.called.append((place.address, port))
        if place.address in self.dead:
            return Refused("silent")
        text = self._six if place.version == 6 else self._four
        return PlayedChannel(Says(then=[page(text), None]))


async def looked_at(
    zone: Zone,
    world: World,
    domains: object = ("stc.example",),
    own: tuple[str, ...] = OWN,
) -> dict[str, DomainSeen]:
    pace = Pace(Limits(attempts_per_second=math.inf), time.monotonic)
    pace.datagrams = pace.attempts
    made = context(domains=domains, pace=pace)
    found = await gathered(ask(made, own, zone, world))
    return {one.aspect: one for one in found if isinstance(one, DomainSeen)}


async def test_a_domain() -> None:
    zone, world = Zone(ZONE), World()
    seen = await looked_at(zone, world)
    web, ns, mx = seen["web"], seen["ns"], seen["mx"]
    assert [host.name for host in web.hosts] == ["stc.example", "www.stc.example"]
    assert web.hosts[1].ipv6 == ("2001:db8::80",)
    assert set(web.hosts[0].reached) == {
        f"{address} {port} answered"
        for address in ("198.51.100.80", "2001:db8::80")
        for port in (80, 443)
    }
    assert web.hosts[0].status == {"ipv4": 200, "ipv6": 200}
    assert web.hosts[0].digest["ipv4"] == web.hosts[0].digest["ipv6"]
    assert web.similarity == 1.0
    assert [host.reached for host in ns.hosts] == [("2001:db8::53 53 answered",), ()]
    assert [host.name for host in mx.hosts] == ["mail.stc.example", "mail2.stc.example"]
    assert mx.hosts[0].reached == ("2001:db8::25 25 answered",)
    # What the zone has, not what a DNS64 would make of it; and nobody but whom it names.
    assert all(unaltered for server, *_, unaltered in zone.asked if server in OWN)
    assert {address for address, _ in world.called} == {
        "198.51.100.80", "2001:db8::80", "2001:db8::25", "198.51.100.26",
    }  # fmt: skip


async def test_pages_that_differ() -> None:
    world = World(four="a b c d e", six='v w x y z <a href="http://10.1.2.3/">')
    web = (await looked_at(Zone(ZONE), world))["web"]
    assert web.similarity is not None
    assert web.similarity < 0.2
    assert web.literals == ("10.1.2.3",)


async def test_what_is_dead() -> None:
    zone = Zone(ZONE, **{"2001:db8::53": Answer("answered", "REFUSED")})
    seen = await looked_at(zone, World("2001:db8::80", "2001:db8::25"))
    assert "2001:db8::80 443 timeout" in seen["web"].hosts[0].reached
    assert set(seen["web"].hosts[0].status) == {"ipv4"}
    assert seen["web"].similarity is None
    assert seen["ns"].hosts[0].reached == ("2001:db8::53 53 error",)
    assert seen["mx"].hosts[0].reached == ("2001:db8::25 25 timeout",)


@pytest.mark.parametrize(
    ("answer", "how"),
    [
        pytest.param(Answer("timeout"), "timeout", id="silence"),
        pytest.param(Answer("answered", "SERVFAIL"), "SERVFAIL", id="a failure"),
    ],
)
async def test_a_resolver_that_does_not_know(answer: Answer, how: str) -> None:
    seen = await looked_at(Zone({}, **{"10_66_0_1": answer}), World())
    assert {one.error.rpartition(" ")[2] for one in seen.values()} == {how}


async def test_a_domain_that_does_not_exist() -> None:
    seen = await looked_at(Zone({}, **{"10_66_0_1": NO_NAME}), World())
    told = [(one.hosts, one.error, one.null_mx) for one in seen.values()]
    assert told == [((), "the resolver says that stc.example does not exist", False)] * 3


async def test_aliases_that_lead_in_a_circle() -> None:
    zone = Zone({
        "stc.example CNAME": ("www.stc.example",), "www.stc.example CNAME": ("stc.example",),
    })  # fmt: skip
    web = (await looked_at(zone, World()))["web"]
    assert (web.hosts, web.error) == ((), "the aliases of stc.example lead nowhere")


async def test_a_resolver_that_answers_anything_is_not_asked() -> None:
    portal = Answer("answered", "NOERROR", ("2001:db8::bad",))
    seen = await looked_at(Zone(ZONE, **{"10_66_0_1": portal}), World())
    assert {one.error for one in seen.values()} == {
        "every resolver answers for names that do not exist"
    }
    both = await looked_at(Zone(ZONE, **{"10_66_0_1": portal}), World(), own=(*OWN, "10.66.0.2"))
    assert both["web"].hosts[0].ipv6 == ("2001:db8::80",)


@pytest.mark.parametrize("text", ["0 ", "0 ."])
async def test_a_domain_that_wants_no_mail(text: str) -> None:
    seen = await looked_at(Zone({"stc.example MX": (text,)}), World())
    assert (seen["mx"].hosts, seen["mx"].null_mx) == ((), True)


@pytest.mark.parametrize("given", [(), None, "stc.example", ("",)])
async def test_no_domains(given: object) -> None:
    with pytest.raises(NoData, match="names is empty"):
        await looked_at(Zone({}), World(), given)
