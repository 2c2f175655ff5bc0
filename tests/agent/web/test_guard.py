"""What stands before every page."""

import bcrypt
import pytest

from agent.web import guard
from agent.web.guard import CACHED_ANSWERS, MAX_BODY_BYTES, Passwords
from agent.web.webconfig import WebConfig
from tests.agent.web.conftest import Client
from tests.agent.web.office import FakeSource

SECRET = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
USERS = WebConfig(users={"officer": SECRET})


@pytest.mark.parametrize(
    ("credentials", "status"),
    [
        pytest.param(("officer", "secret"), 200, id="right"),
        pytest.param(("officer", "wrong"), 401, id="wrong-password"),
        pytest.param(("nobody", "secret"), 401, id="unknown-user"),
        pytest.param(("officer", ""), 401, id="empty"),
        pytest.param(("officer", "x" * 200), 401, id="longer-than-bcrypt-takes"),
        pytest.param(None, 401, id="none"),
    ],
)
async def test_basic_auth(client: Client, credentials: tuple[str, str] | None, status: int) -> None:
    async with client(USERS) as http:
        for path in ("/", "/metrics", "/-/healthy"):
            answer = await http.get(path, auth=credentials)
            assert answer.status_code == status, path
            assert ("www-authenticate" in answer.headers) == (status == 401)


@pytest.mark.parametrize(
    "header", ["Basic", "Basic ???", "Bearer x", "Basic " + "QQ" * 4000, "Basic gIA6YQ=="]
)
async def test_malformed_credentials(client: Client, header: str) -> None:
    async with client(USERS) as http:
        answer = await http.get("/", headers={"Authorization": header})
    assert answer.status_code == 401


async def test_an_unknown_user_costs_one_hash_too_and_answers_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def counting(password: bytes, stored: str) -> bool:
        asked.append(stored)
        return stored == SECRET and password == b"secret"

    monkeypatch.setattr(guard, "_is_right", counting)
    passwords = Passwords()
    users = {"officer": SECRET}
    for _ in range(3):
        assert await passwords.check(users, b"Basic b2ZmaWNlcjpzZWNyZXQ=")
        assert not await passwords.check(users, b"Basic bm9ib2R5OnNlY3JldA==")
    assert asked == [SECRET, guard.NOBODY]
    assert not await passwords.check({"officer": "changed"}, b"Basic b2ZmaWNlcjpzZWNyZXQ=")


async def test_the_memory_of_answers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    import base64

    monkeypatch.setattr(guard, "_is_right", lambda password, stored: False)
    passwords = Passwords()
    for number in range(CACHED_ANSWERS + 50):
        text = base64.b64encode(f"officer:{number}".encode())
        await passwords.check({"officer": SECRET}, b"Basic " + text)
    assert len(passwords._answers) == CACHED_ANSWERS


def test_nobody_s_hash_is_one_that_bcrypt_takes() -> None:
    assert not bcrypt.checkpw(b"", guard.NOBODY.encode())


async def test_with_auth_set_up_reload_needs_no_loopback(
    client: Client, source: FakeSource
) -> None:
    async with client(USERS, peer="10.66.7.99", server="10.66.7.2:10460") as http:
        answer = await http.post("/-/reload", auth=("officer", "secret"))
    assert answer.status_code == 200
    assert source.reloads == 1


@pytest.mark.parametrize(
    ("server", "host", "status"),
    [
        pytest.param("127.0.0.1:10460", "127.0.0.1:10460", 200, id="address"),
        pytest.param("127.0.0.1:10460", "localhost:10460", 200, id="localhost"),
        pytest.param("[::1]:10460", "[::1]:10460", 200, id="ipv6"),
        pytest.param("127.0.0.1:10460", "evil.example", 421, id="rebound-name"),
        pytest.param("127.0.0.1:10460", "127.0.0.1.evil.example", 421, id="like-an-address"),
        pytest.param("10.66.7.2:10460", "monitor.stc.example", 200, id="on-the-lan"),
    ],
)
async def test_a_page_from_elsewhere_cannot_rebind(
    client: Client, server: str, host: str, status: int
) -> None:
    async with client(server=server) as http:
        answer = await http.get("/metrics", headers={"Host": host})
    assert answer.status_code == status


async def test_rate_limit(client: Client) -> None:
    async with client(WebConfig(rate_interval_s=3600, rate_burst=2)) as http:
        found = [(await http.get("/-/healthy")).status_code for _ in range(3)]
    assert found == [200, 200, 429]


async def test_headers_of_the_file_replace_ours(client: Client) -> None:
    settings = WebConfig(headers={"X-Frame-Options": "SAMEORIGIN"})
    async with client(settings) as http:
        headers = (await http.get("/")).headers
    assert headers.get_list("x-frame-options") == ["SAMEORIGIN"]


async def test_a_long_body_is_refused(client: Client) -> None:
    async with client() as http:
        answer = await http.post("/-/reload", content=b"x" * (MAX_BODY_BYTES + 1))
    assert answer.status_code == 413


async def test_a_body_that_hides_its_length_is_cut_off() -> None:
    sent = 0

    async def receive() -> dict[str, object]:
        nonlocal sent
        sent += 1
        return {"type": "http.request", "body": b"x" * 32_768, "more_body": True}

    limited = guard._bounded(receive)
    kinds = [(await limited())["type"] for _ in range(3)]
    assert kinds == ["http.request", "http.request", "http.disconnect"]
