"""An SSH server up to the point where somebody would log in: identification and key exchange.

It proves an ed25519 key over curve25519 (RFC 4253 §7, RFC 8731, RFC 8709), as a host with OpenSSH
does, and lets nobody further.
"""

import asyncio
import os

from agent.lab.offers import Ssh
from agent.lab.services.stage import Place, Stage
from agent.lab.services.tcp import serve

KEY = b"ssh-ed25519"
CIPHERS = (b"chacha20-poly1305@openssh.com", b"aes128-ctr", b"aes256-gcm@openssh.com")
MACS = (b"hmac-sha2-256-etm@openssh.com", b"hmac-sha2-256")
LINE_BYTES = 255


async def start(offer: Ssh, place: Place, stage: Stage) -> None:
    """Serve on every family; all cards of a host show the same key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()

    async def talk(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: bytearray
    ) -> None:
        from collectors.talk.ssh_crypto import METHODS, Exchange
        from collectors.wire import ssh
        from collectors.wire.errors import DecodeError

        line = offer.line.encode()
        writer.write(line + b"\r\n")
        await writer.drain()
        theirs = await reader.readline()
        heard += theirs[:LINE_BYTES]
        if not theirs.startswith(b"SSH-2.0-"):
            return
        methods = tuple(name for name in METHODS if name.startswith(b"curve25519"))
        both = (CIPHERS, CIPHERS, MACS, MACS, (b"none",), (b"none",))
        ours = ssh.encode_kexinit(
            ssh.KexInit(os.urandom(ssh.COOKIE_BYTES), (methods, (KEY,), *both, (), ()))
        )
        writer.write(ssh.packet(ours))
        await writer.drain()
        try:
            client_init = await _payload(reader)
            ssh.parse_kexinit(client_init)
            public = ssh.parse_kex_init(await _payload(reader))
            half = METHODS[methods[0]].begin()
            key = ssh.string(KEY) + ssh.string(private.public_key().public_bytes_raw())
            exchange = Exchange(
                method=METHODS[methods[0]],
                client_line=theirs.rstrip(b"\r\n"),
                server_line=line,
                client_init=client_init,
                server_init=ours,
                key=key,
                client_public=public,
                server_public=half.public,
                secret=half.secret(public),
            )
        except DecodeError:
            return
        signature = ssh.string(KEY) + ssh.string(private.sign(exchange.digest()))
        reply = ssh.encode_kex_reply(ssh.KexReply(key, half.public, signature))
        writer.write(ssh.packet(reply) + ssh.packet(bytes((ssh.NEWKEYS,))))
        await writer.drain()
        await reader.read(4096)

    await serve(offer.port, offer.families, place, stage, talk)


async def _payload(reader: asyncio.StreamReader) -> bytes:
    from collectors.wire import ssh

    head = await reader.readexactly(4)
    size = min(int.from_bytes(head, "big"), ssh.MAX_PACKET_BYTES)
    found = ssh.parse_packet(head + await reader.readexactly(size))
    return found[0] if found is not None else b""
