"""One GET over a channel, and where a redirect may lead."""

from typing import Final
from urllib.parse import urlsplit

import msgspec

from collectors.talk.channel import Channel
from collectors.talk.visits import Ended
from collectors.wire import http

MAX_PATH: Final = 512
MAX_READS: Final = 128  # an answer that drips octet by octet is not worth the work


class Way(msgspec.Struct, frozen=True):
    """A page of one host: the port, whether over TLS, the path with its query."""

    port: int
    secure: bool
    path: str = "/"


async def fetch(
    channel: Channel, host: str, path: str, limit: int, whole: bool = False
) -> http.Response:
    """Ask for a path and read at most `limit` octets of the answer: up to its title, or `whole`.

    A body that is cut short counts. Raises DecodeError for what is no HTTP, Ended when nothing
    came, OSError when the peer is gone.
    """
    await channel.send(http.request(host, path))
    heard = bytearray()
    response: http.Response | None = None
    for _ in range(MAX_READS):
        try:
            data = await channel.receive(limit - len(heard))
        except OSError:
            data = b""
        if not data:
            break
        heard += data
        response = http.parse(heard)
        if len(heard) >= limit or (
            response is not None and (response.complete or (not whole and http.has_title(response)))
        ):
            break
    if response is None:
        raise Ended("no answer to a GET")
    return response


def redirect(response: http.Response, address: str, way: Way) -> Way | None:
    """Where a 3xx leads when it stays on this very address, else None.

    Only `http` and `https` URLs count, and paths; a host must be the address itself.
    """
    if response.status not in (301, 302, 303, 307, 308):
        return None
    return resolve(response.header(b"location"), address, way)


def resolve(location: bytes, address: str, base: Way | None = None) -> Way | None:
    """What a URL names when it is on this very address, else None."""
    if not location or len(location) > MAX_PATH or not location.isascii():
        return None
    text = location.decode("ascii")
    if not text.isprintable() or " " in text:
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
        host = parts.hostname
    except ValueError:
        return None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not parts.scheme and not parts.netloc:
        if base is None:
            return None
        return Way(base.port, base.secure, path if path.startswith("/") else f"/{path}")
    secure = parts.scheme == "https" or (not parts.scheme and base is not None and base.secure)
    if parts.scheme not in ("http", "https") and (parts.scheme or base is None):
        return None
    if host is None or host.partition("%")[0] != address or parts.username is not None:
        return None
    if port is None:
        port = 443 if secure else 80
    return Way(port, secure, path) if port else None


def host_header(address: str, port: int, secure: bool) -> str:
    """The address as a Host field wants it (RFC 9110 §7.2)."""
    text = f"[{address}]" if ":" in address else address
    return text if port == (443 if secure else 80) else f"{text}:{port}"
