"""Listening sockets and the HTTP server on them."""

import asyncio
import ipaddress
import logging
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agent.config.values import parse_listen
from agent.errors import MissingRefusal
from agent.web.tls import FollowingContext
from agent.web.webconfig import FollowedWebConfig

if TYPE_CHECKING:
    from starlette.types import ASGIApp

MOST_CONNECTIONS = 256
GRACE_S = 3

log = logging.getLogger("lanwarden.web")


def open_sockets(addresses: Sequence[str]) -> list[socket.socket]:
    """Listen on the addresses. Raises MissingRefusal that names the one that cannot be had."""
    opened: list[socket.socket] = []
    try:
        opened.extend(map(_open, addresses))
    except BaseException:
        for one in opened:
            one.close()
        raise
    return opened


def is_wide(listening: socket.socket) -> bool:
    """Whether others than this machine can reach the socket."""
    if listening.family not in (socket.AF_INET, socket.AF_INET6):
        return False
    return not ipaddress.ip_address(listening.getsockname()[0].partition("%")[0]).is_loopback


class WebServer:
    """Serves an ASGI application on sockets that are open already."""

    def __init__(
        self,
        app: "ASGIApp",
        sockets: Sequence[socket.socket],
        followed: FollowedWebConfig | None,
    ) -> None:
        """Make the server. Raises WebConfigError when the TLS files cannot be used."""
        import uvicorn

        tls = None
        if followed is not None and followed.current().tls is not None:
            tls = FollowingContext.follow(followed)
        self._sockets = list(sockets)
        self.scheme = "https" if tls else "http"
        config = uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=GRACE_S,
            ssl_context_factory=(lambda *_: tls) if tls else None,
        )
        self._server = uvicorn.Server(config)
        if not tls and any(is_wide(one) for one in sockets):
            log.warning(
                "others on the network can read the inventory without a password: "
                "set web.web_config_file, or listen on 127.0.0.1"
            )

    async def run(self) -> None:
        """Serve until `stop`."""
        # Server.serve would take the process' signals; the service has its own handlers.
        serve: Any = self._server._serve  # noqa: SLF001
        await serve(self._sockets)

    async def started(self) -> None:
        """Wait until connections are taken."""
        while not self._server.started:  # noqa: ASYNC110  the server offers no event
            await asyncio.sleep(0.01)

    def stop(self) -> None:
        """Finish the requests that run, and end."""
        self._server.should_exit = True


def name_of(scheme: str, listening: socket.socket) -> str:
    """The URL at which a socket serves."""
    host, port = listening.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}/" if ":" in host else f"{scheme}://{host}:{port}/"


def _open(text: str) -> socket.socket:
    host, port = parse_listen(text)
    family = socket.AF_INET if host and ":" not in host else socket.AF_INET6
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            only = 0 if not host else 1
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
        listening.bind((host, port))
        listening.listen(128)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        reason = (error.strerror or str(error)).lower()
        raise MissingRefusal(
            f"cannot listen on {text}: {reason}; free it, or choose another in web.listen"
        ) from None
    return listening
