"""What stands before every page: rate limit, basic auth, host check, body limit, headers."""

import asyncio
import base64
import binascii
import hashlib
import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.web.webconfig import WebConfig

MAX_BODY_BYTES = 64 * 1024
CACHED_ANSWERS = 100
BCRYPT_BYTES = 72  # bcrypt looks at no more
# Of a password that nobody has, so that an unknown user takes as long as a known one.
NOBODY = "$2b$10$aQfWBqWy1YLbzs7YuWuTGORWtOm0AkxOaIpAVnqxIhwFP9xYA.AyS"

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """ASGI middleware. `settings` gives the web configuration in force, None when there is none."""

    def __init__(
        self,
        app: ASGIApp,
        settings: Callable[[], WebConfig | None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._settings = settings
        self._monotonic = monotonic
        self._passwords = Passwords()
        self._tokens = 0.0
        self._filled_at: float | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with the reason why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        settings = self._settings() or WebConfig()
        send = _with_headers(send, {**SECURITY_HEADERS, **settings.headers})
        refusal = await self._refusal(scope, settings)
        if refusal is not None:
            await _answer(send, *refusal)
            return
        scope.setdefault("state", {})["protected"] = is_protected(settings)
        await self._app(scope, _bounded(receive), send)

    async def _refusal(
        self, scope: Scope, settings: WebConfig
    ) -> tuple[int, str, dict[str, str]] | None:
        headers = dict(scope["headers"])
        if not self._take(settings):
            return 429, "too many requests; rate_limit of the web configuration file", {}
        if settings.users and not await self._passwords.check(
            settings.users, headers.get(b"authorization", b"")
        ):
            return 401, "unauthorized", {"WWW-Authenticate": 'Basic realm="lanwarden"'}
        if not is_protected(settings) and not host_is_fine(scope, headers.get(b"host", b"")):
            return 421, "this name is not this machine's; ask by IP address or localhost", {}
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            return 413, f"the body may have {MAX_BODY_BYTES} bytes at most", {}
        return None

    def _take(self, settings: WebConfig) -> bool:
        if not settings.rate_interval_s:
            return True
        now = self._monotonic()
        if self._filled_at is None:
            self._tokens = float(settings.rate_burst)
        else:
            gained = (now - self._filled_at) / settings.rate_interval_s
            self._tokens = min(float(settings.rate_burst), self._tokens + gained)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Passwords:
    """Checks basic auth; bcrypt runs in a thread, one at a time, and its answers are remembered."""

    def __init__(self) -> None:
        self._answers: OrderedDict[bytes, bool] = OrderedDict()
        self._turn = asyncio.Lock()

    async def check(self, users: dict[str, str], authorization: bytes) -> bool:
        """Whether the Authorization header names a user with the right password."""
        credentials = _credentials(authorization)
        if credentials is None:
            return False
        user, password = credentials
        stored = users.get(user, NOBODY)
        parts = (user.encode(), stored.encode(), password)
        memo = hashlib.sha256(b"".join(len(p).to_bytes(4, "big") + p for p in parts)).digest()
        async with self._turn:
            if memo in self._answers:
                self._answers.move_to_end(memo)
            else:
                right = await asyncio.to_thread(_is_right, password, stored)
                self._answers[memo] = right and user in users
                while len(self._answers) > CACHED_ANSWERS:
                    self._answers.popitem(last=False)
            return self._answers[memo]


def is_protected(settings: WebConfig) -> bool:
    """Whether everybody who gets through has proved who they are."""
    tls = settings.tls
    return bool(settings.users) or (
        tls is not None and tls.client_auth == "RequireAndVerifyClientCert"
    )


def host_is_fine(scope: Scope, host: bytes) -> bool:
    """Whether a request to the loopback address asks for it by a name that is its own.

    A page from elsewhere whose name was made to point to 127.0.0.1 (DNS rebinding) could
    otherwise read the inventory through the officer's browser.
    """
    server = scope.get("server")
    if not server or not _is_loopback(str(server[0])):
        return True
    name = host.decode("latin-1").lower()
    name = name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]
    if name in ("", "localhost") or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_local(scope: Scope) -> bool:
    """Whether the client is on this machine."""
    client = scope.get("client")
    return client is None or _is_loopback(str(client[0]))


def _is_loopback(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return True  # a Unix socket
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _credentials(header: bytes) -> tuple[str, bytes] | None:
    kind, _, encoded = header.partition(b" ")
    if kind.lower() != b"basic" or len(encoded) > 4096:
        return None
    try:
        user, colon, password = base64.b64decode(encoded, validate=True).partition(b":")
        return (user.decode(), password) if colon else None
    except (binascii.Error, UnicodeDecodeError):
        return None


def _is_right(password: bytes, stored: str) -> bool:
    import bcrypt

    try:
        return bcrypt.checkpw(password[:BCRYPT_BYTES], stored.encode())
    except ValueError:
        return False


def _with_headers(send: Send, headers: dict[str, str]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            more = [
                (name.encode(), value.encode("latin-1", "replace"))
                for name, value in headers.items()
                if name.lower().encode() not in present
            ]
            message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    return sending


def _bounded(receive: Receive) -> Receive:
    """Cut off a body that is longer than it may be, whatever its headers said."""
    size = 0

    async def receiving() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        return {"type": "http.disconnect"} if size > MAX_BODY_BYTES else message

    return receiving


async def _answer(send: Send, status: int, text: str, headers: dict[str, str]) -> None:
    body = f"{text}\n".encode()
    fields = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        *((name.encode(), value.encode()) for name, value in headers.items()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})
