"""The HTTP surface: pages, metrics, service discovery, API, health."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from agent import todo
from agent.web import ipv6
from agent.web.guard import Guard, is_local
from agent.web.pages import Pages
from agent.web.source import Source
from agent.web.webconfig import WebConfig
from exporters.document import PARTS, Part, encode
from exporters.prometheus import negotiation

MAX_EVENTS = 1000
DISCOVERY_REFRESH_S = 60
NO_STORE = {"Cache-Control": "no-store"}


def application(source: Source, settings: Callable[[], WebConfig | None]) -> Guard:
    """Build the ASGI application; `settings` gives the web configuration in force.

    Reads templates and static files, so that no request has to.
    """
    pages = Pages(source)
    routes = [
        *pages.routes(),
        Route("/metrics", partial(_metrics, source)),
        Route("/sd", partial(_discovery, source)),
        *_api(source),
        Route("/-/healthy", _healthy),
        Route("/-/ready", partial(_ready, source)),
        Route("/-/reload", partial(_reload, source), methods=["POST"]),
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={HTTPException: pages.refusal, Exception: _bug},
    )
    app.router.redirect_slashes = False
    return Guard(app, settings)


async def _metrics(source: Source, request: Request) -> Response:
    gzip = negotiation.wants_gzip(request.headers.get("accept-encoding", ""))
    openmetrics = negotiation.wants_openmetrics(request.headers.get("accept", ""))
    # Joining and compressing a large fleet's lines takes too long for the event loop.
    body, content_type = await asyncio.to_thread(source.metrics, openmetrics, gzip)
    headers = {**NO_STORE, "Content-Type": content_type, "Vary": "Accept, Accept-Encoding"}
    if gzip:
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers)


async def _discovery(source: Source, request: Request) -> Response:
    role = request.query_params.get("role", "icmp")
    targets = source.discovery(role)
    if targets is None:
        raise HTTPException(404, f"there is no role {role[:40]!r}")
    headers = {"X-Prometheus-Refresh-Interval-Seconds": str(DISCOVERY_REFRESH_S)}
    return _json(targets, headers)


def _api(source: Source) -> list[Route]:
    part = partial(_document_part, source)
    return [
        Route("/api/v1/snapshot", partial(_snapshot, source)),
        *(Route(f"/api/v1/{name}", partial(part, name)) for name in PARTS),
        Route("/api/v1/ipv6", partial(_ipv6, source, todo.titles())),
        Route("/api/v1/events", partial(_events, source)),
    ]


async def _snapshot(source: Source, _: Request) -> Response:
    made = await asyncio.to_thread(source.document)
    return Response(made, media_type="application/json", headers=NO_STORE)


async def _document_part(source: Source, part: Part, _: Request) -> Response:
    made = await asyncio.to_thread(source.document_part, part)
    return Response(made, media_type="application/json", headers=NO_STORE)


async def _ipv6(source: Source, titles: dict[str, str], _: Request) -> Response:
    made = await asyncio.to_thread(ipv6.document, source, titles)
    return Response(encode(made), media_type="application/json", headers=NO_STORE)


async def _events(source: Source, request: Request) -> Response:
    text = request.query_params.get("limit", "100")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= MAX_EVENTS):
        raise HTTPException(400, f"limit must be a whole number from 1 to {MAX_EVENTS}")
    return _json(source.events(int(text)))


async def _healthy(_: Request) -> Response:
    return PlainTextResponse("lanwarden is healthy.\n", headers=NO_STORE)


async def _ready(source: Source, _: Request) -> Response:
    if source.unready:
        text = f"lanwarden is not ready: {source.unready}.\n"
        return PlainTextResponse(text, 503, headers=NO_STORE)
    return PlainTextResponse("lanwarden is ready.\n", headers=NO_STORE)


async def _reload(source: Source, request: Request) -> Response:
    protected = request.scope.get("state", {}).get("protected", False)
    if not protected and not is_local(request.scope):
        raise HTTPException(403, "reload only from this machine, or with basic auth set up")
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        raise HTTPException(403, "reload is not for other sites' pages")
    problem = await source.reload()
    if problem:
        return PlainTextResponse(f"failed to reload config, the old one goes on:\n{problem}\n", 500)
    return PlainTextResponse("reloaded\n")


async def _bug(_: Request, __: Exception) -> Response:
    return PlainTextResponse("internal error; the log has the details\n", 500)


def _json(value: Any, headers: dict[str, str] | None = None) -> Response:
    body = msgspec.json.encode(value)
    return Response(body, media_type="application/json", headers={**NO_STORE, **(headers or {})})
