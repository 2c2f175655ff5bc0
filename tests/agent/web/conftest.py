"""A client that talks to the application without a socket."""

from collections.abc import Callable

import httpx
import pytest

from agent.web.app import application
from agent.web.webconfig import WebConfig
from tests.agent.web.office import FakeSource

Client = Callable[..., httpx.AsyncClient]


@pytest.fixture
def source() -> FakeSource:
    return FakeSource()


@pytest.fixture
def client(source: FakeSource) -> Client:
    """A factory: web configuration, address of the client and name of the server."""

    current: list[WebConfig | None] = [None]
    app = application(source, lambda: current[0])

    def make(
        settings: WebConfig | None = None,
        peer: str = "127.0.0.1",
        server: str = "127.0.0.1:10460",
    ) -> httpx.AsyncClient:
        current[0] = settings
        transport = httpx.ASGITransport(app, client=(peer, 50000), raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=f"http://{server}")

    return make
