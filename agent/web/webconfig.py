"""The web configuration file of the Prometheus exporter-toolkit, read as it is.

Format: https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
What cannot be honoured here is refused, never ignored.
"""

import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast

import msgspec

from agent.config import values
from agent.errors import UsageRefusal

MAX_FILE_BYTES = 1 << 20
HEADERS = (
    "Content-Security-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "X-XSS-Protection",
)
ClientAuth = Literal["NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"]


class WebConfigError(UsageRefusal):
    """The web configuration file cannot be used."""


class TlsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What TLS needs; paths are absolute."""

    cert_file: Path
    key_file: Path
    client_auth: ClientAuth = "NoClientCert"
    client_ca_file: Path | None = None
    client_allowed_sans: tuple[str, ...] = ()
    min_version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2
    max_version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
    ciphers: tuple[str, ...] = ()
    curve: str = ""
    prefer_server_ciphers: bool = True


class WebConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The file's content; `rate_interval_s` 0: no limit."""

    tls: TlsSettings | None = None
    headers: dict[str, str] = {}
    users: dict[str, str] = {}
    rate_interval_s: float = 0.0
    rate_burst: int = 0


def read_web_config(path: Path) -> WebConfig:
    """Read and check the file. Raises WebConfigError with the key and what is allowed."""
    import yaml

    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise WebConfigError(f"{path}: cannot be read: {error.strerror or error}") from None
    if len(data) > MAX_FILE_BYTES:
        raise WebConfigError(f"{path}: is larger than 1 MiB")
    try:
        document = yaml.safe_load(data)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise WebConfigError(f"{path}: not valid YAML: {reason}") from None
    try:
        return _WebConfigReader(path.resolve().parent).read(document or {})
    except ValueError as error:
        raise WebConfigError(f"{path}: {error}") from None


class FollowedWebConfig:
    """The file as it is now: read again when it has changed, the last good one kept on error.

    `problem` says what is wrong with the file on disk, empty when nothing is.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = signature([path])
        self._current = read_web_config(path)
        self.problem = ""

    def current(self) -> WebConfig:
        """Return the configuration in force."""
        seen = signature([self._path])
        if seen != self._seen:
            self._seen = seen
            try:
                self._current = read_web_config(self._path)
                self.problem = ""
            except WebConfigError as error:
                self.problem = str(error)
        return self._current


def signature(paths: list[Path]) -> tuple[tuple[int, int, int] | None, ...]:
    """Return something that differs when one of the files was changed or replaced."""
    found: list[tuple[int, int, int] | None] = []
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            found.append(None)
        else:
            found.append((status.st_ino, status.st_size, status.st_mtime_ns))
    return tuple(found)


_VERSIONS = {
    "TLS13": ssl.TLSVersion.TLSv1_3,
    "TLS12": ssl.TLSVersion.TLSv1_2,
    "TLS11": ssl.TLSVersion.TLSv1_1,
    "TLS10": ssl.TLSVersion.TLSv1,
}
# OpenSSL's names of the TLS 1.2 suites that Go knows by their IANA names; those of TLS 1.3 are
# always on, in Go as here.
_CIPHERS = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    "TLS_RSA_WITH_AES_128_GCM_SHA256": "AES128-GCM-SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384": "AES256-GCM-SHA384",
    "TLS_AES_128_GCM_SHA256": "",
    "TLS_AES_256_GCM_SHA384": "",
    "TLS_CHACHA20_POLY1305_SHA256": "",
}
_CURVES = {
    "CurveP256": "prime256v1",
    "CurveP384": "secp384r1",
    "CurveP521": "secp521r1",
    "X25519": "X25519",
}
_BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")


class _WebConfigReader:
    """Checks the document key by key; raises ValueError with the key's path."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def read(self, document: Any) -> WebConfig:
        top = _table(document, "the file", _TOP)
        http = _table(top.get("http_server_config"), "http_server_config", ("http2", "headers"))
        if not isinstance(http.get("http2", True), bool):
            raise ValueError("http_server_config.http2 must be true or false")
        rate = _table(top.get("rate_limit"), "rate_limit", ("interval", "burst"))
        return WebConfig(
            tls=self._tls(top.get("tls_server_config")),
            headers=_headers(http.get("headers")),
            users=_users(top.get("basic_auth_users")),
            rate_interval_s=_interval(rate.get("interval")),
            rate_burst=_burst(rate),
        )

    def _tls(self, value: Any) -> TlsSettings | None:
        table = _table(value, "tls_server_config", _TLS)
        if not table:
            return None
        for inline in ("cert", "key", "client_ca"):
            if table.get(inline):
                raise ValueError(f"tls_server_config.{inline} is not supported; name a file")
        auth = _client_auth(table)
        ca = self._file(table, "client_ca_file")
        if auth != "NoClientCert" and ca is None:
            raise ValueError(f"tls_server_config.client_auth_type {auth} needs a client_ca_file")
        if auth == "NoClientCert" and ca is not None:
            raise ValueError(
                "tls_server_config.client_ca_file is set, but client_auth_type asks for no "
                "certificate; set it to RequireAndVerifyClientCert"
            )
        cert, key = self._file(table, "cert_file"), self._file(table, "key_file")
        if cert is None or key is None:
            raise ValueError("tls_server_config needs both cert_file and key_file")
        return TlsSettings(
            cert_file=cert,
            key_file=key,
            client_auth=auth,
            client_ca_file=ca,
            client_allowed_sans=_texts(table, "client_allowed_sans"),
            min_version=_version(table, "min_version", ssl.TLSVersion.TLSv1_2),
            max_version=_version(table, "max_version", ssl.TLSVersion.TLSv1_3),
            ciphers=_ciphers(table),
            curve=_curve(table),
            prefer_server_ciphers=bool(table.get("prefer_server_cipher_suites", True)),
        )

    def _file(self, table: Mapping[str, Any], key: str) -> Path | None:
        value = table.get(key)
        if value is None or value == "":
            return None
        if not isinstance(value, str) or "\0" in value:
            raise ValueError(f"tls_server_config.{key} must be a path")
        return self._directory / value


