"""TCP servers: web pages, protocols that speak first, telnet, and ports that only listen."""

import asyncio
import contextlib
import html
import socket
import ssl
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from agent.lab.offers import Families, Greeting, Http, Sink, Telnet
from agent.lab.services.certificate import self_signed
from agent.lab.services.stage import Place, Received, Stage

IDLE_S = 30.0
RECORD_BYTES = 4096
HEAD_BYTES = 16384
# RFC 854 and 857, 858, 1073: will echo, will suppress go-ahead, do terminal type, do window size.
TELNET_OPENING = b"\xff\xfb\x01\xff\xfb\x03\xff\xfd\x18\xff\xfd\x1f"

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytearray], Awaitable[None]]


async def start_http(offer: Http, place: Place, stage: Stage) -> None:
    """Serve one page on every path, and close after each answer."""
    context = _tls(place.host.name) if offer.tls else None
    body = (
        f"<!DOCTYPE html><html><head><title>{html.escape(offer.title)}</title></head>"
        f"<body><h1>{html.escape(offer.title)}</h1></body></html>\n"
    ).encode()
    server = f"Server: {offer.server}\r\n" if offer.server else ""
    head = (
        f"HTTP/1.1 200 OK\r\n{server}Content-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    ).encode()

    async def talk(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: bytearray
    ) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        heard += request
        writer.write(head if request.startswith(b"HEAD ") else head + body)
        await writer.drain()

    await serve(offer.port, offer.families, place, stage, talk, context)


async def start_greeting(offer: Greeting, place: Place, stage: Stage) -> None:
    """Say the line, then record what comes."""

    async def talk(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: bytearray
    ) -> None:
        writer.write(offer.line.encode() + b"\r\n")
        await writer.drain()
        await _hear(reader, heard)

    await serve(offer.port, offer.families, place, stage, talk)


async def start_telnet(offer: Telnet, place: Place, stage: Stage) -> None:
    """Negotiate, show the banner, ask for a name and a password, and refuse them."""

    async def talk(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: bytearray
    ) -> None:
        banner = f"\r\n{offer.banner}\r\n\r\n" if offer.banner else "\r\n"
        writer.write(TELNET_OPENING + banner.encode())
        for prompt in (b"Username: ", b"Password: "):
            writer.write(prompt)
            await writer.drain()
            heard += await reader.readuntil(b"\n")
        writer.write(b"\r\n% Login invalid\r\n")
        await writer.drain()

    await serve(offer.port, offer.families, place, stage, talk)


async def start_sink(offer: Sink, place: Place, stage: Stage) -> None:
    """Accept, say nothing, record."""

    async def talk(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: bytearray
    ) -> None:
        del writer
        await _hear(reader, heard)

    for port in offer.ports:
        await serve(port, offer.families, place, stage, talk)


async def _hear(reader: asyncio.StreamReader, heard: bytearray) -> None:
    while data := await reader.read(4096):
        heard += data[: RECORD_BYTES - len(heard)]


async def serve(
    port: int,
    families: Families,
    place: Place,
    stage: Stage,
    talk: Conversation,
    context: ssl.SSLContext | None = None,
) -> None:
    """Accept on a port of every family that the host has, and let `talk` talk."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = bytearray()
        peer = str(writer.get_extra_info("peername")[0])
        try:
            # Peers that reset, say too much or nothing are what a network is made of.
            with contextlib.suppress(OSError, EOFError, asyncio.LimitOverrunError, TimeoutError):
                async with asyncio.timeout(IDLE_S):
                    await talk(reader, writer, heard)
        finally:
            if heard:
                data = bytes(heard[:RECORD_BYTES])
                place.record(Received(place.host.name, port, peer, data))
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stage.spawn(converse(reader, writer))

    wanted = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
    present = place.families()
    for family in (wanted[name] for name in families):
        if family not in present:
            continue
        sock = _listener(place, family, port)
        server = await asyncio.start_server(accept, sock=sock, ssl=context, limit=HEAD_BYTES)
        stage.on_close(server.close)


def _listener(place: Place, family: int, port: int) -> socket.socket:
    sock = place.namespace.socket(family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(("", port))
    except BaseException:
        sock.close()
        raise
    return sock


def _tls(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory(prefix="lanwarden-lab-") as folder:
        file = Path(folder) / "server.pem"
        file.write_bytes(self_signed(name))
        context.load_cert_chain(file)
    return context
