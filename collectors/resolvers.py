"""What the resolvers that devices use answer, over UDP and TCP and over both families.

Every resolver is asked for the name by which DNS64 is found (RFC 7050 §3), and for the addresses of
a name that cannot exist (RFC 6761 §6.4) to find out whether it answers just anything; then for the
names that the office cannot do without.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Final

from collectors.contract import Context, NoData
from collectors.observation import AnyObservation, ResolverTried
from collectors.parallel import in_parallel
from collectors.resolver_questions import (
    PARALLEL,
    Question,
    Round,
    by_address,
    control_name,
    prepare,
    server_of,
    servers_of,
    texts_of,
)
from collectors.talk.dns import Asker
from collectors.talk.dns import ask as ask_by_dns

NAME: Final = "resolvers"
NAMES: Final = "resolver_names"  # option: names that every resolver is asked for

DNS64_PROBE: Final = "ipv4only.arpa"
MAX_NAMES: Final = 64


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
    servers = servers_of(own, context)
    if not servers:
        raise NoData("no resolver is known: not of this host, nor of the network")
    round_ = Round(context, asker, NAME)
    alive: set[str] = set()
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
                alive.add(server_of(tried))
            yield tried
    names = texts_of(context, NAMES)[:MAX_NAMES]
    more = by_address(servers, ((one, name) for one in servers if one in alive for name in names))
    async with aclosing(in_parallel(more, round_.one, PARALLEL, context.progress)) as observations:
        async for tried in observations:
            yield tried
