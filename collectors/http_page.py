"""The start pages of web services: one GET of `/`, its status, title and Server field.

Redirects are followed once inside the same service, and once from http to https where that port is
known to be open and is not asked for its own page anyway. Never to another host.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Final

import msgspec

from collectors.contract import Context
from collectors.observation import AnyObservation, PageSeen
from collectors.ports import NEVER, SECURE_WEB, WEB
from collectors.talk.channel import Caller, Channel, call
from collectors.talk.visits import FRAGILE, Call, Visit, Visitor, calls_of, due, visited
from collectors.talk.web import Way, fetch, host_header, redirect
from collectors.wire import http
from collectors.wire.text import clean_text

NAME: Final = "http_page"
MAX_BYTES: Final = 16384
MAX_SERVER_CHARACTERS: Final = 128


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Yield a PageSeen per web service that answers.

    Asks the usual ports where they are known to be open, once a day. Printers, UPSs and telephones
    are asked for one page, in clear, at most. Raises NoData when none is due.
    """
    async with aclosing(ask(context, call)) as observations:
        async for observation in observations:
            yield observation


async def ask(context: Context, caller: Caller) -> AsyncGenerator[AnyObservation, None]:
    """The same with a caller of one's own."""
    visits = list(map(_gentle, due(context, NAME, WEB | SECURE_WEB, spared=())))
    visits = [visit for visit in visits if visit.calls]
    async with aclosing(visited(context, NAME, visits, _pages, caller)) as observations:
        async for observation in observations:
            yield observation


def _gentle(visit: Visit) -> Visit:
    if visit.target.kind not in FRAGILE:
        return visit
    plain = tuple(one for one in visit.calls if one.port in WEB)
    return msgspec.structs.replace(visit, calls=plain[:1])


async def _pages(visitor: Visitor, visit: Visit) -> AsyncGenerator[AnyObservation, None]:
    own = {(one.place, one.port) for one in visit.calls}
    known = calls_of(visitor.context, visit.target)
    opened = {(one.place, one.port): one for one in known if one.port not in NEVER}
    follows = visit.target.kind not in FRAGILE
    for one in visit.calls:
        way = Way(one.port, one.port in SECURE_WEB)
        response = await _get(visitor, one, way)
        if response is None:
            continue
        further = redirect(response, one.place.address, way) if follows else None
        if further is not None and (further.port, further.secure) == (way.port, way.secure):
            response = await _get(visitor, one, further) or response
            further = redirect(response, one.place.address, way)
        yield _seen(visitor, one, way, response)
        if further is None or not further.secure or way.secure:
            continue
        there = (one.place, further.port)
        if there in opened and there not in own:
            own.add(there)
            other = opened[there]
            page = await _get(visitor, other, further)
            if page is not None:
                yield _seen(visitor, other, further, page)


async def _get(visitor: Visitor, one: Call, way: Way) -> http.Response | None:
    host = host_header(one.place.address, way.port, way.secure)

    async def exchange(channel: Channel) -> http.Response:
        if way.secure:
            from collectors.talk.tls import TlsChannel, lenient_context

            secured = TlsChannel(channel, lenient_context())
            await secured.handshake()
            channel = secured
        return await fetch(channel, host, way.path, MAX_BYTES)

    return await visitor.talk(one, exchange)


def _seen(visitor: Visitor, one: Call, way: Way, response: http.Response) -> PageSeen:
    return PageSeen(
        at=visitor.context.clock(),
        source=NAME,
        interface=one.place.interface,
        address=one.place.address,
        port=one.port,
        secure=way.secure,
        status=response.status,
        title=http.title(response),
        server=clean_text(response.header(b"server"), MAX_SERVER_CHARACTERS),
    )
