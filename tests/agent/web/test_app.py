"""The HTTP surface."""

import gzip
import json
from html.parser import HTMLParser

import msgspec
import pytest

from agent.web import pages
from agent.web.overview import GLOBAL_ADDRESS
from inventory.snapshot import DhcpClient, KindReason, Name
from tests.agent.web.conftest import Client
from tests.agent.web.office import HOSTILE, NOW, RIVAL, SNAPSHOT, STRANGE, FakeSource, device

PAGES = (
    "/", "/devices/d-0000000020", "/devices/d-0000000022", "/findings", "/findings?all=1",
    "/findings?check=posture.strange", "/events", "/?state=down", "/ipv6",
)  # fmt: skip


class Tags(HTMLParser):
    """Counts tags; collects what a strict policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: dict[str, int] = {}
        self.inline: list[str] = []
        self.unlabelled: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        names = dict(attrs)
        if "style" in names or any(name.startswith("on") for name in names):
            self.inline.append(tag)
        if tag in ("input", "select", "section", "nav") and not (
            "aria-label" in names or "aria-labelledby" in names
        ):
            self.unlabelled.append(tag)
        if tag == "th" and "scope" not in names:
            self.unlabelled.append(tag)
        if "id" in names:
            self.ids.append(names["id"] or "")
        if tag == "script" and "src" not in names:
            self.inline.append(tag)


@pytest.mark.parametrize("path", PAGES)
async def test_pages_escape_what_the_network_said(client: Client, path: str) -> None:
    async with client() as http:
        answer = await http.get(path)
    assert answer.status_code == 200
    parsed = Tags()
    parsed.feed(answer.text)
    assert parsed.inline == []
    assert parsed.tags["script"] == 1
    assert "alert(1)" not in answer.text.replace("&lt;script&gt;alert(1)", "")
    assert "{{7*7}}" in answer.text


@pytest.mark.parametrize("path", PAGES)
async def test_pages_can_be_read_aloud(client: Client, path: str) -> None:
    async with client() as http:
        text = (await http.get(path)).text
    parsed = Tags()
    parsed.feed(text)
    assert parsed.unlabelled == []
    assert parsed.tags["h1"] == 1
    assert len(parsed.ids) == len(set(parsed.ids))
    assert '<html lang="en"' in text
    assert text.index('href="#main"') < text.index('id="main"')


@pytest.mark.parametrize(
    "path",
    ["/", "/findings", "/devices/d-0000000020"],
    ids=["start", "findings", "device"],
)
async def test_a_duplicate_address_is_told(client: Client, path: str) -> None:
    async with client() as http:
        text = (await http.get(path)).text
    told = text[text.index("10.66.7.20 is used by two stations") :]
    assert RIVAL in told[:400]
    assert "unknown device" in told[:400]
    assert '<a href="/devices/d-0000000020">&lt;script&gt;' in told[:600]


async def test_evidence_is_for_people(client: Client) -> None:
    async with client() as http:
        text = (await http.get("/findings")).text
    assert "<dt>banner:</dt> <dd>&lt;script&gt;alert(1)" in text
    assert "<dt>seen:</dt> <dd>2026-11-18 11:06:40 UTC</dd>" in text
    assert "[{" not in text
    assert "<code>&lt;script&gt;" in text  # the remedy


async def test_findings_are_grouped_by_check(client: Client) -> None:
    async with client() as http:
        todo = (await http.get("/findings")).text
        one = (await http.get("/findings?check=posture.telnet_open")).text
        none = (await http.get("/findings?check=no.check")).text
    assert todo.count("Switch telnet off on the device") == 1
    assert todo.index("posture.strange") < todo.index("posture.telnet_open")  # critical is first
    assert "3 devices: 3 fail" in one
    assert "posture.strange" not in one
    assert "No finding of that check." in none


async def test_the_start_page_tells_ipv6_first(client: Client, source: FakeSource) -> None:
    async with client() as http:
        text = (await http.get("/")).text
        source.findings += (msgspec.structs.replace(STRANGE, check=GLOBAL_ADDRESS, verdict="pass"),)
        judged = (await http.get("/")).text
    assert "of no device is it known yet" in text
    assert "2 unknown" in text
    assert "IPv6: 1 of 1 devices have a global address; of 2 more it is unknown" in judged


async def test_a_device_page_says_what_is_not_known(client: Client, source: FakeSource) -> None:
    bare = device(22, macs=(), addresses=(), services=(), names=())
    dhcp = DhcpClient(vendor_class=HOSTILE, parameters=(1, 108), ipv6_only_capable=True, at=NOW)
    full = device(23, groups=("ff02::1",), groups_unseen=2, dhcp=dhcp)
    source.snapshot = msgspec.structs.replace(SNAPSHOT, devices=(bare, full))
    async with client() as http:
        silent = (await http.get(f"/devices/{bare.id}")).text
        telling = (await http.get(f"/devices/{full.id}")).text
    assert "whether it has more IPv6 addresses is not known" in silent
    assert "whether it can live without IPv4 (option 108) is not known" in silent
    assert "No port was tried yet." in silent
    assert "It listens for at least two more IPv6 addresses" in telling
    assert "yes, it asks for option 108" in telling
    assert "<h1>10.66.7.23" in telling
    assert "printer, 90 % sure" in telling


async def test_devices_stand_by_network_and_address(client: Client, source: FakeSource) -> None:
    devices = (
        device(30, "c", network="net-b"), device(100, "b"), device(9, "a"),
        device(5, "e", addresses=()),
    )  # fmt: skip
    source.snapshot = msgspec.structs.replace(SNAPSHOT, devices=devices)
    async with client() as http:
        text = (await http.get("/")).text
    text = text[text.index('role="search"') :]
    places = [text.index(f">{name}</a>") for name in "caeb"]
    assert [*"cabe"] == [name for _, name in sorted(zip(places, "caeb", strict=True))]


@pytest.mark.parametrize("path", [*PAGES, "/metrics", "/sd", "/-/healthy", "/nothing"])
async def test_every_answer_has_the_security_headers(client: Client, path: str) -> None:
    async with client() as http:
        headers = (await http.get(path)).headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"


async def test_the_device_table(client: Client) -> None:
    async with client() as http:
        every = (await http.get("/")).text
        down = (await http.get("/?state=down")).text
        named = (await http.get("/?q=2F")).text
        none = (await http.get("/?q=nothing+like+it")).text
    assert every.count('data-label="Name" class="name"') == 3
    assert down.count('data-label="Name" class="name"') == 1
    assert "printer-2f" in named
    assert named.count('data-label="Name" class="name"') == 1
    assert "No device matches" in none


async def test_a_large_fleet_is_cut_and_says_so(
    client: Client, source: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "ROWS", 2)
    async with client() as http:
        assert "2 of 3 are shown" in (await http.get("/")).text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/devices/d-none", 404, id="no-device"),
        pytest.param("GET", "/nothing", 404, id="no-page"),
        pytest.param("GET", "/static/../app.py", 404, id="no-file"),
        pytest.param("POST", "/", 405, id="post-a-page"),
        pytest.param("DELETE", "/metrics", 405, id="delete-metrics"),
        pytest.param("GET", "/-/reload", 405, id="get-reload"),
        pytest.param("GET", "/sd?role=everything", 404, id="no-role"),
        pytest.param("GET", "/api/v1/events?limit=0", 400, id="limit-zero"),
        pytest.param("GET", "/api/v1/events?limit=9999999999", 400, id="limit-huge"),
        pytest.param("GET", "/api/v1/events?limit=x", 400, id="limit-text"),
        pytest.param("HEAD", "/", 200, id="head-page"),
        pytest.param("HEAD", "/metrics", 200, id="head-metrics"),
        pytest.param("GET", "/static/style.css", 200, id="style"),
    ],
)
async def test_status(client: Client, method: str, path: str, status: int) -> None:
    async with client() as http:
        answer = await http.request(method, path)
    assert answer.status_code == status
    if method == "HEAD":
        assert answer.content == b""


async def test_a_browser_gets_a_page_for_an_error(client: Client) -> None:
    async with client() as http:
        answer = await http.get("/nothing", headers={"Accept": "text/html"})
    assert answer.headers["content-type"].startswith("text/html")
    assert "<h1>404</h1>" in answer.text


async def test_a_bug_is_no_traceback(
    client: Client, source: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(limit: int) -> None:
        raise KeyError("secret")

    monkeypatch.setattr(source, "events", broken)
    async with client() as http:
        answer = await http.get("/events")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_metrics_in_both_formats(client: Client) -> None:
    async with client() as http:
        text = await http.get("/metrics", headers={"Accept": "text/plain;version=0.0.4"})
        om = await http.get("/metrics", headers={"Accept": "application/openmetrics-text"})
        plain = await http.get("/metrics", headers={"Accept-Encoding": "identity"})
    assert text.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert om.text.endswith("# EOF\n")
    assert 'lanwarden_device_up{device="d-0000000021"} 1' in text.text
    assert "content-encoding" not in plain.headers
    assert text.headers["vary"] == "Accept, Accept-Encoding"


async def test_metrics_compressed(client: Client) -> None:
    async with (
        client() as http,
        http.stream("GET", "/metrics", headers={"Accept-Encoding": "gzip"}) as answer,
    ):
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert b"lanwarden_device_info" in gzip.decompress(raw)


async def test_the_api_is_the_document_in_parts(client: Client) -> None:
    async with client() as http:
        whole = (await http.get("/api/v1/snapshot")).json()
        for part in ("devices", "networks", "findings", "collectors"):
            assert (await http.get(f"/api/v1/{part}")).json() == whole[part]
        events = (await http.get("/api/v1/events?limit=1")).json()
    assert whole["devices"][0]["name"] == HOSTILE
    assert [event["number"] for event in events] == [2]


async def test_service_discovery(client: Client) -> None:
    async with client() as http:
        answer = await http.get("/sd?role=icmp")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-prometheus-refresh-interval-seconds"] == "60"
    groups = json.loads(answer.text)
    assert {group["targets"][0] for group in groups} == {"10.66.7.20", "10.66.7.21"}


async def test_readiness(client: Client, source: FakeSource) -> None:
    async with client() as http:
        assert (await http.get("/-/ready")).status_code == 200
        source.unready = "the first snapshot is not taken yet"
        answer = await http.get("/-/ready")
        assert answer.status_code == 503
        assert "the first snapshot" in answer.text
        assert (await http.get("/-/healthy")).status_code == 200


async def test_reload(client: Client, source: FakeSource) -> None:
    async with client() as http:
        assert (await http.post("/-/reload")).status_code == 200
        source.reload_problem = "c.toml: scope.networks: …"
        answer = await http.post("/-/reload")
    assert answer.status_code == 500
    assert "scope.networks" in answer.text
    assert source.reloads == 2


async def test_nobody_elsewhere_may_reload(client: Client, source: FakeSource) -> None:
    async with client(peer="10.66.7.99", server="10.66.7.2:10460") as http:
        assert (await http.post("/-/reload")).status_code == 403
    async with client() as http:
        crossing = await http.post("/-/reload", headers={"Sec-Fetch-Site": "cross-site"})
    assert crossing.status_code == 403
    assert source.reloads == 0


async def test_a_device_page_says_why_it_is_that_kind(client: Client, source: FakeSource) -> None:
    reasons = (
        KindReason("printer", 0.8, f"banner “{HOSTILE}”", "banner.printer"),
        KindReason("server", 0.25, "open TCP port 22", "tcp.22"),
    )
    told = device(23, kind_reasons=reasons)
    unclear = device(24, kind="unknown", confidence=0.0, kind_reasons=reasons[1:])
    bare = device(25, kind="unknown", confidence=0.0)
    source.snapshot = msgspec.structs.replace(SNAPSHOT, devices=(told, unclear, bare))
    async with client() as http:
        page = (await http.get(f"/devices/{told.id}")).text
        doubtful = (await http.get(f"/devices/{unclear.id}")).text
        nothing = (await http.get(f"/devices/{bare.id}")).text
    assert "printer, 90 % sure" in page
    assert "banner.printer" in page
    assert "80 %" in page
    assert "not printer" in page
    assert HOSTILE not in page
    assert "does not suffice for a kind" in doubtful
    assert "open TCP port 22" in doubtful
    assert "Nothing was seen yet that tells its kind" in nothing


async def test_a_device_page_says_where_its_name_is_from(
    client: Client, source: FakeSource
) -> None:
    names = (Name("pc-7.stc", "rdns", NOW), Name("android-1234", "dhcp", NOW))
    source.snapshot = msgspec.structs.replace(
        SNAPSHOT, devices=(device(23, "pc-7.stc", names=names),)
    )
    async with client() as http:
        page = (await http.get("/devices/d-0000000023")).text
    assert "The name shown is pc-7.stc: DNS gives it, which is trusted more than DHCP." in page
