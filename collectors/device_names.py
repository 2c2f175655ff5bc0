"""The addresses that DNS gives for the names of devices: of the first resolver that answers."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Final

from collectors.contract import Context, NoData
from collectors.observation import AnyObservation
from collectors.parallel import in_parallel
from collectors.resolver_questions import (
    PARALLEL,
    Round,
    by_address,
    prepare,
    servers_of,
    texts_of,
)
from collectors.talk.dns import Asker
from collectors.talk.dns import ask as ask_by_dns

NAME: Final = "device_names"
NAMES: Final = "device_names"  # option: the names
ANSWERING: Final = "answering_resolvers"  # option: those that answered `resolvers`, with zone
MAX_NAMES: Final = 200


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Yield a ResolverTried per name and kind of address.

    Raises NoData when no name of a device is known, or no resolver that answers.
    """
    own = await asyncio.to_thread(prepare)
    async with aclosing(ask(context, own, ask_by_dns)) as observations:
        async for observation in observations:
            yield observation


async def ask(
    context: Context, own: Sequence[str], asker: Asker
) -> AsyncGenerator[AnyObservation, None]:
    """The same with the host's resolvers given, and with an asker of one's own."""
    names = texts_of(context, NAMES)[:MAX_NAMES]
    if not names:
        raise NoData("no device has a name in DNS")
    servers = servers_of(own, context)
    answering = texts_of(context, ANSWERING)
    # In the order in which the host would ask them, not in that of the answers.
    first = next((server for server in servers if server in answering), None)
    if first is None:
        raise NoData("no resolver is known to answer")
    asked = by_address(servers, ((first, name) for name in names))
    round_ = Round(context, asker, NAME)
    async with aclosing(in_parallel(asked, round_.one, PARALLEL, context.progress)) as observations:
        async for tried in observations:
            yield tried
