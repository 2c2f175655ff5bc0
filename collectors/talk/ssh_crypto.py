"""The mathematics of an SSH key exchange: shared secrets, the exchange hash, signatures.

RFC 8731 (curve25519), RFC 5656 (NIST curves), RFC 4253 §8 and RFC 8268 (group 14), RFC 8709
(ed25519), RFC 8332 (RSA). `cryptography` is imported when it is first needed.
"""

import hashlib
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from collectors.wire.errors import DecodeError
from collectors.wire.ssh import integer, mpint, parse_fields, string

# RFC 3526 §3; the generator is 2.
GROUP_14: Final = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E34"
    "04DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6"
    "F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A6916"
    "3FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C"
    "32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA95"
    "6AE515D2261898FA051015728E5A8AACAA68FFFFFFFFFFFFFFFF",
    16,
)
MAX_RSA_BITS: Final = 16384
LEAST_RSA_BITS: Final = 512


class Half(Protocol):
    """Our half of one exchange."""

    public: bytes  # what is sent in SSH_MSG_KEX_ECDH_INIT, or the magnitude of the integer

    def secret(self, theirs: bytes) -> int:
        """The shared secret; raises DecodeError for a public value that is none."""


class Method(msgspec.Struct, frozen=True):
    """A key exchange method: how to begin it, its hash, and whether public values are integers."""

    begin: Callable[[], Half]
    hash: str
    integer: bool = False


class Exchange(msgspec.Struct, frozen=True):
    """All that the exchange hash covers (RFC 4253 §8, RFC 5656 §4), as it went over the wire."""

    method: Method
    client_line: bytes
    server_line: bytes
    client_init: bytes
    server_init: bytes
    key: bytes
    client_public: bytes
    server_public: bytes
    secret: int

    def digest(self) -> bytes:
        """The hash that the server signs."""
        values = (self.client_public, self.server_public)
        if self.method.integer:
            publics = [mpint(int.from_bytes(value, "big")) for value in values]
        else:
            publics = [string(value) for value in values]
        parts = (self.client_line, self.server_line, self.client_init, self.server_init, self.key)
        data = b"".join(map(string, parts)) + b"".join(publics) + mpint(self.secret)
        return hashlib.new(self.method.hash, data).digest()


class Curve25519:
    """See Half."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        self._private = X25519PrivateKey.generate()
        self.public = self._private.public_key().public_bytes_raw()

    def secret(self, theirs: bytes) -> int:
        """See Half; a point of small order, which gives zero, is refused (RFC 8731 §3)."""
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

        try:
            shared = self._private.exchange(X25519PublicKey.from_public_bytes(theirs))
        except ValueError:
            raise DecodeError("bad_type", 0) from None
        return int.from_bytes(shared, "big")


class Nistp256:
    """See Half."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        self._private = ec.generate_private_key(ec.SECP256R1())
        self.public = self._private.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )

    def secret(self, theirs: bytes) -> int:
        """See Half; a point that is not on the curve is refused."""
        from cryptography.hazmat.primitives.asymmetric import ec

        try:
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
            shared = self._private.exchange(ec.ECDH(), point)
        except ValueError:
            raise DecodeError("bad_type", 0) from None
        return int.from_bytes(shared, "big")


class Group14:
    """See Half; the exponent has twice the strength of the group."""

    def __init__(self) -> None:
        import secrets

        self._exponent = secrets.randbits(512) | 1 << 511
        number = pow(2, self._exponent, GROUP_14)
        self.public = number.to_bytes(256, "big").lstrip(b"\0")

    def secret(self, theirs: bytes) -> int:
        """See Half."""
        number = int.from_bytes(theirs, "big")
        if not 1 < number < GROUP_14 - 1:
            raise DecodeError("bad_type", 0)
        return pow(number, self._exponent, GROUP_14)


