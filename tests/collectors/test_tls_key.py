"""TLS keys: of real handshakes in memory, and of servers that speak something else."""

import base64
import hashlib
import ssl
from collections.abc import Callable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from collectors.contract import NoData, OpenPort, Target
from collectors.observation import KeySeen
from collectors.talk.tls import key_of
from collectors.talk.visits import EXCHANGE_S
from collectors.tls_key import ask
from tests.collectors.contexts import NOW, context, gathered
from tests.collectors.talk.played import Says, Server, Street, TlsServer
from tests.collectors.virtual_time import now, run

HOST = "10.66.0.9"
Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

KEYS: dict[str, Private] = {
    "ec-secp256r1": ec.generate_private_key(ec.SECP256R1()),
    "rsa-2048": rsa.generate_private_key(65537, 2048),
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
}


def certificate(
    key: Private, subject: str = "printer-2f", issuer: str = "", signer: Private | None = None
) -> x509.Certificate:
    def name(text: str) -> x509.Name:
        parts = [x509.NameAttribute(x509.NameOID.COMMON_NAME, text)] if text else []
        return x509.Name(parts)

    by = signer or key
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer or subject))
        .public_key(key.public_key())
        .serial_number(77)
        .not_valid_before(moment)
        .not_valid_after(moment + timedelta(days=1))  # long expired: that is not our business
        .sign(by, None if isinstance(by, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    )


def serving(folder: Path, key: Private, made: x509.Certificate) -> ssl.SSLContext:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = folder / "server.pem"
    file.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(file)
    return served


def known(*ports: int, kind: str = "server") -> Target:
    return Target("d-1", (HOST,), kind=kind, open_ports=tuple(OpenPort(HOST, p) for p in ports))


def survey(make: Callable[[], Server], *ports: int) -> tuple[list[KeySeen], float]:
    async def main() -> tuple[list[KeySeen], float]:
        street = Street({(HOST, port): make for port in ports or (443,)})
        async with aclosing(ask(context(known(*(ports or (443,)))), street)) as observations:
            return await gathered(observations), now()  # type: ignore[return-value]

    return run(main())


@pytest.mark.parametrize("algorithm", KEYS)
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_keys(algorithm: str, version: ssl.TLSVersion, tmp_path: Path) -> None:
    key = KEYS[algorithm]
    served = serving(tmp_path, key, certificate(key))
    served.minimum_version = served.maximum_version = version
    spki = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    digest = base64.b64encode(hashlib.sha256(spki).digest()).decode().rstrip("=")
    servers: list[TlsServer] = []

    def make() -> TlsServer:
        servers.append(TlsServer(served))
        return servers[-1]

    found, _ = survey(make)
    assert found == [
        KeySeen(
            at=NOW,
            source="tls_key",
            address=HOST,
            protocol="tls",
            port=443,
            algorithm=algorithm,
            fingerprint=f"SHA256:{digest}",
            subject="printer-2f",
            self_signed=True,
        )
    ]
    assert servers[0].heard_inside == b""


def test_who_signed() -> None:
    key, other = KEYS["ec-secp256r1"], KEYS["rsa-2048"]

    def self_signed(made: x509.Certificate) -> bool:
        found = key_of(made.public_bytes(serialization.Encoding.DER))
        assert found is not None
        return found.self_signed

    assert self_signed(certificate(key))
    assert not self_signed(certificate(key, issuer="CA", signer=other))
    assert not self_signed(certificate(key, signer=ec.generate_private_key(ec.SECP256R1())))


def test_subjects_are_cleaned_and_may_be_missing() -> None:
    key = KEYS["ec-secp256r1"]
    hostile = certificate(key, "\u202eevil\x1b[2J" + "x" * 40)
    found = key_of(hostile.public_bytes(serialization.Encoding.DER))
    assert found is not None
    assert found.subject == "evil[2J" + "x" * 40
    nameless = key_of(certificate(key, "").public_bytes(serialization.Encoding.DER))
    assert nameless is not None
    assert nameless.subject == ""


DER = certificate(KEYS["ec-secp256r1"]).public_bytes(serialization.Encoding.DER)


def test_a_spoilt_certificate_is_a_key_or_none() -> None:
    for at in range(len(DER)):
        key_of(DER[:at] + bytes((DER[at] ^ 0xFF,)) + DER[at + 1 :])
        assert key_of(DER[:at]) is None


def test_malformed_certificates_are_none() -> None:
    assert key_of(b"") is None
    assert key_of(bytes(40000)) is None


HOSTILE: dict[str, Callable[[], Server]] = {
    "plain http": lambda: Says(then=[b"HTTP/1.1 400 Bad Request\r\n\r\n", None]),
    "ssh": lambda: Says(b"SSH-2.0-x\r\n"),
    "garbage": lambda: Says(then=[b"\xff" * 5000, None]),
    "an alert": lambda: Says(then=[b"\x15\x03\x03\x00\x02\x02\x28", None]),
    "closes at once": lambda: Says(None),
    "closes on our hello": lambda: Says(then=[None]),
    "is silent": Says,
    "a record that never ends": lambda: Says(then=[b"\x16\x03\x03\x40\x00", *[b"\0"] * 9999]),
    "endless handshake": lambda: Says(
        then=[b"\x16\x03\x03\x10\x00" + b"\x00\x00\x00\x00" * 1024] * 99
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_servers_hold_nobody_up(case: str) -> None:
    found, took_s = survey(HOSTILE[case])
    assert found == []
    assert took_s < EXCHANGE_S + 2


def test_which_ports(tmp_path: Path) -> None:
    key = KEYS["ed25519"]
    served = serving(tmp_path, key, certificate(key))
    found, _ = survey(lambda: TlsServer(served), 443, 636, 8006, 80, 22, 9100)
    assert [item.port for item in found] == [443, 636, 8006]


def test_printers_are_left_alone() -> None:
    async def main() -> None:
        await gathered(ask(context(known(443, kind="printer")), Street({})))

    with pytest.raises(NoData):
        run(main())
