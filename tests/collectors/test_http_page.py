"""Start pages: what is asked, where a redirect may lead, and servers that misbehave."""

from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from collectors.contract import NoData, OpenPort, Target
from collectors.http_page import MAX_BYTES, ask
from collectors.observation import PageSeen
from collectors.talk.visits import EXCHANGE_S
from tests.collectors.contexts import NOW, context, gathered
from tests.collectors.talk.played import Says, Server, Street, TlsServer
from tests.collectors.test_tls_key import KEYS, certificate, serving
from tests.collectors.virtual_time import now, run

HOST = "10.66.0.9"


def page(title: str = "HP LaserJet", status: str = "200 OK", more: str = "") -> bytes:
    body = f"<html><title>{title}</title>".encode()
    head = f"HTTP/1.1 {status}\r\nServer: debut/1.30\r\n{more}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def to(location: str, status: str = "302 Found") -> bytes:
    return page("Moved", status, f"Location: {location}\r\n")


class Site:
    """Serves each path from a table, on as many connections as come."""

    def __init__(self, pages: dict[str, bytes]) -> None:
        self.asked: list[str] = []
        self.heard: list[bytes] = []
        self._pages = pages

    def __call__(self) -> Server:
        site = self

        class One(Says):
            def heard(self, data: bytes) -> list[bytes | None]:
                path = data.split(b" ")[1].decode()
                site.asked.append(path)
                site.heard.append(data)
                return [site._pages.get(path, page("no", "404 Not Found")), None]

        return One()


def survey(
    doors: dict[int, Callable[[], Server]], *, opened: tuple[int, ...] = (), kind: str = "server",
    address: str = HOST,
) -> tuple[list[PageSeen], Street, float]:  # fmt: skip
    services = tuple(OpenPort(address, port) for port in (*doors, *opened))
    target = Target("d-1", (address,), kind=kind, open_ports=services)

    async def main() -> tuple[list[PageSeen], Street, float]:
        street = Street({(address, port): make for port, make in doors.items()})
        async with aclosing(ask(context(target), street)) as observations:
            return await gathered(observations), street, now()  # type: ignore[return-value]

    return run(main())


def test_one_get_and_what_it_shows() -> None:
    site = Site({"/": page()})
    found, _, _ = survey({80: site})
    assert found == [
        PageSeen(
            at=NOW, source="http_page", address=HOST, port=80, secure=False, status=200,
            title="HP LaserJet", server="debut/1.30",
        )
    ]  # fmt: skip
    assert site.heard[0].startswith(b"GET / HTTP/1.1\r\nHost: 10.66.0.9\r\nUser-Agent: lanwarden\r")


def test_ports_and_hosts() -> None:
    site = Site({"/": page()})
    address = "2001:db8:66::9"
    found, street, _ = survey({8080: site, 631: site, 22: site, 9100: site}, address=address)
    assert [item.port for item in found] == [8080]
    assert b"Host: [2001:db8:66::9]:8080\r\n" in site.heard[0]
    assert {port for *_, port in street.called} == {8080}


REDIRECTS = {
    "a path": (to("/login.html"), ["/", "/login.html"], (200, "Login")),
    "a relative path": (to("login.html"), ["/", "/login.html"], (200, "Login")),
    "the same host": (to(f"http://{HOST}/login.html"), ["/", "/login.html"], (200, "Login")),
    "another host": (to("http://10.66.0.8/login.html"), ["/"], (302, "Moved")),
    "a name": (to("http://printer.local/login.html"), ["/"], (302, "Moved")),
    "another port": (to(f"http://{HOST}:9100/"), ["/"], (302, "Moved")),
    "a user": (to(f"http://x@{HOST}/login.html"), ["/"], (302, "Moved")),
    "another scheme": (to(f"ftp://{HOST}/"), ["/"], (302, "Moved")),
    "no URL": (to("http://[::1"), ["/"], (302, "Moved")),
    "a bad port": (to(f"http://{HOST}:99999/"), ["/"], (302, "Moved")),
    "too long": (to("/" + "a" * 600), ["/"], (302, "Moved")),
    "control characters": (to("/\x1bx"), ["/"], (302, "Moved")),
    "round and round": (to("/again"), ["/", "/again"], (302, "Moved")),
    "https where nothing is open": (to(f"https://{HOST}/"), ["/"], (302, "Moved")),
}


