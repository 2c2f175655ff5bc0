"""SSH keys: proven ones are seen, everything else is a counted skip within bounds."""

import asyncio
import base64
import hashlib
from collections.abc import Callable, Iterable
from contextlib import aclosing

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from collectors.contract import NoData, OpenPort, Target
from collectors.observation import KeySeen
from collectors.ssh_key import ask
from collectors.talk import ssh as talk
from collectors.talk.ssh_crypto import METHODS, SIGNATURES, Exchange
from collectors.talk.visits import EXCHANGE_S
from collectors.wire import ssh
from collectors.wire.ssh import mpint, string
from tests.collectors.contexts import NOW, context, gathered
from tests.collectors.talk.played import PlayedChannel, Says, Server, Street
from tests.collectors.virtual_time import now, run

HOST = "10.66.0.9"
LINE = b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3"
NONE = (b"none",)

ED25519 = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
RSA = rsa.generate_private_key(65537, 2048)
P256, P521 = ec.derive_private_key(7, ec.SECP256R1()), ec.derive_private_key(7, ec.SECP521R1())


def blob_of(algorithm: bytes) -> bytes:
    if algorithm == b"ssh-ed25519":
        return string(algorithm) + string(ED25519.public_key().public_bytes_raw())
    if algorithm.startswith(b"ecdsa"):
        key = P256 if algorithm.endswith(b"256") else P521
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return string(algorithm) + string(algorithm.rpartition(b"-")[2]) + string(point)
    numbers = RSA.public_key().public_numbers()
    return string(b"ssh-rsa") + mpint(numbers.e) + mpint(numbers.n)


def signed(algorithm: bytes, digest: bytes) -> bytes:
    if algorithm == b"ssh-ed25519":
        return string(algorithm) + string(ED25519.sign(digest))
    if algorithm.startswith(b"ecdsa"):
        on_p256 = algorithm.endswith(b"256")
        key = P256 if on_p256 else P521
        curve_hash = ec.ECDSA(hashes.SHA256() if on_p256 else hashes.SHA512())
        r, s = decode_dss_signature(key.sign(digest, curve_hash))
        return string(algorithm) + string(mpint(r) + mpint(s))
    kind = {b"rsa-sha2-512": hashes.SHA512, b"rsa-sha2-256": hashes.SHA256}.get(
        algorithm, hashes.SHA1
    )
    return string(algorithm) + string(RSA.sign(digest, padding.PKCS1v15(), kind()))


class SshServer:
    """Speaks the protocol as a server does, with one method and one key algorithm."""

    def __init__(
        self,
        method: bytes = b"curve25519-sha256",
        algorithm: bytes = b"ssh-ed25519",
        *,
        before: bytes = b"",
        between: bytes = b"",
        follows: bool = False,
        spoil: Callable[[ssh.KexReply], ssh.KexReply] = lambda reply: reply,
        other: Iterable[bytes] = (),
    ) -> None:
        self.received = bytearray()
        self._method, self._algorithm = method, algorithm
        self._before, self._between, self._spoil = before, between, spoil
        lists = ((*other, method), (*other, algorithm), *(NONE,) * 6, (), ())
        self._init = ssh.encode_kexinit(ssh.KexInit(bytes(16), lists, follows))
        self._follows = follows
        self._packets: list[bytes] = []
        self._line = b""

    def greeting(self) -> Iterable[bytes | None]:
        return [self._before + LINE + b"\r\n" + ssh.packet(self._init)]

    def heard(self, data: bytes) -> Iterable[bytes | None]:
        self.received += data
        if not self._line and b"\n" in self.received:
            self._line, _, rest = bytes(self.received).partition(b"\r\n")
            self.received = bytearray(rest)
        while (found := ssh.parse_packet(bytes(self.received))) is not None:
            self._packets.append(found[0])
            del self.received[: found[1]]
        if len(self._packets) != 2:
            return []
        method = METHODS[self._method]
        half = method.begin()
        public = ssh.parse_kex_init(self._packets[1])
        if method.integer:
            public = public.lstrip(b"\0")
        exchange = Exchange(
            method=method,
            client_line=self._line,
            server_line=LINE,
            client_init=self._packets[0],
            server_init=self._init,
            key=blob_of(self._algorithm),
            client_public=public,
            server_public=half.public,
            secret=half.secret(public),
        )
        signature = signed(self._algorithm, exchange.digest())
        reply = self._spoil(ssh.KexReply(exchange.key, half.public, signature))
        guess = ssh.packet(b"\x1fwrong guess") if self._follows else b""
        wire = ssh.packet(ssh.encode_kex_reply(reply, method.integer))
        return [guess + self._between + wire + ssh.packet(bytes((ssh.NEWKEYS,)))]


