"""What the resolvers that devices use answer, over UDP and TCP and over both families.

Every resolver is asked for the name by which DNS64 is found (RFC 7050 §3), and for the addresses of
a name that cannot exist (RFC 6761 §6.4) to find out whether it answers just anything; then for the
names that the office cannot do without. Names of devices are asked of the first one that answers.
"""

import asyncio
import hashlib
import ipaddress
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Final, Literal

import msgspec

from collectors.contract import Context, NoData
from collectors.observation import AnyObservation, ResolverTried, Transport
from collectors.own_resolvers import own_resolvers
from collectors.pace import Pace, pace_of
from collectors.parallel import in_parallel
from collectors.talk.dns import Answer, Asker
from collectors.talk.dns import ask as ask_by_dns

NAME: Final = "resolvers"
RESOLVERS: Final = "resolvers"  # option: (address, origin) pairs, link-local with zone
NAMES: Final = "resolver_names"  # option: names that every resolver is asked for
DEVICE_NAMES: Final = "device_names"  # option: names that the first good resolver is asked for

DNS64_PROBE: Final = "ipv4only.arpa"
MAX_RESOLVERS: Final = 16
MAX_NAMES: Final = 64
MAX_DEVICE_NAMES: Final = 200
PARALLEL: Final = 8
MAX_RECORDS: Final = 16

Origin = Literal["host", "ra", "dhcpv4", "dhcpv6", "config"]
_ORIGINS: Final[tuple[Origin, ...]] = ("host", "config", "ra", "dhcpv4", "dhcpv6")


class Question(msgspec.Struct, frozen=True):
    """One question to one resolver."""

    server: str
    origin: Origin
    name: str
    kind: str
    transport: Transport


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Yield a ResolverTried per question, transport and resolver; raises NoData without any."""
    own = await asyncio.to_thread(prepare)
    async with aclosing(ask(context, own, ask_by_dns)) as observations:
        async for observation in observations:
            yield observation


async def ask(
    context: Context, own: Sequence[str], asker: Asker
) -> AsyncGenerator[AnyObservation, None]:
    """The same with the host's resolvers given, and with an asker of one's own."""
    servers = _servers(own, context.options.get(RESOLVERS, ()))
    if not servers:
        raise NoData("no resolver is known: not of this host, nor of the network")
    round_ = _Round(context, asker, pace_of(context))
    alive: dict[str, Origin] = {}
    asked = [
        Question(server, origin, DNS64_PROBE, "AAAA", transport)
        for server, origin in servers.items()
        for transport in ("udp", "tcp")
    ]
    asked += [
        Question(server, origin, control_name(context, server), kind, "udp")
        for server, origin in servers.items()
        for kind in ("AAAA", "A")  # a captive portal has an address of one family only
    ]
    async with aclosing(in_parallel(asked, round_.one, PARALLEL)) as observations:
        async for tried in observations:
            if isinstance(tried, ResolverTried) and tried.outcome == "answered":
                zone = f"%{tried.interface}" if tried.interface else ""
                alive.setdefault(f"{tried.resolver}{zone}", tried.origin)
            yield tried
    more = _named(servers, alive, context.options)
    async with aclosing(in_parallel(more, round_.one, PARALLEL, context.progress)) as observations:
        async for tried in observations:
            yield tried


def prepare() -> tuple[str, ...]:
    """The own host's resolvers; loads what asking them takes. Blocks."""
    # dnspython is loaded here, outside the event loop, for all that follows.
    import dns.asyncbackend
    import dns.asyncquery
    import dns.rdtypes.ANY
    import dns.rdtypes.IN  # noqa: F401

    return own_resolvers()


def control_name(context: Context, server: str) -> str:
    """A name that nobody can have registered: the same at every look, and not to be guessed."""
    cards = "".join(link.mac for link in context.scope.links)
    digest = hashlib.sha256(f"{cards} {server}".encode()).hexdigest()
    return f"lw-{digest[:16]}.invalid"


class _Round:
    """Asks, at the pace that all datagrams share."""

    def __init__(self, context: Context, asker: Asker, pace: Pace) -> None:
        self._context = context
        self._asker = asker
        self._pace = pace

    async def one(self, question: Question) -> AsyncGenerator[AnyObservation, None]:
        await self._pace.datagrams.take()
        answer = await self._asker(
            question.server, question.name, question.kind, question.transport
        )
        yield _tried(question, answer, self._context.clock())


def _tried(question: Question, answer: Answer, at: float) -> ResolverTried:
    address, _, zone = question.server.partition("%")
    return ResolverTried(
        at=at,
        source=NAME,
        interface=zone,
        resolver=address,
        family="ipv6" if ":" in address else "ipv4",
        transport=question.transport,
        origin=question.origin,
        question=f"{question.name} {question.kind}",
        outcome=answer.outcome,
        rcode=answer.rcode,
        answers=answer.records[:MAX_RECORDS],
        duration_s=answer.duration_s,
    )


def _servers(own: Sequence[str], known: object) -> dict[str, Origin]:
    """Each resolver once, with the first of its origins; the host's own ones come first."""
    pairs = [(address, "host") for address in own]
    pairs += [pair for pair in known if len(pair) == 2] if isinstance(known, tuple) else []
    found: dict[str, Origin] = {}
    for wanted in _ORIGINS:
        for address, origin in pairs:
            if origin == wanted and _is_usable(address, wanted):
                found.setdefault(address, wanted)
    return dict(list(found.items())[:MAX_RESOLVERS])


def _is_usable(text: str, origin: Origin) -> bool:
    address, _, zone = text.partition("%")
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if parsed.is_multicast or parsed.is_unspecified:
        return False
    if parsed.is_loopback:
        return origin == "host"
    return bool(zone) or not (parsed.version == 6 and parsed.is_link_local)


def _named(
    servers: Mapping[str, Origin], alive: Mapping[str, Origin], options: Mapping[str, object]
) -> list[Question]:
    names = _texts(options.get(NAMES, ()))[:MAX_NAMES]
    devices = [name for name in _texts(options.get(DEVICE_NAMES, ())) if name not in names]
    # In the order in which the host would ask them, not in that of the answers.
    good = [server for server in servers if server in alive]
    chosen = [(server, name) for server in good for name in names]
    chosen += [(server, name) for server in good[:1] for name in devices[:MAX_DEVICE_NAMES]]
    return [
        Question(server, servers[server], name, kind, "udp")
        for server, name in chosen
        for kind in ("A", "AAAA")
    ]


def _texts(value: object) -> list[str]:
    given: Iterable[object] = value if isinstance(value, tuple | list) else ()
    return list(dict.fromkeys(one for one in given if isinstance(one, str) and one))
