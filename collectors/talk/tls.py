"""TLS over a channel: a handshake with whoever is there, whatever its certificate says.

Nothing secret is sent through it, so nobody is authenticated and old versions are taken as well.
"""

import base64
import hashlib
import ssl
import warnings
from typing import TYPE_CHECKING, Final

import msgspec

from collectors.talk.channel import READ_BYTES, Channel
from collectors.talk.visits import Ended
from collectors.wire.text import clean_text

if TYPE_CHECKING:
    from cryptography import x509

MAX_HANDSHAKE_BYTES: Final = 131072
MAX_CERTIFICATE_BYTES: Final = 32768
MAX_SUBJECT_CHARACTERS: Final = 255


class PresentedKey(msgspec.Struct, frozen=True):
    """The key of a certificate that the handshake used, so its holder has the private one."""

    algorithm: str
    fingerprint: str
    subject: str
    self_signed: bool


class TlsChannel:
    """See Channel; `certificate` is the peer's own, DER, b"" when it showed none.

    `name` is told to the peer (RFC 6066 §3); without, it is not told any.
    """

    def __init__(self, channel: Channel, context: ssl.SSLContext, name: str | None = None) -> None:
        self._channel = channel
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        self.certificate = b""

    async def handshake(self) -> None:
        """Raises Ended when the peer speaks no TLS, or none that we do."""
        total = 0
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                data = await self._channel.receive(READ_BYTES)
                total += len(data)
                if total > MAX_HANDSHAKE_BYTES:
                    raise Ended("an endless TLS handshake") from None
                if not data:
                    raise Ended("closed in the TLS handshake") from None
                self._incoming.write(data)
            except ssl.SSLError as error:
                raise Ended("no TLS, or none that we speak") from error
            else:
                break
        await self._flush()
        self.certificate = self._tls.getpeercert(binary_form=True) or b""

    async def send(self, data: bytes) -> None:
        """See Channel; `data` fits into the buffer whatever its length."""
        try:
            self._tls.write(data)
        except ssl.SSLError as error:
            raise Ended("the TLS session ended") from error
        await self._flush()

    async def receive(self, limit: int) -> bytes:
        """See Channel."""
        while True:
            try:
                return self._tls.read(limit)
            except ssl.SSLWantReadError:
                await self._flush()
                data = await self._channel.receive(READ_BYTES)
                if not data:
                    return b""
                self._incoming.write(data)
            except ssl.SSLError:
                return b""  # closed in order, or not; what was read before counts

    async def close(self) -> None:
        """See Channel."""
        await self._channel.close()

    def abandon(self) -> None:
        """See Channel."""
        self._channel.abandon()

    async def _flush(self) -> None:
        if data := self._outgoing.read():
            await self._channel.send(data)


def lenient_context() -> ssl.SSLContext:
    """A client's context that takes every version and cipher that OpenSSL was built with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the old versions are the point
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:!aNULL:!eNULL:@SECLEVEL=0")
    context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
    return context


def load() -> None:
    """Import what reading a certificate needs: a tenth of a second, so not on the event loop."""
    from cryptography import x509  # noqa: F401


def key_of(certificate: bytes) -> PresentedKey | None:
    """The key of a certificate (RFC 5280 §4.1.2.7); None for one that cannot be read."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    if not certificate or len(certificate) > MAX_CERTIFICATE_BYTES:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # certificates of devices break rules, and are read anyway
        try:
            parsed = x509.load_der_x509_certificate(certificate)
            key = parsed.public_key()
            spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            subject = _common_name(parsed)
            self_signed = _is_self_signed(parsed)
        except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion):
            return None
    digest = base64.b64encode(hashlib.sha256(spki).digest()).decode().rstrip("=")
    return PresentedKey(_algorithm(key), f"SHA256:{digest}", subject, self_signed)


def _common_name(certificate: "x509.Certificate") -> str:
    from cryptography import x509

    for name in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME):
        return clean_text(name.value, MAX_SUBJECT_CHARACTERS)
    return ""


def _is_self_signed(certificate: "x509.Certificate") -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    if certificate.issuer != certificate.subject:
        return False
    try:
        certificate.verify_directly_issued_by(certificate)
    except InvalidSignature:
        return False
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return True  # an algorithm that is refused today; the names agree
    return True


def _algorithm(key: object) -> str:
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

    if isinstance(key, rsa.RSAPublicKey):
        return f"rsa-{key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"ec-{key.curve.name}"
    if isinstance(key, dsa.DSAPublicKey):
        return f"dsa-{key.key_size}"
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "ed25519"
    return "ed448" if isinstance(key, ed448.Ed448PublicKey) else "other"
