"""An SSH server's key, proven by a key exchange that ends before anybody would log in.

Our half: identification, KEXINIT, one key exchange, the server's reply, a disconnect message. No
key is ever taken into use, nobody is authenticated.
"""

import base64
import hashlib
import os
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from collectors.talk.channel import Channel
from collectors.talk.ssh_crypto import METHODS, SIGNATURES, Exchange, is_proven
from collectors.talk.visits import Ended
from collectors.wire import ssh
from collectors.wire.errors import DecodeError

LINE: Final = b"SSH-2.0-lanwarden"
MAX_BYTES: Final = 131072  # that we read from one server
MAX_LINES: Final = 32  # before its identification (RFC 4253 §4.2)
MAX_PACKETS: Final = 16

# Offered so that the exchange can begin; none of it is ever used.
_CIPHERS: Final = (
    b"aes128-ctr", b"aes192-ctr", b"aes256-ctr", b"aes128-gcm@openssh.com",
    b"aes256-gcm@openssh.com", b"chacha20-poly1305@openssh.com", b"aes128-cbc", b"aes256-cbc",
    b"3des-cbc",
)  # fmt: skip
_MACS: Final = (
    b"hmac-sha2-256", b"hmac-sha2-512", b"hmac-sha2-256-etm@openssh.com",
    b"hmac-sha2-512-etm@openssh.com", b"hmac-sha1", b"hmac-md5",
)  # fmt: skip
_COMPRESSION: Final = (b"none", b"zlib@openssh.com", b"zlib")


class ProvenKey(msgspec.Struct, frozen=True):
    """A key whose holder signed our exchange; `blob` is as on the wire (RFC 4253 §6.6)."""

    algorithm: str
    blob: bytes
    software: bytes

    @property
    def fingerprint(self) -> str:
        """As OpenSSH prints it: `SHA256:` and base64 without padding."""
        digest = hashlib.sha256(self.blob).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


async def proven_key(
    channel: Channel, random: Callable[[int], bytes] = os.urandom
) -> ProvenKey | None:
    """Talk to a server; None when its signature is wrong, so that the key proves nothing.

    Raises DecodeError for what breaks the protocol, Ended when it closes early or shares no
    algorithm with us, OSError when it is gone.
    """
    stream = _Stream(channel)
    await channel.send(LINE + b"\r\n")
    theirs = await stream.identification()
    ours = ssh.encode_kexinit(_offer(random(ssh.COOKIE_BYTES)))
    await channel.send(ssh.packet(ours))
    server_init = await stream.payload(ssh.KEXINIT)
    offered = ssh.parse_kexinit(server_init)
    name = _agreed(METHODS, offered.exchanges, "no key exchange in common")
    algorithm = _agreed(SIGNATURES, offered.keys, "no key algorithm in common")
    method = METHODS[name]
    half = method.begin()
    number = ssh.mpint(int.from_bytes(half.public, "big"))
    public = number if method.integer else ssh.string(half.public)
    await channel.send(ssh.packet(bytes((ssh.KEX_INIT,)) + public))
    if offered.follows and (offered.exchanges[0], offered.keys[0]) != (name, algorithm):
        await stream.payload(None)  # a guess that was wrong (§7)
    reply = ssh.parse_kex_reply(await stream.payload(ssh.KEX_REPLY), method.integer)
    exchange = Exchange(
        method=method,
        client_line=LINE,
        server_line=theirs.line,
        client_init=ours,
        server_init=server_init,
        key=reply.key,
        client_public=half.public,
        server_public=reply.public,
        secret=half.secret(reply.public),
    )
    proven = is_proven(reply.key, algorithm, reply.signature, exchange.digest())
    await _take_leave(channel)
    if not proven:
        return None
    return ProvenKey(SIGNATURES[algorithm].decode(), reply.key, theirs.software)


def _offer(cookie: bytes) -> ssh.KexInit:
    both = (_CIPHERS, _CIPHERS, _MACS, _MACS, _COMPRESSION, _COMPRESSION)
    return ssh.KexInit(cookie, (tuple(METHODS), tuple(SIGNATURES), *both, (), ()))


def _agreed(ours: Iterable[bytes], theirs: tuple[bytes, ...], failure: str) -> bytes:
    """The first of ours that they know as well (§7.1)."""
    for name in ours:
        if name in theirs:
            return name
    raise Ended(failure)


async def _take_leave(channel: Channel) -> None:
    try:
        await channel.send(ssh.packet(ssh.disconnect(ssh.BY_APPLICATION, "no login wanted")))
    except OSError:
        return  # it was faster; the key is known already


class _Stream:
    """What the server says, in lines first and packets then, all of it bounded."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._heard = bytearray()
        self._total = 0

    async def identification(self) -> ssh.Identification:
        for _ in range(MAX_LINES):
            while (end := self._heard.find(b"\n")) < 0:
                if len(self._heard) > MAX_BYTES // MAX_LINES:
                    raise DecodeError("bad_length", len(self._heard))
                await self._more()
            line = bytes(self._heard[:end]).removesuffix(b"\r")
            del self._heard[: end + 1]
            if line.startswith(b"SSH-"):
                return ssh.parse_identification(line)
        raise DecodeError("too_many", 0)

    async def payload(self, wanted: int | None) -> bytes:
        """The next payload of a type, without those that may come at any time (§11)."""
        for _ in range(MAX_PACKETS):
            while (found := ssh.parse_packet(self._heard)) is None:
                await self._more()
            payload, size = found
            del self._heard[:size]
            number = payload[0] if payload else 0
            if number == ssh.DISCONNECT:
                raise Ended("the server disconnected")
            if number not in (ssh.IGNORE, ssh.DEBUG, ssh.UNIMPLEMENTED):
                if wanted is not None and number != wanted:
                    raise DecodeError("bad_type", 0)
                return payload
        raise DecodeError("too_many", 0)

    async def _more(self) -> None:
        data = await self._channel.receive(min(ssh.MAX_PACKET_BYTES, MAX_BYTES - self._total))
        if not data:
            raise Ended("the server closed early")
        self._total += len(data)
        if self._total >= MAX_BYTES:
            raise DecodeError("bad_length", self._total)
        self._heard += data
