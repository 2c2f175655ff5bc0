"""The way out: the anchors of the config over both families, the routers, NAT64, and path MTU.

Nothing is sent to any far host that is not in the config. An anchor with a name is looked up at the
host's resolvers, as its zone has it and not as a DNS64 would.
"""

import asyncio
import ipaddress
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import aclosing
from typing import Final, Protocol

import msgspec

from collectors.contract import CollectorError, Context, NoData
from collectors.embedding import embed
from collectors.netlink.kernel import in_thread_async, read_routes
from collectors.observation import AnyObservation, Outcome, PathProbed, PathSize, ReachTried
from collectors.pace import Pace, pace_of
from collectors.parallel import in_parallel
from collectors.places import Place, is_host_in_scope, split_host_port
from collectors.resolver_questions import prepare
from collectors.talk.channel import Caller, call
from collectors.talk.dns import Asker, first_told
from collectors.talk.dns import ask as ask_by_dns
from collectors.talk.path import Echoer, EchoForbidden, Upload, Uploader, echo, upload
from collectors.tcp.dial import Refused

NAME: Final = "anchors"
ANCHORS: Final = "anchors"  # option: `HOST:PORT` texts
NAT64_PREFIXES: Final = "nat64_prefixes"  # option: CIDR texts
THROUGH_NAT64: Final = "nat64"  # the name of attempts through it

MAX_ANCHORS: Final = 16
MAX_ADDRESSES: Final = 4  # of an anchor and family
MAX_PREFIXES: Final = 4
MAX_THROUGH_NAT64: Final = 3  # anchors for each prefix
MAX_PATHS: Final = 6
MAX_ROUTERS: Final = 8
PARALLEL: Final = 8
CONNECT_S: Final = 4.0
ROUTER_PORT: Final = 53  # a refusal tells as much as an answer
SIZES_BYTES: Final = (1280, 1400, 1500)  # the least that IPv6 allows, a tunnel's, Ethernet's
IN_FRAGMENTS_BYTES: Final = 1900  # the answer does not fit Ethernet either: both ways are tried

_OUTCOMES: Final[dict[str, Outcome]] = {
    "silent": "timeout", "closed": "refused", "unreachable": "unreachable", "local": "error",
}  # fmt: skip
_REFUSED_ON_THE_WAY: Final = frozenset({"EACCES", "EPERM"})  # administratively prohibited


class Reach(msgspec.Struct, frozen=True):
    """One address to connect to."""

    name: str
    place: Place
    port: int


class Way(Protocol):
    """How far hosts are reached: connections, echoes, uploads."""

    caller: Caller
    echoer: Echoer
    uploader: Uploader


