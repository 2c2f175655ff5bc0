"""The page that a web host shows over each family, as a browser would get to it.

Redirects are followed inside the site only, between its own names and between http and https.
Certificates are not judged; what they say is told.
"""

import asyncio
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import msgspec

from collectors.observation import Family, Outcome
from collectors.pace import Pace
from collectors.places import Place
from collectors.talk.channel import Caller, Channel
from collectors.talk.tls import TlsChannel, key_of, lenient_context
from collectors.talk.visits import Ended
from collectors.talk.web import Way, fetch
from collectors.tcp.dial import Refused
from collectors.visible_text import visible_text
from collectors.wire import http
from collectors.wire.errors import DecodeError

MAX_PAGE_BYTES: Final = 131072  # as much as the decoder takes
MAX_STEPS: Final = 4
MAX_LOCATION: Final = 2048
CONNECT_S: Final = 4.0
PAGE_S: Final = 8.0


class Site(msgspec.Struct, frozen=True):
    """A web host: its name, the names that belong to the site, and what answered where."""

    name: str
    names: frozenset[str]
    reached: Mapping[tuple[str, int], Outcome]


class Page(msgspec.Struct, frozen=True):
    """The page at the end of the redirects; `sources` is all that came, redirects included."""

    status: int
    title: str
    text: str
    key: str = ""
    sources: tuple[bytes, ...] = ()


async def visit(site: Site, caller: Caller, pace: Pace) -> dict[Family, Page]:
    """The page by family; a family over which there is none is left out."""
    found: dict[Family, Page] = {}
    families: tuple[Family, ...] = ("ipv4", "ipv6")
    for family in families:
        page = await _Visit(site, family, caller, pace).page()
        if page is not None:
            found[family] = page
    return found


class _Visit:
    """Follows one family to its page."""

    def __init__(self, site: Site, family: Family, caller: Caller, pace: Pace) -> None:
        self._site = site
        self._caller = caller
        self._pace = pace
        self._places = {
            port: Place(address)
            for (address, port), outcome in reversed(list(site.reached.items()))
            if outcome == "answered" and (":" in address) == (family == "ipv6")
        }
        self._key = ""

    async def page(self) -> Page | None:
        """From http where that is open, as people type it; else from https."""
        way = next((Way(p, p == 443) for p in (80, 443) if p in self._places), None)
        host, sources = self._site.name, []
        last: http.Response | None = None
        for _ in range(MAX_STEPS):
            response = await self._get(host, way) if way is not None else None
            if response is None:
                break
            last = response
            sources += [response.header(b"location"), response.body]
            further = follow(response, host, way, self._site.names) if way is not None else None
            if further is None:
                break
            host, way = further
        if last is None:
            return None
        return Page(
            last.status, http.title(last), visible_text(last.body), self._key, tuple(sources)
        )

    async def _get(self, host: str, way: Way) -> http.Response | None:
        # A name of the site that resolves elsewhere is another host; its page is not looked at.
        place = self._places.get(way.port)
        if place is None:
            return None
        await self._pace.attempt()
        got = await self._caller(place, way.port, CONNECT_S)
        if isinstance(got, Refused):
            return None
        return await self._exchange(got, host, way)

    async def _exchange(self, channel: Channel, host: str, way: Way) -> http.Response | None:
        try:
            async with asyncio.timeout(PAGE_S):
                if way.secure:
                    secured = TlsChannel(channel, lenient_context(), host)
                    await secured.handshake()
                    shown = key_of(secured.certificate)
                    self._key = shown.fingerprint if shown is not None else ""
                    channel = secured
                return await fetch(channel, host, way.path, MAX_PAGE_BYTES, whole=True)
        except (Ended, DecodeError, OSError, TimeoutError):
            return None
        finally:
            channel.abandon()


def follow(
    response: http.Response, host: str, way: Way, names: frozenset[str]
) -> tuple[str, Way] | None:
    """The host and the page to which a redirect inside the site leads; None for all else."""
    location = response.header(b"location")
    if response.status not in (301, 302, 303, 307, 308) or not 0 < len(location) <= MAX_LOCATION:
        return None
    text = location.decode("ascii", "replace")
    if not text.isprintable() or " " in text or not text.isascii():
        return None
    try:
        parts = urlsplit(text)
        port, name = parts.port, (parts.hostname or host).rstrip(".")
    except ValueError:
        return None
    secure = parts.scheme == "https" or (not parts.scheme and way.secure)
    if parts.scheme not in ("", "http", "https") or name not in names:
        return None
    if port is None:
        port = (443 if secure else 80) if parts.netloc else way.port
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return name, Way(port, secure, path if path.startswith("/") else f"/{path}")
