"""Secrets out of their files: what is taken, what is refused, and that none shows up."""

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agent.config.sections import Config
from agent.config.snmp import SnmpLogin, SnmpSection
from agent.main import main
from agent.snmp import read_logins
from collectors.snmp_login import Community, Logins, Rule, Secret, User

NETWORK = "10.66.7.0/24"
OLD = {"old": SnmpLogin(community_file="community")}


def configured(folder: Path, credentials: dict[str, SnmpLogin], **fields: Any) -> Config:
    networks = {NETWORK: tuple(credentials)}
    section = SnmpSection(credentials=credentials, networks=networks, **fields)
    return msgspec.structs.replace(Config(), snmp=section, source=str(folder / "c.toml"))


def secret(folder: Path, name: str, text: bytes, mode: int = 0o640) -> Path:
    path = folder / name
    path.write_bytes(text)
    path.chmod(mode)
    return path


def test_files_and_credentials_of_systemd(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    secret(tmp_path, "community", b"c0mmunity\n")
    secret(given, "auth", b"a passphrase\r\n")
    private = secret(tmp_path, "privacy", "mật khẩu khác".encode())
    user = SnmpLogin(user="reader", auth_file="credential:auth", privacy_file=str(private))
    config = configured(tmp_path, {"new": user} | OLD, port=1161)
    read = read_logins(config, {"CREDENTIALS_DIRECTORY": str(given)})
    expected = (
        User("new", "reader", "sha256", Secret(b"a passphrase"), "aes",
             Secret("mật khẩu khác".encode())),
        Community("old", Secret(b"c0mmunity")),
    )  # fmt: skip
    assert read.logins == Logins((Rule(NETWORK, expected),), 1161)
    assert read.warnings == ()


def test_without_privacy(tmp_path: Path) -> None:
    secret(tmp_path, "auth", b"a passphrase")
    config = configured(tmp_path, {"new": SnmpLogin(user="reader", auth_file="auth")})
    (login,) = read_logins(config, {}).logins.rules[0].logins
    assert login == User("new", "reader", "sha256", Secret(b"a passphrase"))


def test_what_no_network_uses_is_not_read(tmp_path: Path) -> None:
    section = SnmpSection(credentials=OLD)
    config = msgspec.structs.replace(Config(), snmp=section, source=str(tmp_path / "c.toml"))
    assert read_logins(config, {}).logins == Logins()


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        pytest.param(None, "No such file", id="missing"),
        pytest.param(b"", "the secret has 0 octets; allowed: 1 to 255 octets", id="empty"),
        pytest.param(b"\nsecond\n", "more than one line", id="the second line"),
        pytest.param(b"s3cret\nanother\n", "more than one line", id="two lines"),
        pytest.param(b"s3cret" * 100, "the secret has 600 octets", id="long"),
        pytest.param(b"s3cret" * 10_000, "the secret has 4097 octets", id="huge"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, text: bytes | None, wrong: str) -> None:
    if text is not None:
        secret(tmp_path, "community", text)
    read = read_logins(configured(tmp_path, OLD), {})
    (problem,) = read.logins.problems
    assert problem.startswith("snmp.credentials.old.community_file: ")
    assert wrong in problem
    assert "s3cret" not in problem
    assert read.logins.rules == (Rule(NETWORK, ()),)


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_is_no_file(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "community"
    if kind == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    (problem,) = read_logins(configured(tmp_path, OLD), {}).logins.problems
    assert "not a file" in problem or "Is a directory" in problem


@pytest.mark.parametrize(
    ("told", "environment", "wrong"),
    [
        pytest.param("credential:x", {}, "$CREDENTIALS_DIRECTORY is not set", id="no service"),
        pytest.param("credential:", {"CREDENTIALS_DIRECTORY": "/"}, "stands no name", id="no name"),
        pytest.param(
            "credential:../x", {"CREDENTIALS_DIRECTORY": "/"}, "stands no name", id="elsewhere"
        ),
    ],
)
def test_credentials_of_systemd_that_are_not_there(
    tmp_path: Path, told: str, environment: dict[str, str], wrong: str
) -> None:
    config = configured(tmp_path, {"old": SnmpLogin(community_file=told)})
    (problem,) = read_logins(config, environment).logins.problems
    assert wrong in problem


def test_a_short_passphrase_is_refused_and_the_others_stay(tmp_path: Path) -> None:
    secret(tmp_path, "auth", b"s3cret")
    secret(tmp_path, "community", b"c0mmunity")
    user = SnmpLogin(user="reader", auth_file="auth")
    read = read_logins(configured(tmp_path, {"new": user} | OLD), {})
    assert read.logins.problems == (
        "snmp.credentials.new.auth_file: the secret has 6 octets; allowed: 8 to 255 octets",
    )
    assert [one.name for one in read.logins.rules[0].logins] == ["old"]


def test_a_file_that_others_can_read_is_used_and_told(tmp_path: Path) -> None:
    path = secret(tmp_path, "community", b"c0mmunity", 0o644)
    read = read_logins(configured(tmp_path, OLD), {})
    assert read.logins.rules[0].logins
    (warning,) = read.warnings
    assert warning == (
        "snmp.credentials.old.community_file: every user of this machine can read the file; "
        f"mend it with: chmod o-rwx {path}"
    )


def written(folder: Path, told: str) -> Path:
    path = folder / "c.toml"
    path.write_text(
        f'[scope]\nnetworks = ["{NETWORK}"]\n[snmp]\n'
        f'credentials = {{ old = {{ community_file = "{told}" }} }}\n'
        f'networks = {{ "{NETWORK}" = ["old"] }}\n'
    )
    return path


@pytest.mark.parametrize(
    ("told", "mode", "code", "said"),
    [
        pytest.param("community", 0o640, 0, "no mistakes found", id="right"),
        pytest.param("community", 0o644, 0, "chmod o-rwx", id="others can read it"),
        pytest.param("gone", 0o640, 2, "c.toml: snmp.credentials.old.community_file: ", id="gone"),
        pytest.param("credential:x", 0o640, 0, "not checked: snmp.credentials.old", id="systemd"),
    ],
)
def test_config_check(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    told: str,
    mode: int,
    code: int,
    said: str,
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    secret(tmp_path, "community", b"c0mmunity", mode)
    assert main(["config", "check", "--config", str(written(tmp_path, told))]) == code
    out, err = capsys.readouterr()
    assert said in out + err
    assert "c0mmunity" not in out + err
