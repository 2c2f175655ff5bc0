"""Pages over each family, and where redirects may lead."""

from typing import Any

import pytest

from collectors.contract import Limits
from collectors.observation import Outcome
from collectors.pace import Pace
from collectors.places import Place
from collectors.site import Site, follow, visit
from collectors.talk.channel import Channel
from collectors.talk.web import Way
from collectors.tcp.dial import Refused
from collectors.wire.http import Response
from tests.collectors.talk.played import PlayedChannel, Says

FOUR, SIX = "198.51.100.80", "2001:db8::80"
NAMES = frozenset({"stc.example", "www.stc.example"})


def page(text: str, status: int = 200, location: str = "") -> bytes:
    body = f"<title>{text}</title><p>{text}".encode()
    more = f"Location: {location}\r\n" if location else ""
    return f"HTTP/1.1 {status} x\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode() + body


class Web:
    """Says a page for each request to an address, in order."""

    def __init__(self, **pages: list[bytes | None]) -> None:
        self.pages = {FOUR: pages.get("four", []), SIX: pages.get("six", [])}
        self.called: list[tuple[str, int]] = []
        self.servers: list[Says] = []

    async def __call__(self, place: Place, port: int, timeout_s: float) -> Channel | Refused:
        self.called.append((place.address, port))
        if not self.pages[place.address]:
            return Refused("silent")
        server = Says(then=[self.pages[place.address].pop(0), None])
        self.servers.append(server)
        return PlayedChannel(server)


async def pages(web: Web, reached: dict[tuple[str, int], Outcome] | None = None) -> Any:
    both: dict[tuple[str, int], Outcome] = {(FOUR, 80): "answered", (SIX, 80): "answered"}
    site = Site("stc.example", NAMES, both if reached is None else reached)
    return await visit(site, web, Pace(Limits(), lambda: 0.0))


async def test_a_page_over_each_family() -> None:
    web = Web(four=[page("one")], six=[page("two", 503)])
    found = await pages(web)
    assert {family: (one.status, one.title, one.text) for family, one in found.items()} == {
        "ipv4": (200, "one", "one one"), "ipv6": (503, "two", "two two"),
    }  # fmt: skip
    assert b"Host: stc.example\r\n" in web.servers[0].received


@pytest.mark.parametrize(
    "said",
    [
        pytest.param([], id="nothing"),
        pytest.param([None], id="closed"),
        pytest.param([b"SSH-2.0-x\r\n"], id="not HTTP"),
        pytest.param([b"\x00" * 99], id="octets"),
    ],
)
async def test_a_family_without_a_page_is_left_out(said: list[bytes | None]) -> None:
    assert set(await pages(Web(four=[page("one")], six=said))) == {"ipv4"}


async def test_a_family_that_was_not_reached_is_not_called() -> None:
    web = Web(four=[page("one")], six=[page("two")])
    await pages(web, {(FOUR, 80): "answered", (SIX, 80): "timeout"})
    assert web.called == [(FOUR, 80)]


async def test_redirects_inside_the_site() -> None:
    moved = page("moved", 301, "http://www.stc.example/start")
    web = Web(four=[moved, page("start")], six=[page("elsewhere", 302, "http://other.example/")])
    found = await pages(web)
    assert (found["ipv4"].status, found["ipv4"].title) == (200, "start")
    assert b"GET /start HTTP/1.1\r\nHost: www.stc.example\r\n" in web.servers[1].received
    assert (found["ipv6"].status, found["ipv6"].title) == (302, "elsewhere")
    assert b"http://www.stc.example/start" in found["ipv4"].sources


async def test_a_circle_of_redirects_ends() -> None:
    web = Web(four=[page("again", 302, "/")] * 99)
    found = await pages(web)
    assert found["ipv4"].status == 302
    assert len(web.called) <= 5


WAYS = [
    pytest.param("/a?b=1", ("stc.example", Way(80, False, "/a?b=1")), id="a path"),
    pytest.param("a", ("stc.example", Way(80, False, "/a")), id="a bare path"),
    pytest.param("https://stc.example/", ("stc.example", Way(443, True)), id="https"),
    pytest.param("//www.stc.example", ("www.stc.example", Way(80, False)), id="no scheme"),
    pytest.param("HTTPS://WWW.STC.EXAMPLE:8443/x", ("www.stc.example", Way(8443, True, "/x")),
                 id="a port"),
    pytest.param("https://evil.example/", None, id="another host"),
    pytest.param("https://stc.example.evil.example/", None, id="a longer name"),
    pytest.param("https://10.66.0.1/", None, id="an address"),
    pytest.param("ftp://stc.example/", None, id="another scheme"),
    pytest.param("http://stc.example:99999/", None, id="no port"),
    pytest.param("http://stc.example/\x01", None, id="control characters"),
    pytest.param("/" + "a" * 4096, None, id="too long"),
    pytest.param("", None, id="empty"),
]  # fmt: skip


@pytest.mark.parametrize(("location", "expected"), WAYS)
def test_where_a_redirect_leads(location: str, expected: tuple[str, Way] | None) -> None:
    response = Response(302, ((b"location", location.encode()),), b"", True)
    assert follow(response, "stc.example", Way(80, False), NAMES) == expected
    plain = Response(200, response.headers, b"", True)
    assert follow(plain, "stc.example", Way(80, False), NAMES) is None
