"""The public keys of TLS services: one handshake each, nothing said inside.

A completed handshake proves that the service holds the private key of the certificate that it
showed (RFC 8446 §4.4.3, RFC 5246 §7.4.3); who signed the certificate does not matter here.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Final

from collectors.contract import Context
from collectors.observation import AnyObservation, KeySeen
from collectors.ports import TLS
from collectors.talk.channel import Caller, Channel, call
from collectors.talk.visits import Visit, Visitor, due, visited

NAME: Final = "tls_key"


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Yield a KeySeen per TLS service with a certificate that can be read.

    Asks the ports on which TLS begins at once, where they are known to be open, once a day; not of
    printers, UPSs and telephones. Raises NoData when none is due.
    """
    async with aclosing(ask(context, call)) as observations:
        async for observation in observations:
            yield observation


async def ask(context: Context, caller: Caller) -> AsyncGenerator[AnyObservation, None]:
    """The same with a caller of one's own."""
    visits = due(context, NAME, TLS)
    if visits:
        await asyncio.to_thread(_load)
    async with aclosing(visited(context, NAME, visits, _keys, caller)) as observations:
        async for observation in observations:
            yield observation


def _load() -> None:
    from collectors.talk import tls

    tls.load()


async def _keys(visitor: Visitor, visit: Visit) -> AsyncGenerator[AnyObservation, None]:
    from collectors.talk.tls import TlsChannel, key_of, lenient_context

    async def certificate_of(channel: Channel) -> bytes:
        secured = TlsChannel(channel, lenient_context())
        await secured.handshake()
        return secured.certificate

    for one in visit.calls:
        certificate = await visitor.talk(one, certificate_of)
        if certificate is None:
            continue
        key = key_of(certificate)
        if key is None:
            visitor.skip("malformed certificate")
            continue
        yield KeySeen(
            at=visitor.context.clock(),
            source=NAME,
            interface=one.place.interface,
            address=one.place.address,
            protocol="tls",
            port=one.port,
            algorithm=key.algorithm,
            fingerprint=key.fingerprint,
            subject=key.subject,
            self_signed=key.self_signed,
        )