# Most wanted first. The last one is for switches that know nothing newer.
METHODS: Final[dict[bytes, Method]] = {
    b"curve25519-sha256": Method(Curve25519, "sha256"),
    b"curve25519-sha256@libssh.org": Method(Curve25519, "sha256"),
    b"ecdh-sha2-nistp256": Method(Nistp256, "sha256"),
    b"diffie-hellman-group14-sha256": Method(Group14, "sha256", integer=True),
    b"diffie-hellman-group14-sha1": Method(Group14, "sha1", integer=True),
}
# The algorithm of the signature, and the type of key that it needs.
SIGNATURES: Final[dict[bytes, bytes]] = {
    b"ssh-ed25519": b"ssh-ed25519",
    b"ecdsa-sha2-nistp256": b"ecdsa-sha2-nistp256",
    b"ecdsa-sha2-nistp384": b"ecdsa-sha2-nistp384",
    b"ecdsa-sha2-nistp521": b"ecdsa-sha2-nistp521",
    b"rsa-sha2-512": b"ssh-rsa",
    b"rsa-sha2-256": b"ssh-rsa",
    b"ssh-rsa": b"ssh-rsa",
}


def load() -> None:
    """Import what the key exchange needs: a tenth of a second, so not on the event loop."""
    from cryptography.hazmat.primitives.asymmetric import (  # noqa: F401
        ec,
        ed25519,
        padding,
        rsa,
        utils,
        x25519,
    )


def is_proven(key: bytes, algorithm: bytes, signature: bytes, digest: bytes) -> bool:
    """Whether the holder of `key` signed `digest` with the algorithm that was agreed on.

    Raises DecodeError for a key or signature that is malformed or of another type.
    """
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    kind, *fields = parse_fields(key)
    said = parse_fields(signature, 2)
    if kind != SIGNATURES[algorithm] or said[0] != algorithm or len(said) != 2:
        raise DecodeError("bad_type", 0)
    try:
        if kind == b"ssh-ed25519":
            _check_ed25519(fields, said[1], digest)
        elif kind == b"ssh-rsa":
            _check_rsa(fields, algorithm, said[1], digest)
        else:
            _check_ecdsa(kind, fields, said[1], digest)
    except InvalidSignature:
        return False
    except (ValueError, UnsupportedAlgorithm):
        raise DecodeError("bad_type", 0) from None
    return True


def _check_ed25519(fields: list[bytes], signature: bytes, digest: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    (public,) = _counted(fields, 1)
    Ed25519PublicKey.from_public_bytes(public).verify(signature, digest)


def _check_rsa(fields: list[bytes], algorithm: bytes, signature: bytes, digest: bytes) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    exponent, modulus = map(integer, _counted(fields, 2))
    if not LEAST_RSA_BITS <= modulus.bit_length() <= MAX_RSA_BITS:
        raise DecodeError("bad_length", 0)
    # SHA-1 is what old switches sign with; the hash covers our own fresh random values, so nobody
    # gains from a collision that was prepared.
    chosen = {b"rsa-sha2-512": hashes.SHA512, b"rsa-sha2-256": hashes.SHA256}.get(
        algorithm,
        hashes.SHA1,
    )
    public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    public.verify(signature, digest, padding.PKCS1v15(), chosen())


def _check_ecdsa(kind: bytes, fields: list[bytes], signature: bytes, digest: bytes) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    curves: dict[bytes, tuple[ec.EllipticCurve, hashes.HashAlgorithm]] = {
        b"nistp256": (ec.SECP256R1(), hashes.SHA256()),
        b"nistp384": (ec.SECP384R1(), hashes.SHA384()),
        b"nistp521": (ec.SECP521R1(), hashes.SHA512()),
    }
    name, point = _counted(fields, 2)
    if kind != b"ecdsa-sha2-" + name or name not in curves:
        raise DecodeError("bad_type", 0)
    curve, chosen = curves[name]
    pair = parse_pair(signature)
    public = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)
    public.verify(encode_dss_signature(*pair), digest, ec.ECDSA(chosen))


def parse_pair(signature: bytes) -> tuple[int, int]:
    """The two integers of an ECDSA signature (RFC 5656 §3.1.2)."""
    from collectors.wire.ssh import read_string

    first, at = read_string(signature, 0)
    second, at = read_string(signature, at)
    if at != len(signature):
        raise DecodeError("bad_length", at)
    return integer(first), integer(second)


def _counted(fields: list[bytes], count: int) -> list[bytes]:
    if len(fields) != count:
        raise DecodeError("bad_length", 0)
    return fields
