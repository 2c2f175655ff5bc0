"""Own domains as the world sees them: web, name servers and mail, over both families.

The rules are those of internet.nl: the apex and `www`, every name server and mail host, every
address of each. Only names of the config, and what their zones lead to, are looked at; records are
taken as the zone has them, not as a DNS64 would.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Final, Literal

import msgspec

from collectors.anchors import is_far
from collectors.contract import Context, NoData
from collectors.observation import (
    AnyObservation,
    DomainHost,
    DomainSeen,
    Family,
    Outcome,
    Transport,
)
from collectors.pace import Pace, pace_of
from collectors.parallel import in_parallel
from collectors.places import Place
from collectors.resolver_questions import RESOLVERS, control_name, prepare
from collectors.site import Page, Site, visit
from collectors.talk.channel import Caller, call
from collectors.talk.dns import Answer, Asker, first_told
from collectors.talk.dns import ask as ask_by_dns
from collectors.tcp.dial import Refused
from collectors.visible_text import digest, ipv4_literals, similarity

NAME: Final = "domains"
DOMAINS: Final = "domains"  # option: the names

MAX_DOMAINS: Final = 32
MAX_HOSTS: Final = 8
MAX_ADDRESSES: Final = 4  # of a host and family
MAX_RESOLVERS: Final = 3
PARALLEL: Final = 4
CONNECT_S: Final = 4.0
WEB_PORTS: Final = (80, 443)
DNS_PORT: Final = 53
MAIL_PORT: Final = 25
ALL_LIE: Final = "every resolver answers for names that do not exist"
OUTCOMES: Final[dict[str, Outcome]] = {
    "silent": "timeout", "closed": "refused", "unreachable": "unreachable", "local": "error",
}  # fmt: skip

Aspect = Literal["web", "ns", "mx"]


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Yield a DomainSeen per configured domain and aspect; raises NoData when there are none."""
    if not context.options.get(DOMAINS):
        raise NoData("[domains] names is empty")
    own = await asyncio.to_thread(prepare)
    async with aclosing(ask(context, own, ask_by_dns, call)) as observations:
        async for observation in observations:
            yield observation


async def ask(
    context: Context, own: Sequence[str], asker: Asker, caller: Caller
) -> AsyncGenerator[AnyObservation, None]:
    """The same with the host's resolvers given, and with an asker and a caller of one's own."""
    given = context.options.get(DOMAINS, ())
    names = [name for name in given if name] if isinstance(given, tuple | list) else []
    if not names:
        raise NoData("[domains] names is empty")
    known = context.options.get(RESOLVERS, ())
    told = [pair[0] for pair in known] if isinstance(known, tuple) else []
    servers = list(dict.fromkeys((*own, *told)))[:MAX_RESOLVERS]
    if not servers:
        raise NoData("no resolver is known to look the domains up")
    pace = pace_of(context)
    honest = await _honest(context, servers, asker, pace)
    look = _Look(context, honest, asker, caller, pace)
    wanted: list[tuple[str, Aspect]] = [
        (name, aspect) for name in names[:MAX_DOMAINS] for aspect in ("web", "ns", "mx")
    ]
    async with aclosing(in_parallel(wanted, look.one, PARALLEL, context.progress)) as observations:
        async for observation in observations:
            yield observation


class Lookup(msgspec.Struct, frozen=True):
    """The addresses of a name; `error`: neither question could be answered.

    `denied`: the resolver says that there is no such name.
    """

    ipv4: tuple[str, ...] = ()
    ipv6: tuple[str, ...] = ()
    error: str = ""
    denied: bool = False


async def _honest(
    context: Context, servers: Sequence[str], asker: Asker, pace: Pace
) -> tuple[str, ...]:
    """The resolvers that do not answer for a name that cannot exist, in their order."""

    async def lies(server: str) -> bool:
        await pace.datagrams.take()
        name = control_name(context, server)
        return bool((await asker(server, name, "AAAA", "udp", unaltered=True)).records)

    found = await asyncio.gather(*map(lies, servers))
    return tuple(server for server, is_liar in zip(servers, found, strict=True) if not is_liar)


