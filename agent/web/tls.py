"""TLS by the web configuration file; certificates and settings are taken anew without a restart."""

import logging
import ssl
from pathlib import Path
from typing import Any, cast

from agent.web.webconfig import FollowedWebConfig, TlsSettings, WebConfigError, signature

log = logging.getLogger("lanwarden.web")


class FollowingContext(ssl.SSLContext):
    """A server context that hands each connection to a context made from the files as they are.

    When the new files cannot be used, the last good context goes on and the log says why. The
    choice between TLS and plain HTTP is made once, at the start.
    """

    _followed: FollowedWebConfig
    _settings: TlsSettings
    _seen: tuple[object, ...]
    _current: ssl.SSLContext

    @classmethod
    def follow(cls, followed: FollowedWebConfig) -> "FollowingContext":
        """Make the context. Raises WebConfigError when the files cannot be used."""
        settings = followed.current().tls
        assert settings is not None
        context = cls(ssl.PROTOCOL_TLS_SERVER)
        context._followed = followed
        context._settings = settings
        context._seen = signature(_files(settings))
        context._current = server_context(settings)
        return context

    def wrap_bio(self, *arguments: Any, **named: Any) -> ssl.SSLObject:
        """Begin a connection with the files as they are now."""
        self._refresh()
        return self._current.wrap_bio(*arguments, **named)

    def _refresh(self) -> None:
        settings = self._followed.current().tls or self._settings
        seen = signature(_files(settings))
        if seen == self._seen and settings == self._settings:
            return
        self._seen, self._settings = seen, settings
        try:
            self._current = server_context(settings)
        except WebConfigError as error:
            log.error("the new TLS files cannot be used, the old ones go on: %s", error)
        else:
            log.info("TLS files taken anew")


def server_context(settings: TlsSettings) -> ssl.SSLContext:
    """Make a context. Raises WebConfigError with the file that cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = settings.min_version
    context.maximum_version = settings.max_version
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    if settings.prefer_server_ciphers:
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    try:
        context.load_cert_chain(settings.cert_file, settings.key_file, password=_no_password)
        if settings.client_ca_file is not None:
            context.load_verify_locations(settings.client_ca_file)
        if settings.ciphers:
            context.set_ciphers(":".join(settings.ciphers))
        if settings.curve:
            context.set_ecdh_curve(settings.curve)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise WebConfigError(f"{_culprit(settings)}: {_reason(error)}") from None
    context.verify_mode = {
        "NoClientCert": ssl.CERT_NONE,
        "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
        "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
    }[settings.client_auth]
    if settings.client_allowed_sans:
        context.sslobject_class = _checking(frozenset(settings.client_allowed_sans))
    return context


def _checking(allowed: frozenset[str]) -> type[ssl.SSLObject]:
    """Make a connection class that turns away clients whose certificate has none of the names."""

    class Checked(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            certificate = cast("dict[str, Any]", self.getpeercert() or {})
            names = {value for _, value in certificate.get("subjectAltName", ())}
            if certificate and not names & allowed:
                raise ssl.SSLCertVerificationError("the client certificate has no allowed name")

    return Checked


def _files(settings: TlsSettings) -> list[Path]:
    files = [settings.cert_file, settings.key_file]
    return [*files, settings.client_ca_file] if settings.client_ca_file else files


def _culprit(settings: TlsSettings) -> str:
    for path in _files(settings):
        try:
            with path.open("rb"):
                pass
        except OSError:
            return str(path)
    return " with ".join(str(path) for path in _files(settings))


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return error.reason or "is not usable as certificate or key"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error)


def _no_password() -> str:
    raise ValueError("the key has a password; take it off (openssl pkey)")
