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

    def make(
        settings: WebConfig | None = None,
        peer: str = "127.0.0.1",
        server: str = "127.0.0.1:10460",
    ) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(
            application(source, lambda: settings), client=(peer, 50000), raise_app_exceptions=False
        )
        return httpx.AsyncClient(transport=transport, base_url=f"http://{server}")

    return make