class _Look:
    """Looks at one aspect of one domain after the other."""

    def __init__(
        self, context: Context, servers: Sequence[str], asker: Asker, caller: Caller, pace: Pace
    ) -> None:
        self._context = context
        self._servers = servers
        self._asker = asker
        self._caller = caller
        self._pace = pace

    async def one(self, wanted: tuple[str, Aspect]) -> AsyncGenerator[AnyObservation, None]:
        name, aspect = wanted
        if not self._servers:
            yield self._seen(name, aspect, error=ALL_LIE)
            return
        look = {"web": self._web, "ns": self._name_servers, "mx": self._mail}[aspect]
        yield await look(name)

    async def _web(self, domain: str) -> DomainSeen:
        hosts: list[DomainHost] = []
        pages: list[dict[Family, Page]] = []
        for name in (domain, f"www.{domain}"):
            found = await self._addresses(name)
            if found.error:
                return self._seen(domain, "web", error=found.error)
            if found.denied and name == domain:
                return self._seen(domain, "web", error=_denial(domain))
            if not found.ipv4 and not found.ipv6:
                continue
            reached = await self._reached(found, WEB_PORTS)
            site = Site(name, frozenset({domain, f"www.{domain}"}), reached)
            shown = await visit(site, self._caller, self._pace)
            pages.append(shown)
            hosts.append(
                DomainHost(
                    name=name,
                    ipv4=found.ipv4,
                    ipv6=found.ipv6,
                    reached=_lines(reached),
                    status={family: page.status for family, page in shown.items()},
                    title={family: page.title for family, page in shown.items()},
                    digest={family: digest(page.text) for family, page in shown.items()},
                    key={family: page.key for family, page in shown.items() if page.key},
                )
            )
        alike = [
            similarity(shown["ipv4"].text, shown["ipv6"].text)
            for shown in pages
            if len(shown) == 2 and shown["ipv4"].status == shown["ipv6"].status
        ]
        sources = [source for shown in pages for page in shown.values() for source in page.sources]
        return self._seen(
            domain,
            "web",
            hosts=tuple(hosts),
            similarity=min(alike, default=None),
            literals=ipv4_literals(*sources),
        )

    async def _name_servers(self, domain: str) -> DomainSeen:
        answer = await self._first(domain, "NS")
        if not answer.told:
            return self._seen(domain, "ns", error=_failure(domain, "NS", answer))
        if answer.rcode == "NXDOMAIN":
            return self._seen(domain, "ns", error=_denial(domain))
        names = answer.records[:MAX_HOSTS]
        hosts = await asyncio.gather(*(self._name_server(domain, name) for name in names))
        return self._seen(domain, "ns", hosts=tuple(hosts))

    async def _name_server(self, domain: str, name: str) -> DomainHost:
        found = await self._addresses(name)
        far = list(filter(is_far, found.ipv6))
        outcomes = await asyncio.gather(*(self._serves(domain, address) for address in far))
        pairs = zip(far, outcomes, strict=True)
        return _host(name, found, {(address, DNS_PORT): outcome for address, outcome in pairs})

    async def _mail(self, domain: str) -> DomainSeen:
        answer = await self._first(domain, "MX")
        if not answer.told:
            return self._seen(domain, "mx", error=_failure(domain, "MX", answer))
        if answer.rcode == "NXDOMAIN":
            return self._seen(domain, "mx", error=_denial(domain))
        exchanges = sorted(answer.records, key=_preference)
        names = [text.partition(" ")[2].rstrip(".") for text in exchanges]
        null = names == [""]  # RFC 7505 §3
        hosts = []
        for name in [one for one in names if one][:MAX_HOSTS]:
            found = await self._addresses(name)
            hosts.append(_host(name, found, await self._reached(found, (MAIL_PORT,))))
        return self._seen(domain, "mx", hosts=tuple(hosts), null_mx=null)

    async def _addresses(self, name: str) -> Lookup:
        four, six = await asyncio.gather(self._first(name, "A"), self._first(name, "AAAA"))
        if not four.told and not six.told:
            return Lookup(error=_failure(name, "AAAA", six))
        if not (four.records or six.records) and (four.alias or six.alias):
            return Lookup(error=f"the aliases of {name} lead nowhere")
        denied = "NXDOMAIN" in (four.rcode, six.rcode) and not (four.records or six.records)
        return Lookup(four.records[:MAX_ADDRESSES], six.records[:MAX_ADDRESSES], denied=denied)

    async def _first(self, name: str, kind: str) -> Answer:
        await self._pace.datagrams.take()
        return await first_told(self._asker, self._servers, name, kind, unaltered=True)

    async def _serves(self, domain: str, address: str) -> Outcome:
        """Whether a name server answers for the domain over UDP and over TCP."""
        outcome: Outcome = "error"
        transports: tuple[Transport, ...] = ("udp", "tcp")
        for transport in transports:
            await self._pace.datagrams.take()
            answer = await self._asker(address, domain, "SOA", transport)
            outcome = answer.outcome
            if outcome != "answered":
                return outcome
            if answer.rcode != "NOERROR":
                return "error"
        return outcome

    async def _reached(self, found: Lookup, ports: Sequence[int]) -> dict[tuple[str, int], Outcome]:
        places = [Place(text) for text in (*found.ipv4, *found.ipv6) if is_far(text)]
        pairs = [(place, port) for place in places for port in ports]
        outcomes = await asyncio.gather(*(self._connect(place, port) for place, port in pairs))
        return {
            (place.address, port): outcome
            for (place, port), outcome in zip(pairs, outcomes, strict=True)
        }

    async def _connect(self, place: Place, port: int) -> Outcome:
        await self._pace.attempt()
        got = await self._caller(place, port, CONNECT_S)
        if isinstance(got, Refused):
            return OUTCOMES[got.how]
        await got.close()
        return "answered"

    def _seen(
        self,
        domain: str,
        aspect: Aspect,
        *,
        hosts: tuple[DomainHost, ...] = (),
        error: str = "",
        null_mx: bool = False,
        similarity: float | None = None,
        literals: tuple[str, ...] = (),
    ) -> DomainSeen:
        return DomainSeen(
            at=self._context.clock(),
            source=NAME,
            domain=domain,
            aspect=aspect,
            hosts=hosts,
            error=error,
            null_mx=null_mx,
            similarity=similarity,
            literals=literals,
        )


def _host(name: str, found: Lookup, reached: dict[tuple[str, int], Outcome]) -> DomainHost:
    return DomainHost(name=name, ipv4=found.ipv4, ipv6=found.ipv6, reached=_lines(reached))


def _lines(reached: dict[tuple[str, int], Outcome]) -> tuple[str, ...]:
    return tuple(f"{address} {port} {outcome}" for (address, port), outcome in reached.items())


def _failure(name: str, kind: str, answer: Answer) -> str:
    how = answer.rcode if answer.outcome == "answered" else answer.outcome
    return f"the question for {name} {kind} ended in {how}"


def _denial(name: str) -> str:
    return f"the resolver says that {name} does not exist"


def _preference(text: str) -> int:
    digits = text.partition(" ")[0]
    return int(digits) if digits.isascii() and digits.isdigit() else 65536