def known(port: int = 22, banner: str = "SSH-2.0-x", kind: str = "server") -> Target:
    return Target("d-1", (HOST,), kind=kind, open_ports=(OpenPort(HOST, port, banner),))


def survey(make: Callable[[], Server], target: Target | None = None) -> tuple[list[KeySeen], float]:
    target = target or known()
    (service,) = target.open_ports

    async def main() -> tuple[list[KeySeen], float]:
        street = Street({(HOST, service.port): make})
        async with aclosing(ask(context(target), street)) as observations:
            found = await gathered(observations)
        assert all(channel.closed_at is not None for channel in street.channels)
        return found, now()  # type: ignore[return-value]

    return run(main())


@pytest.mark.parametrize("method", METHODS, ids=bytes.decode)
@pytest.mark.parametrize(
    "algorithm", [name for name in SIGNATURES if not name.endswith(b"384")], ids=bytes.decode
)
def test_every_method_and_key_is_proven(method: bytes, algorithm: bytes) -> None:
    found, _ = survey(lambda: SshServer(method, algorithm))
    digest = hashlib.sha256(blob_of(algorithm)).digest()
    assert found == [
        KeySeen(
            at=NOW,
            source="ssh_key",
            address=HOST,
            protocol="ssh",
            port=22,
            algorithm=SIGNATURES[algorithm].decode(),
            fingerprint="SHA256:" + base64.b64encode(digest).decode().rstrip("="),
        )
    ]


TALKATIVE = {
    "lines before": {"before": b"Welcome\r\n\r\nGo away\n"},
    "ignore and debug": {
        "between": ssh.packet(b"\x02" + string(b"x")) + ssh.packet(b"\x04\x00" + string(b"y") * 2)
    },
    "a wrong guess": {"follows": True, "other": [b"unknown-method"]},
    "more algorithms": {"other": [b"mlkem768x25519-sha256", b"ssh-dss"]},
}


@pytest.mark.parametrize("case", TALKATIVE)
def test_servers_that_say_more(case: str) -> None:
    found, _ = survey(lambda: SshServer(**TALKATIVE[case]))  # type: ignore[arg-type]
    assert len(found) == 1


def test_the_client_logs_in_nowhere() -> None:
    servers: list[SshServer] = []

    def make() -> SshServer:
        servers.append(SshServer())
        return servers[-1]

    survey(make)
    kinds = [packet[0] for packet in servers[0]._packets]
    assert kinds == [ssh.KEXINIT, ssh.KEX_INIT, ssh.DISCONNECT]
    assert servers[0]._line == b"SSH-2.0-lanwarden"


def forged(reply: ssh.KexReply) -> ssh.KexReply:
    """Another's key, which the server cannot sign for."""
    other = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    return ssh.KexReply(string(b"ssh-ed25519") + string(other), reply.public, reply.signature)


def garbled(**parts: bytes) -> Callable[[ssh.KexReply], ssh.KexReply]:
    def spoil(reply: ssh.KexReply) -> ssh.KexReply:
        return ssh.KexReply(
            parts.get("key", reply.key),
            parts.get("public", reply.public),
            parts.get("signature", reply.signature),
        )

    return spoil


