"""The HTTP server on real sockets: TLS, passwords, both families, rude clients."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import bcrypt
import httpx
import pytest
import trustme

from agent.errors import MissingRefusal
from agent.web.app import application
from agent.web.server import WebServer, open_sockets
from agent.web.webconfig import FollowedWebConfig
from tests.agent.web.office import FakeSource
from tests.e2e.running import free_port

SECRET = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()


@contextlib.asynccontextmanager
async def serving(addresses: list[str], web_config: Path | None = None) -> AsyncIterator[WebServer]:
    followed = FollowedWebConfig(web_config) if web_config else None
    app = application(FakeSource(), lambda: followed.current() if followed else None)
    server = WebServer(app, open_sockets(addresses), followed)
    task = asyncio.create_task(server.run())
    await server.started()
    try:
        yield server
    finally:
        server.stop()
        await asyncio.wait_for(task, 10)


def issue(authority: trustme.CA, directory: Path, name: str) -> None:
    certificate = authority.issue_cert(name, "127.0.0.1")
    certificate.private_key_pem.write_to_path(str(directory / "key.pem"))
    chain = b"".join(one.bytes() for one in certificate.cert_chain_pems)
    (directory / "cert.pem").write_bytes(chain)


async def test_tls_passwords_and_a_renewed_certificate(tmp_path: Path) -> None:
    authority = trustme.CA()
    issue(authority, tmp_path, "first.example")
    file = tmp_path / "web.yml"
    file.write_text(
        "tls_server_config: {cert_file: cert.pem, key_file: key.pem}\n"
        f"basic_auth_users: {{prometheus: '{SECRET}'}}\n",
        encoding="utf-8",
    )
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    port = free_port()

    async def names_of_the_certificate() -> str:
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust)
        certificate = writer.get_extra_info("peercert")
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return str(certificate["subjectAltName"])

    async with serving([f"127.0.0.1:{port}"], file) as server:
        assert server.scheme == "https"
        async with httpx.AsyncClient(verify=trust, base_url=f"https://127.0.0.1:{port}") as http:
            assert (await http.get("/metrics")).status_code == 401
            right = await http.get("/metrics", auth=("prometheus", "secret"))
            assert right.status_code == 200
            assert "lanwarden_device_info" in right.text
        assert "first.example" in await names_of_the_certificate()
        issue(authority, tmp_path, "second.example")
        assert "second.example" in await names_of_the_certificate()
        with pytest.raises(httpx.TransportError):
            async with httpx.AsyncClient() as plain:
                await plain.get(f"http://127.0.0.1:{port}/")


async def test_both_families_and_a_rude_client() -> None:
    four, six = free_port(), free_port()
    async with serving([f"127.0.0.1:{four}", f"[::1]:{six}"]):
        rude_reader, rude = await asyncio.open_connection("127.0.0.1", four)
        rude.write(b"\x16\x03\x01 this is not HTTP\r\n\r\n" + b"A" * 70_000)
        async with httpx.AsyncClient() as http:
            assert (await http.get(f"http://127.0.0.1:{four}/-/healthy")).status_code == 200
            assert (await http.get(f"http://[::1]:{six}/-/healthy")).status_code == 200
        assert b" 400 " in await rude_reader.readline()
        rude.close()


def test_a_taken_address_is_named() -> None:
    port = free_port()
    first = open_sockets([f"127.0.0.1:{port}"])
    try:
        with pytest.raises(MissingRefusal, match=f"127.0.0.1:{port}: address already in use"):
            open_sockets([f"127.0.0.1:{free_port()}", f"127.0.0.1:{port}"])
    finally:
        for one in first:
            one.close()


def test_every_address_means_both_families() -> None:
    port = free_port()
    [listening] = open_sockets([f":{port}"])
    with listening, socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