_TOP = ("tls_server_config", "http_server_config", "basic_auth_users", "rate_limit")
_TLS = (
    "cert_file", "key_file", "cert", "key", "client_ca_file", "client_ca", "client_auth_type",
    "client_allowed_sans", "min_version", "max_version", "cipher_suites", "curve_preferences",
    "prefer_server_cipher_suites",
)  # fmt: skip


def _table(value: Any, where: str, allowed: tuple[str, ...]) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"{where} must be a mapping")
    for key in value:
        if key not in allowed:
            raise ValueError(f"{where}: unknown key {key!r}; allowed: {', '.join(allowed)}")
    return value


def _texts(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = table.get(key) or []
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise ValueError(f"tls_server_config.{key} must be a list of texts")
    return tuple(value)


def _client_auth(table: Mapping[str, Any]) -> ClientAuth:
    value = table.get("client_auth_type") or "NoClientCert"
    if value in ("RequestClientCert", "RequireAnyClientCert"):
        raise ValueError(
            f"tls_server_config.client_auth_type {value} accepts unverified certificates, which "
            "this server cannot; use VerifyClientCertIfGiven or RequireAndVerifyClientCert"
        )
    if value not in ("NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"):
        raise ValueError(f"tls_server_config.client_auth_type {value!r} is not known")
    return cast("ClientAuth", value)


def _version(table: Mapping[str, Any], key: str, default: ssl.TLSVersion) -> ssl.TLSVersion:
    value = table.get(key)
    if value is None:
        return default
    if value not in _VERSIONS:
        allowed = ", ".join(_VERSIONS)
        raise ValueError(f"tls_server_config.{key} {value!r} is not known; allowed: {allowed}")
    return _VERSIONS[value]


def _ciphers(table: Mapping[str, Any]) -> tuple[str, ...]:
    names = _texts(table, "cipher_suites")
    for name in names:
        if name not in _CIPHERS:
            raise ValueError(f"tls_server_config.cipher_suites: {name!r} is not supported")
    return tuple(_CIPHERS[name] for name in names if _CIPHERS[name])


def _curve(table: Mapping[str, Any]) -> str:
    names = _texts(table, "curve_preferences")
    if len(names) > 1:
        raise ValueError("tls_server_config.curve_preferences: this server takes one curve at most")
    if names and names[0] not in _CURVES:
        allowed = ", ".join(_CURVES)
        raise ValueError(f"tls_server_config.curve_preferences: allowed: {allowed}")
    return _CURVES[names[0]] if names else ""


def _headers(value: Any) -> dict[str, str]:
    table = _table(value, "http_server_config.headers", HEADERS)
    for name, text in table.items():
        if not isinstance(text, str) or not text.isprintable():
            raise ValueError(f"http_server_config.headers.{name} must be one line of text")
    return dict(table)


def _users(value: Any) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError("basic_auth_users must map user names to bcrypt hashes")
    for user, text in value.items():
        if not isinstance(user, str) or ":" in user:
            raise ValueError("basic_auth_users: a user name is a text without a colon")
        found = _BCRYPT.fullmatch(text) if isinstance(text, str) else None
        if not found:
            raise ValueError(
                f"basic_auth_users.{user} is not a bcrypt hash; make one with: htpasswd -nBC 10 ''"
            )
        if int(found[1]) > 14:
            raise ValueError(f"basic_auth_users.{user}: a cost above 14 takes too long to check")
    return dict(value)


def _interval(value: Any) -> float:
    if value is None or value == 0:
        return 0.0
    try:
        return values.duration(value)
    except ValueError as error:
        raise ValueError(f"rate_limit.interval: {error}") from None


def _burst(table: Mapping[str, Any]) -> int:
    value = table.get("burst", 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1_000_000:
        raise ValueError("rate_limit.burst must be a whole number from 0 to 1000000")
    if table.get("interval") and value == 0:
        raise ValueError("rate_limit.burst 0 would refuse every request; set it to 1 or more")
    return value
