"""The host keys of SSH servers: each proven by a key exchange, without logging in.

Identification, KEXINIT, one key exchange up to the server's signed reply (RFC 4253 §7, §8), and a
disconnect message. A key whose signature does not verify is not reported: anybody could show it.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Final

from collectors.contract import Context
from collectors.observation import AnyObservation, KeySeen
from collectors.talk.channel import Caller, call
from collectors.talk.visits import Visit, Visitor, due, visited

NAME: Final = "ssh_key"
PORTS: Final = frozenset({22, 2222})


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Yield a KeySeen per SSH service that proved its key.

    Asks ports 22 and 2222 and others that greeted with `SSH-`, where they are known to be open,
    once a day; not of printers, UPSs and telephones. Raises NoData when none is due.
    """
    async with aclosing(ask(context, call)) as observations:
        async for observation in observations:
            yield observation


async def ask(context: Context, caller: Caller) -> AsyncGenerator[AnyObservation, None]:
    """The same with a caller of one's own."""
    greeted = {
        service.port
        for target in context.targets
        for service in target.open_ports
        if service.banner.startswith("SSH-")
    }
    visits = due(context, NAME, PORTS | greeted)
    if visits:
        await asyncio.to_thread(_load)
    async with aclosing(visited(context, NAME, visits, _keys, caller)) as observations:
        async for observation in observations:
            yield observation


def _load() -> None:
    from collectors.talk import ssh_crypto

    ssh_crypto.load()


async def _keys(visitor: Visitor, visit: Visit) -> AsyncGenerator[AnyObservation, None]:
    from collectors.talk.ssh import proven_key

    for one in visit.calls:
        if one.banner and not one.banner.startswith("SSH-"):
            continue  # known to be something else
        key = await visitor.talk(one, proven_key)
        if key is not None:
            yield KeySeen(
                at=visitor.context.clock(),
                source=NAME,
                interface=one.place.interface,
                address=one.place.address,
                protocol="ssh",
                port=one.port,
                algorithm=key.algorithm,
                fingerprint=key.fingerprint,
            )
