"""The exporter-toolkit's web configuration file."""

import ssl
from pathlib import Path

import pytest

from agent.web.webconfig import FollowedWebConfig, WebConfigError, read_web_config

HASH = "$2y$10$aQfWBqWy1YLbzs7YuWuTGORWtOm0AkxOaIpAVnqxIhwFP9xYA.AyS"
WHOLE = f"""
tls_server_config:
  cert_file: server.crt
  key_file: /keys/server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.crt
  client_allowed_sans: [prometheus.stc.example]
  min_version: TLS13
  max_version: TLS13
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]
  curve_preferences: [X25519]
  prefer_server_cipher_suites: true
http_server_config:
  http2: true
  headers:
    Strict-Transport-Security: max-age=31536000
    X-Frame-Options: deny
basic_auth_users:
  officer: {HASH}
rate_limit:
  interval: 1s
  burst: 20
"""


def file(directory: Path, text: str) -> Path:
    path = directory / "web.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_whole_file(tmp_path: Path) -> None:
    found = read_web_config(file(tmp_path, WHOLE))
    assert found.users == {"officer": HASH}
    assert found.headers == {
        "Strict-Transport-Security": "max-age=31536000",
        "X-Frame-Options": "deny",
    }
    assert (found.rate_interval_s, found.rate_burst) == (1.0, 20)
    assert found.tls is not None
    assert found.tls.cert_file == tmp_path / "server.crt"
    assert found.tls.key_file == Path("/keys/server.key")
    assert found.tls.min_version == ssl.TLSVersion.TLSv1_3
    assert found.tls.ciphers == ("ECDHE-RSA-AES128-GCM-SHA256",)
    assert found.tls.curve == "X25519"
    assert found.tls.client_auth == "RequireAndVerifyClientCert"


@pytest.mark.parametrize("text", ["", "{}", "tls_server_config: {}", "basic_auth_users:"])
def test_an_empty_file_is_plain_http(tmp_path: Path, text: str) -> None:
    found = read_web_config(file(tmp_path, text))
    assert found.tls is None
    assert found.users == {}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        pytest.param("[1", "not valid YAML", id="not-yaml"),
        pytest.param("- a", "must be a mapping", id="a-list"),
        pytest.param("tls_config: {}", "unknown key 'tls_config'", id="unknown-section"),
        pytest.param("tls_server_config: {cert: x}", "cert is not supported", id="inline"),
        pytest.param("tls_server_config: {cert_file: a}", "both cert_file", id="key"),
        pytest.param(
            "tls_server_config: {cert_file: a, key_file: b, client_auth_type: "
            "RequireAnyClientCert}",
            "accepts unverified certificates",
            id="unverified-clients",
        ),
        pytest.param(
            "tls_server_config: {cert_file: a, key_file: b, client_ca_file: c}",
            "asks for no certificate",
            id="ca-for-nothing",
        ),
        pytest.param(
            "tls_server_config: {cert_file: a, key_file: b, client_auth_type: "
            "RequireAndVerifyClientCert}",
            "needs a client_ca_file",
            id="no-ca",
        ),
        pytest.param(
            "tls_server_config: {cert_file: a, key_file: b, min_version: SSL30}",
            "allowed: TLS13, TLS12, TLS11, TLS10",
            id="version",
        ),
        pytest.param(
            "tls_server_config: {cert_file: a, key_file: b, cipher_suites: [RC4]}",
            "'RC4' is not supported",
            id="cipher",
        ),
        pytest.param(
            "tls_server_config: {cert_file: a, key_file: b, curve_preferences: "
            "[X25519, CurveP256]}",
            "one curve at most",
            id="curves",
        ),
        pytest.param("basic_auth_users: {a: secret}", "htpasswd -nBC 10", id="plain-password"),
        pytest.param(
            f"basic_auth_users: {{a: '{HASH.replace('$10$', '$31$')}'}}", "cost above 14", id="cost"
        ),
        pytest.param("http_server_config: {headers: {Server: x}}", "unknown key", id="header"),
        pytest.param(
            'http_server_config: {headers: {X-Frame-Options: "a\\r\\nb: c"}}',
            "one line of text",
            id="header-injection",
        ),
        pytest.param("rate_limit: {interval: 1s}", "would refuse every request", id="burst-zero"),
        pytest.param("rate_limit: {interval: often}", "not a duration", id="interval"),
        pytest.param("&a [*a]", "must be a mapping", id="recursive"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, part: str) -> None:
    with pytest.raises(WebConfigError) as caught:
        read_web_config(file(tmp_path, text))
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(WebConfigError, match="cannot be read"):
        read_web_config(tmp_path / "web.yml")


def test_the_file_is_followed_and_the_last_good_one_kept(tmp_path: Path) -> None:
    path = file(tmp_path, f"basic_auth_users: {{officer: '{HASH}'}}")
    followed = FollowedWebConfig(path)
    assert set(followed.current().users) == {"officer"}
    replace(path, "basic_auth_users: {officer: broken}")
    assert set(followed.current().users) == {"officer"}
    assert "not a bcrypt hash" in followed.problem
    replace(path, f"basic_auth_users: {{another: '{HASH}'}}")
    assert set(followed.current().users) == {"another"}
    assert followed.problem == ""
    path.unlink()
    assert set(followed.current().users) == {"another"}
    assert "cannot be read" in followed.problem


def replace(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
