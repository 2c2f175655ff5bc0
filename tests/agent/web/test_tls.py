"""TLS in memory, without a socket: certificates change, clients prove who they are."""

import ssl
from pathlib import Path

import pytest
import trustme

from agent.web.tls import FollowingContext, server_context
from agent.web.webconfig import FollowedWebConfig, WebConfigError


class Site:
    """A directory with a web configuration, a certificate and its authorities."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.authority = trustme.CA()
        self.clients = trustme.CA()
        self.issue("first.stc.example")
        self.clients.cert_pem.write_to_path(str(directory / "clients.pem"))

    def issue(self, name: str) -> None:
        certificate = self.authority.issue_cert(name)
        chain = self.directory / "cert.new"
        chain.write_bytes(b"".join(one.bytes() for one in certificate.cert_chain_pems))
        certificate.private_key_pem.write_to_path(str(self.directory / "key.new"))
        (self.directory / "key.new").replace(self.directory / "key.pem")
        chain.replace(self.directory / "cert.pem")

    def follow(self, more: str = "") -> FollowingContext:
        path = self.directory / "web.yml"
        path.write_text(
            f"tls_server_config: {{cert_file: cert.pem, key_file: key.pem{more}}}", encoding="utf-8"
        )
        return FollowingContext.follow(FollowedWebConfig(path))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> ssl.SSLObject:
    """Shake hands in memory; raises what either side raises. Returns the client's side."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=name)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    done: set[int] = set()
    for _ in range(20):
        for side in (ours, theirs):
            if id(side) not in done:
                try:
                    side.do_handshake()
                    done.add(id(side))
                except ssl.SSLWantReadError:
                    continue
        if len(done) == 2:
            return ours
    raise AssertionError("the handshake does not end")


def client_of(site: Site, name: str = "", issuer: trustme.CA | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    site.authority.configure_trust(context)
    if name:
        (issuer or site.clients).issue_cert(name).configure_cert(context)
    return context


def test_a_new_certificate_serves_new_connections(site: Site) -> None:
    server = site.follow()
    handshake(server, client_of(site), "first.stc.example")
    site.issue("second.stc.example")
    handshake(server, client_of(site), "second.stc.example")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(server, client_of(site), "first.stc.example")


def test_a_broken_certificate_leaves_the_old_one(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    server = site.follow()
    (site.directory / "cert.pem").write_text("nonsense", encoding="utf-8")
    handshake(server, client_of(site), "first.stc.example")
    handshake(server, client_of(site), "first.stc.example")
    assert caplog.text.count("cannot be used, the old ones go on") == 1


REQUIRED = ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: clients.pem"


@pytest.mark.parametrize(
    ("more", "name", "accepted"),
    [
        pytest.param(REQUIRED, "prometheus.stc.example", True, id="known-client"),
        pytest.param(REQUIRED, "", False, id="no-certificate"),
        pytest.param(
            REQUIRED + ", client_allowed_sans: [prometheus.stc.example]",
            "prometheus.stc.example", True, id="allowed-name",
        ),
        pytest.param(
            REQUIRED + ", client_allowed_sans: [prometheus.stc.example]",
            "printer.stc.example", False, id="another-name",
        ),
    ],
)  # fmt: skip
def test_client_certificates(site: Site, more: str, name: str, accepted: bool) -> None:
    server = site.follow(more)
    if accepted:
        handshake(server, client_of(site, name), "first.stc.example")
    else:
        with pytest.raises(ssl.SSLError):
            handshake(server, client_of(site, name), "first.stc.example")


def test_a_client_of_another_authority(site: Site) -> None:
    server = site.follow(REQUIRED)
    stranger = client_of(site, "prometheus.stc.example", trustme.CA())
    with pytest.raises(ssl.SSLError):
        handshake(server, stranger, "first.stc.example")


def test_the_least_version(site: Site) -> None:
    server = site.follow(", min_version: TLS13")
    old = client_of(site)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError):
        handshake(server, old, "first.stc.example")
    shaken = handshake(server, client_of(site), "first.stc.example")
    assert shaken.version() == "TLSv1.3"


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        pytest.param("cert.pem", None, "cert.pem: No such file", id="missing"),
        pytest.param("key.pem", "nonsense", "key.pem", id="not-a-key"),
    ],
)
def test_files_that_cannot_be_used(site: Site, name: str, content: str | None, part: str) -> None:
    context = site.follow()
    (site.directory / name).unlink()
    if content is not None:
        (site.directory / name).write_text(content, encoding="utf-8")
    with pytest.raises(WebConfigError, match=part):
        server_context(context._settings)


def test_a_key_with_a_password(site: Site) -> None:
    from cryptography.hazmat.primitives import serialization

    context = site.follow()
    path = site.directory / "key.pem"
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"x"),
        )
    )
    with pytest.raises(WebConfigError, match="has a password"):
        server_context(context._settings)
