"""Names that the host's DNS resolvers hold for known addresses (RFC 1035 §3.5, RFC 3596 §2.5)."""

import asyncio
import ipaddress
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Protocol

from collectors.contract import CollectorError, Context, NoData
from collectors.observation import AnyObservation, NameSeen
from collectors.parallel import in_parallel
from collectors.places import is_host_in_scope
from collectors.wire.text import clean_text

NAME = "reverse_dns"
SOURCE = "rdns"

TIMEOUT_S = 1.5
TRIES = 2
PARALLEL = 16
MAX_ADDRESSES = 4096
MAX_NAMES = 4
MAX_NAME_CHARACTERS = 255
# A resolver that never answered is dead after one question. One that did may lack a single zone.
PATIENCE_AFTER_ANSWERS = 3


class Silent(Exception):
    """A resolver did not answer; the text says how."""


class Resolver(Protocol):
    """Asks one DNS server."""

    async def names(self, server: str, address: str) -> Sequence[str]:
        """The PTR names of an address as dotted text, none when there is none; raises Silent."""


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Yield a NameSeen per name of each known address in scope, link-local ones left out.

    Only the resolvers of /etc/resolv.conf are asked. Raises NoData when there is none or nothing to
    ask, CollectorError when they are dead, which takes one question each to find out.
    """
    servers = await asyncio.to_thread(_system_servers)
    async with aclosing(ask(context, servers, DnsResolver())) as observations:
        async for observation in observations:
            yield observation


async def ask(
    context: Context, servers: Sequence[str], resolver: Resolver
) -> AsyncGenerator[AnyObservation, None]:
    """The same with servers and a resolver of one's own."""
    addresses = _addresses(context)
    if not addresses:
        raise NoData("no known address in scope can have a name in DNS")
    if not servers:
        raise NoData("/etc/resolv.conf names no resolver")
    panel = _Panel(servers, resolver)

    async def named(address: str) -> AsyncGenerator[AnyObservation, None]:
        for name in await panel.names(address):
            yield NameSeen(at=context.clock(), source=SOURCE, name=name, address=address)

    # Alone, so that a dead resolver costs one question and not one for each that is in flight.
    for width, part in ((1, addresses[:1]), (PARALLEL, addresses[1:])):
        async with aclosing(in_parallel(part, named, width, context.progress)) as observations:
            async for observation in observations:
                yield observation


class DnsResolver:
    """Asks over UDP, and over TCP when the answer did not fit, with dnspython."""

    async def names(self, server: str, address: str) -> Sequence[str]:
        """See Resolver."""
        import dns.asyncquery
        import dns.exception
        import dns.message
        import dns.rdatatype
        import dns.reversename

        question = dns.message.make_query(dns.reversename.from_address(address), "PTR")
        failure = ""
        for _ in range(TRIES):
            try:
                answer, _over_tcp = await dns.asyncquery.udp_with_fallback(
                    question, server, timeout=TIMEOUT_S, ignore_unexpected=True, ignore_errors=True
                )
            except dns.exception.Timeout:
                failure = f"no answer in {TIMEOUT_S:g} s"
                continue
            except (OSError, EOFError, dns.exception.DNSException) as error:
                raise Silent(str(error) or type(error).__name__) from error
            return [
                record.target.to_text(omit_final_dot=True)
                for found in answer.answer
                if found.rdtype == dns.rdatatype.PTR
                for record in found
            ]
        raise Silent(failure)


class _Panel:
    """The resolvers in order, without those found dead."""

    def __init__(self, servers: Sequence[str], resolver: Resolver) -> None:
        self._alive = list(dict.fromkeys(servers))
        self._resolver = resolver
        self._answered: set[str] = set()
        self._silences: dict[str, int] = {}
        self._dead: list[str] = []

    async def names(self, address: str) -> list[str]:
        for server in tuple(self._alive):
            if server not in self._alive:
                continue
            try:
                found = await self._resolver.names(server, address)
            except Silent as silence:
                self._count(server, silence)
                continue
            self._answered.add(server)
            self._silences.pop(server, None)
            return _cleaned(found)
        if not self._alive:
            raise CollectorError(
                f"no DNS resolver answers: {'; '.join(self._dead)}; check /etc/resolv.conf"
            )
        return []

    def _count(self, server: str, silence: Silent) -> None:
        self._silences[server] = self._silences.get(server, 0) + 1
        patience = PATIENCE_AFTER_ANSWERS if server in self._answered else 1
        if self._silences[server] >= patience and server in self._alive:
            self._alive.remove(server)
            self._dead.append(f"{server} ({silence})")


def _cleaned(names: Sequence[str]) -> list[str]:
    cleaned = (clean_text(name, MAX_NAME_CHARACTERS) for name in names[: MAX_NAMES * 4])
    return [name for name in dict.fromkeys(cleaned) if name][:MAX_NAMES]


def _addresses(context: Context) -> list[str]:
    found: dict[str, None] = {}
    for target in context.targets:
        for text in target.addresses:
            address = text.partition("%")[0]
            if is_host_in_scope(address, context.scope):
                parsed = ipaddress.ip_address(address)
                if not parsed.is_link_local:
                    found[str(parsed)] = None
    return list(found)[:MAX_ADDRESSES]


def _system_servers() -> list[str]:
    # dnspython is loaded here, outside the event loop, for all that follows.
    import dns.asyncquery
    import dns.resolver

    try:
        configured = dns.resolver.Resolver()
    except (dns.resolver.NoResolverConfiguration, OSError, ValueError) as error:
        raise NoData(f"the host has no DNS resolver: {error}") from error
    return [str(server) for server in configured.nameservers]
