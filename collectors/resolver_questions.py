"""Questions to the resolvers that devices use: whom to ask, at which pace, and what came of it."""

import hashlib
import ipaddress
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from typing import Final, Literal

import msgspec

from collectors.contract import Context
from collectors.observation import AnyObservation, ResolverTried, Transport
from collectors.own_resolvers import own_resolvers
from collectors.pace import pace_of
from collectors.talk.dns import Answer, Asker

RESOLVERS: Final = "resolvers"  # option: (address, origin) pairs, link-local with zone
MAX_RESOLVERS: Final = 16
MAX_RECORDS: Final = 16
PARALLEL: Final = 8

Origin = Literal["host", "ra", "dhcpv4", "dhcpv6", "config"]
_ORIGINS: Final[tuple[Origin, ...]] = ("host", "config", "ra", "dhcpv4", "dhcpv6")


class Question(msgspec.Struct, frozen=True):
    """One question to one resolver."""

    server: str
    origin: Origin
    name: str
    kind: str
    transport: Transport


class Round:
    """Asks, at the pace that all datagrams share; `source` is the collector."""

    def __init__(self, context: Context, asker: Asker, source: str) -> None:
        self._context = context
        self._asker = asker
        self._pace = pace_of(context)
        self._source = source

    async def one(self, question: Question) -> AsyncGenerator[AnyObservation, None]:
        """Yield what came of a question."""
        await self._pace.datagrams.take()
        answer = await self._asker(
            question.server, question.name, question.kind, question.transport
        )
        yield _tried(question, answer, self._context.clock(), self._source)


def prepare() -> tuple[str, ...]:
    """The own host's resolvers; loads what asking them takes. Blocks."""
    # dnspython is loaded here, outside the event loop, for all that follows.
    import dns.asyncbackend
    import dns.asyncquery
    import dns.rdtypes.ANY
    import dns.rdtypes.IN  # noqa: F401

    return own_resolvers()


def servers_of(own: Sequence[str], context: Context) -> dict[str, Origin]:
    """Each resolver once, with the first of its origins; the host's own ones come first."""
    known = context.options.get(RESOLVERS, ())
    pairs = [(address, "host") for address in own]
    pairs += [pair for pair in known if len(pair) == 2] if isinstance(known, tuple) else []
    found: dict[str, Origin] = {}
    for wanted in _ORIGINS:
        for address, origin in pairs:
            if origin == wanted and _is_usable(address, wanted):
                found.setdefault(address, wanted)
    return dict(list(found.items())[:MAX_RESOLVERS])


def server_of(tried: ResolverTried) -> str:
    """The resolver as it is asked: with its zone when it is a link-local one."""
    return f"{tried.resolver}%{tried.interface}" if tried.interface else tried.resolver


def by_address(servers: Mapping[str, Origin], asked: Iterable[tuple[str, str]]) -> list[Question]:
    """Questions for both kinds of address records, of (server, name) pairs."""
    return [
        Question(server, servers[server], name, kind, "udp")
        for server, name in asked
        for kind in ("A", "AAAA")
    ]


def texts_of(context: Context, option: str) -> list[str]:
    """The texts of an option, each once."""
    value = context.options.get(option, ())
    given: Iterable[object] = value if isinstance(value, tuple | list) else ()
    return list(dict.fromkeys(one for one in given if isinstance(one, str) and one))


def control_name(context: Context, server: str) -> str:
    """A name that nobody can have registered: the same at every look, and not to be guessed."""
    cards = "".join(link.mac for link in context.scope.links)
    digest = hashlib.sha256(f"{cards} {server}".encode()).hexdigest()
    return f"lw-{digest[:16]}.invalid"


def _tried(question: Question, answer: Answer, at: float, source: str) -> ResolverTried:
    address, _, zone = question.server.partition("%")
    return ResolverTried(
        at=at,
        source=source,
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