RSA_SMALL = string(b"ssh-rsa") + mpint(3) + mpint(77)
HOSTILE: dict[str, Callable[[], Server]] = {
    "a key of somebody else": lambda: SshServer(spoil=forged),
    "a wrong signature": lambda: SshServer(
        spoil=garbled(signature=string(b"ssh-ed25519") + string(bytes(64)))
    ),
    "an empty signature": lambda: SshServer(spoil=garbled(signature=b"")),
    "another algorithm": lambda: SshServer(
        spoil=garbled(signature=string(b"rsa-sha2-512") + string(bytes(64)))
    ),
    "a point of small order": lambda: SshServer(spoil=garbled(public=bytes(32))),
    "a short point": lambda: SshServer(spoil=garbled(public=b"\x01")),
    "a tiny RSA key": lambda: SshServer(algorithm=b"rsa-sha2-256", spoil=garbled(key=RSA_SMALL)),
    "a point not on the curve": lambda: SshServer(
        b"ecdh-sha2-nistp256", spoil=garbled(public=b"\x04" + bytes(64))
    ),
    "one as group element": lambda: SshServer(
        b"diffie-hellman-group14-sha256", spoil=garbled(public=b"\x01")
    ),
    "closes at once": lambda: Says(None),
    "closes after its line": lambda: Says(LINE + b"\r\n", None),
    "is silent": Says,
    "endless banner": lambda: Says(*[b"x" * 4000] * 200),
    "endless lines": lambda: Says(*[b"hello\r\n" * 20] * 200),
    "garbage": lambda: Says(b"\x00\xff" * 400, None),
    "web": lambda: Says(then=[b"HTTP/1.1 400 Bad Request\r\n\r\n", None]),
    "tls alert": lambda: Says(then=[b"\x15\x03\x01\x00\x02\x02\x46", None]),
    "version 1": lambda: Says(b"SSH-1.5-old\r\n", None),
    "a giant packet": lambda: Says(LINE + b"\r\n" + b"\xff\xff\xff\xff" + bytes(60000)),
    "endless ignore": lambda: Says(LINE + b"\r\n", *[ssh.packet(b"\x02" + bytes(30000))] * 99),
    "a disconnect": lambda: Says(LINE + b"\r\n" + ssh.packet(ssh.disconnect(2, "no")), None),
    "a server of 1999": lambda: Says(
        LINE
        + b"\r\n"
        + ssh.packet(
            ssh.encode_kexinit(
                ssh.KexInit(
                    bytes(16), ((b"diffie-hellman-group1-sha1",), (b"ssh-dss",), *(NONE,) * 8)
                )
            )
        )
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_servers_prove_nothing_and_hold_nobody_up(case: str) -> None:
    found, took_s = survey(HOSTILE[case])
    assert found == []
    assert took_s < EXCHANGE_S + 2


def test_a_line_that_drips_ends_with_the_time_for_all_of_it() -> None:
    async def main() -> float:
        channel = PlayedChannel(Says(*[b"S"] * 10_000), drip_s=0.5)
        began = now()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(EXCHANGE_S):
                await talk.proven_key(channel)
        return now() - began

    assert run(main()) == pytest.approx(EXCHANGE_S, abs=0.01)


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(known(kind="printer"), id="a printer"),
        pytest.param(known(2022, ""), id="another port without a greeting"),
    ],
)
def test_who_is_left_alone(target: Target) -> None:
    with pytest.raises(NoData):
        survey(SshServer, target)


def test_a_greeting_tells_ssh_on_any_port() -> None:
    assert survey(SshServer, known(2022))[0][0].port == 2022


def test_a_port_that_greets_otherwise_is_not_called() -> None:
    assert survey(SshServer, known(22, "220 ftp"))[0] == []