@pytest.mark.parametrize("case", REDIRECTS)
def test_redirects(case: str) -> None:
    first, asked, shown = REDIRECTS[case]
    site = Site({"/": first, "/login.html": page("Login"), "/again": to("/again")})
    found, street, _ = survey({80: site})
    assert site.asked == asked
    assert [(item.status, item.title) for item in found] == [shown]
    assert {(address, port) for _, address, port in street.called} == {(HOST, 80)}


def test_https_is_followed_to_a_port_that_is_open(tmp_path: Path) -> None:
    key = KEYS["ec-secp256r1"]
    served = serving(tmp_path, key, certificate(key))
    site = Site({"/": to(f"https://{HOST}:4444/ui")})
    doors: dict[int, Callable[[], Server]] = {
        80: site,
        4444: lambda: TlsServer(served, page("Secure")),
    }
    found, _, _ = survey(doors)
    assert [(item.port, item.secure, item.status, item.title) for item in found] == [
        (80, False, 302, "Moved"), (4444, True, 200, "Secure"),
    ]  # fmt: skip


def test_https_that_is_asked_anyway_is_asked_once(tmp_path: Path) -> None:
    key = KEYS["ec-secp256r1"]
    served = serving(tmp_path, key, certificate(key))
    site = Site({"/": to(f"https://{HOST}/")})
    found, street, _ = survey({80: site, 443: lambda: TlsServer(served, page("Secure"))})
    assert [(item.port, item.title) for item in found] == [(80, "Moved"), (443, "Secure")]
    assert len(street.called) == 2


def test_a_print_port_is_never_followed_to() -> None:
    site = Site({"/": to(f"https://{HOST}:9100/")})
    _, street, _ = survey({80: site}, opened=(9100,))
    assert [port for *_, port in street.called] == [80]


def test_fragile_devices_are_asked_for_one_page_in_clear() -> None:
    site = Site({"/": to("/general/status.html")})
    found, street, _ = survey({80: site, 443: site, 8080: site}, kind="printer")
    assert [(item.port, item.status) for item in found] == [(80, 302)]
    assert len(street.called) == 1
    with pytest.raises(NoData):
        survey({443: site}, kind="ups")


HOSTILE: dict[str, tuple[Callable[[], Server], int | None]] = {
    "closes at once": (lambda: Says(None), None),
    "closes on the question": (lambda: Says(then=[None]), None),
    "is silent": (Says, None),
    "drips": (lambda: Says(then=[b"H"] * 10_000), None),
    "drips an answer": (lambda: Says(then=[bytes((one,)) for one in page()]), 200),
    "endless head": (lambda: Says(then=[b"HTTP/1.1 200 OK\r\n", *[b"a: b\r\n" * 99] * 99]), None),
    "endless body": (lambda: Says(then=[b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 4096] * 99]), 200),
    "a body that stops": (
        lambda: Says(then=[b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx", None]), 200,
    ),
    "tls": (lambda: Says(then=[b"\x15\x03\x01\x00\x02\x02\x46", None]), None),
    "ssh": (lambda: Says(b"SSH-2.0-x\r\n"), None),
    "a printer's language": (lambda: Says(then=[b"@PJL INFO\r\n\r\n", None]), None),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_servers_hold_nobody_up(case: str) -> None:
    make, status = HOSTILE[case]
    found, street, took_s = survey({80: make})
    assert [item.status for item in found] == ([] if status is None else [status])
    assert took_s < EXCHANGE_S + 2
    assert all(len(channel.sent) < MAX_BYTES for channel in street.channels)