class KernelWay:
    """See Way; with the kernel's own sockets."""

    caller: Caller = staticmethod(call)
    echoer: Echoer = staticmethod(echo)
    uploader: Uploader = staticmethod(upload)


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Yield a ReachTried per address, and a PathProbed per anchor with IPv6.

    Raises NoData when no anchors are configured, CollectorError when none of their names is known.
    """
    if not context.options.get(ANCHORS):
        raise NoData("[ipv6] anchors names no far host to try")
    own = await asyncio.to_thread(prepare)
    gateways = await in_thread_async(lambda: routers(context))
    async with aclosing(ask(context, own, gateways, ask_by_dns, KernelWay())) as observations:
        async for observation in observations:
            yield observation


async def ask(
    context: Context, own: Sequence[str], gateways: Sequence[Place], asker: Asker, way: Way
) -> AsyncGenerator[AnyObservation, None]:
    """The same with the host's resolvers and routers given, and with ways of one's own."""
    anchors = _anchors(context.options.get(ANCHORS, ()))
    if not anchors:
        raise NoData("[ipv6] anchors names no far host to try")
    known: list[Reach] = []
    for name, (host, port) in anchors.items():
        known += [Reach(name, place, port) for place in await _places(host, own, asker)]
    if not known:
        raise CollectorError("no anchor has an address; check [ipv6] anchors and the resolvers")
    reaches = [Reach("", place, ROUTER_PORT) for place in gateways[:MAX_ROUTERS]]
    reaches += known + _through_nat64(context, known)
    party = _Party(context, pace_of(context), way)
    async with aclosing(in_parallel(reaches, party.reach, PARALLEL, context.progress)) as tried:
        async for observation in tried:
            yield observation
    six = sorted((one for one in known if one.place.version == 6), key=party.up.__contains__)
    paths = list({one.name: one for one in six}.values())  # of an anchor, the last one
    async with aclosing(in_parallel(paths[:MAX_PATHS], party.path, PARALLEL)) as probed:
        async for observation in probed:
            yield observation


def routers(context: Context) -> tuple[Place, ...]:
    """The default routers of this host that are in scope. Blocks."""
    links = {link.interface: link.index for link in context.scope.links}
    found: dict[Place, None] = {}
    for route in read_routes()[1]:
        if route.destination not in ("0.0.0.0/0", "::/0") or not route.gateway:
            continue
        address = ipaddress.ip_address(route.gateway)
        if route.interface in links and is_host_in_scope(route.gateway, context.scope):
            link = links[route.interface] if address.is_link_local else 0
            found[Place(route.gateway, link, route.interface if link else "")] = None
    return tuple(found)


class _Party:
    """Tries one thing after the other; `up` are the IPv6 anchors that took a connection."""

    def __init__(self, context: Context, pace: Pace, way: Way) -> None:
        self._context = context
        self._pace = pace
        self._way = way
        self.up: set[Reach] = set()

    async def reach(self, reach: Reach) -> AsyncGenerator[AnyObservation, None]:
        loop = asyncio.get_running_loop()
        await self._pace.attempt()
        began = loop.time()
        got = await self._way.caller(reach.place, reach.port, CONNECT_S)
        took_s = round(loop.time() - began, 4)
        outcome: Outcome = "answered"
        if isinstance(got, Refused):
            outcome = _OUTCOMES[got.how]
            outcome = "unreachable" if got.error in _REFUSED_ON_THE_WAY else outcome
        else:
            await got.close()
            if reach.place.version == 6 and reach.name not in ("", THROUGH_NAT64):
                self.up.add(reach)
        yield ReachTried(
            at=self._context.clock(),
            source=NAME,
            interface=reach.place.interface,
            name=reach.name,
            address=reach.place.address,
            family="ipv6" if reach.place.version == 6 else "ipv4",
            port=reach.port,
            outcome=outcome,
            duration_s=took_s if outcome in ("answered", "refused") else None,
        )

    async def path(self, reach: Reach) -> AsyncGenerator[AnyObservation, None]:
        sizes: list[PathSize] = []
        fragments: bool | None = None
        try:
            for size_bytes in SIZES_BYTES:
                await self._pace.datagrams.take()
                sizes.append(await self._way.echoer(reach.place.address, size_bytes))
                if not sizes[0].answered:
                    break  # it answers no echoes at all, and larger ones say nothing
            if sizes[-1].answered:
                await self._pace.datagrams.take()
                large = await self._way.echoer(
                    reach.place.address, IN_FRAGMENTS_BYTES, in_fragments=True
                )
                fragments = large.answered
        except EchoForbidden:
            sizes, fragments = [], None
        sent: Upload = "no_connection"
        if reach in self.up:
            await self._pace.attempt()
            sent = await self._way.uploader(reach.place, reach.port)
        yield PathProbed(
            at=self._context.clock(),
            source=NAME,
            address=reach.place.address,
            sizes=tuple(sizes),
            upload=sent,
            fragments=fragments,
        )


def _anchors(given: object) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for text in given if isinstance(given, tuple | list) else ():
        try:
            found[text] = split_host_port(text)
        except (ValueError, AttributeError):
            continue
    return dict(list(found.items())[:MAX_ANCHORS])


async def _places(host: str, own: Sequence[str], asker: Asker) -> list[Place]:
    try:
        texts: Iterable[str] = (str(ipaddress.ip_address(host)),)
    except ValueError:
        four, six = await asyncio.gather(
            first_told(asker, own, host, "A", unaltered=True),
            first_told(asker, own, host, "AAAA", unaltered=True),
        )
        texts = (*four.records[:MAX_ADDRESSES], *six.records[:MAX_ADDRESSES])
    return [Place(text) for text in texts if is_far(text)]


def is_far(text: str) -> bool:
    """Whether an address can be another host's, reached without a zone."""
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        return False
    return not (
        parsed.is_loopback or parsed.is_multicast or parsed.is_unspecified or parsed.is_link_local
    )


def _through_nat64(context: Context, known: Sequence[Reach]) -> list[Reach]:
    prefixes = context.options.get(NAT64_PREFIXES, ())
    four = [one for one in known if one.place.version == 4]
    found = []
    for prefix in list(prefixes)[:MAX_PREFIXES] if isinstance(prefixes, tuple | list) else []:
        made = [(embed(prefix, one.place.address), one.port) for one in four]
        usable = [(address, port) for address, port in made if address is not None]
        found += [Reach(THROUGH_NAT64, Place(address), port) for address, port in usable][
            :MAX_THROUGH_NAT64
        ]
    return found
