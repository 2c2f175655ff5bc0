"""What the doctor finds, on machines that are made up."""

import errno
from pathlib import Path

import pytest

from agent import doctor
from agent.config.load import parse
from agent.config.sections import Config
from agent.doctor import Result, examine


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A made-up /proc with IPv6 on and a small neighbour table."""
    for name, value in {
        "sys/net/ipv6/conf/all/disable_ipv6": "0",
        "sys/net/ipv6/conf/eth0/disable_ipv6": "0",
        "sys/net/ipv6/conf/default/disable_ipv6": "1",
        "sys/net/ipv4/neigh/default/gc_thresh3": "1024",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{value}\n", encoding="ascii")
    monkeypatch.setattr(doctor, "PROC", tmp_path)
    return tmp_path


def test_ipv6_is_on(proc: Path) -> None:
    assert [result.verdict for result in doctor._ipv6(Config())] == ["ok"]


def test_ipv6_is_off_on_one_interface(proc: Path) -> None:
    (proc / "sys/net/ipv6/conf/eth0/disable_ipv6").write_text("1\n", encoding="ascii")
    [result] = doctor._ipv6(Config())
    assert result.verdict == "missing"
    assert result.remedy == "sysctl net.ipv6.conf.eth0.disable_ipv6=0"


def test_a_kernel_without_ipv6(proc: Path) -> None:
    (proc / "sys/net/ipv6/conf/all/disable_ipv6").unlink()
    [result] = doctor._ipv6(Config())
    assert result.verdict == "missing"


@pytest.mark.parametrize(
    ("network", "verdict"), [("10.66.7.0/24", "ok"), ("10.66.0.0/20", "note")], ids=["fits", "not"]
)
def test_the_neighbour_table(proc: Path, network: str, verdict: str) -> None:
    config = parse(f'[scope]\nnetworks = ["{network}"]\n', "c.toml")
    [result] = doctor._neighbour_table(config)
    assert result.verdict == verdict
    assert bool(result.remedy) == (verdict == "note")


def test_a_state_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    config = parse('[agent]\nstate_directory = "file/state"\n', str(tmp_path / "c.toml"))
    results = doctor._state(config)
    assert results[0].verdict == "missing"


def test_a_store_that_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "lanwarden.db").write_bytes(b"nonsense" * 1000)
    config = parse('[agent]\nstate_directory = "."\n', str(tmp_path / "c.toml"))
    assert [result.verdict for result in doctor._state(config)] == ["ok", "missing"]


@pytest.mark.parametrize(
    ("number", "verdict"),
    [(errno.EADDRINUSE, "note"), (errno.EADDRNOTAVAIL, "missing")],
    ids=["taken", "not-ours"],
)
def test_an_address_to_listen_on(number: int, verdict: str) -> None:
    assert doctor._taken("127.0.0.1:10460", OSError(number, "no")).verdict == verdict


def test_a_clock_that_stands_before_the_program_was_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("agent.doctor.time.time", lambda: 1000.0)
    [result] = doctor._clock(Config())
    assert result.verdict == "missing"
    assert "1970" in result.found


def test_an_examination_that_fails_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    def _clock_face(config: Config) -> list[Result]:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(doctor, "EXAMINATIONS", (_clock_face,))
    assert examine(Config()) == (
        Result("clock face", "note", "cannot be examined: Permission denied"),
    )


@pytest.mark.parametrize(
    ("text", "verdicts"),
    [
        pytest.param("", [], id="no anchors"),
        pytest.param('[ipv6]\nanchors = ["a.example:443"]', ["note"], id="forbidden"),
        pytest.param('[ipv6]\nanchors = ["a.example:443"]\ninternet = false', [], id="no Internet"),
    ],
)
def test_echo_requests(monkeypatch: pytest.MonkeyPatch, text: str, verdicts: list[str]) -> None:
    def forbid(*_: int) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("agent.doctor.socket.socket", forbid)
    found = doctor._echoes(parse(text, "c.toml"))
    assert [result.verdict for result in found] == verdicts
    assert all("ping_group_range" in result.remedy for result in found)


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        pytest.param("1\t0\n", "= 990 990", id="nobody"),
        pytest.param("0\t100\n", "= 0 990", id="who may already still may"),
        pytest.param("what", "= 990 990", id="nonsense"),
    ],
)
def test_the_command_that_lets_one_group_send_echoes(
    proc: Path, monkeypatch: pytest.MonkeyPatch, now: str, wanted: str
) -> None:
    class Group:
        gr_gid = 990

    (proc / "sys/net/ipv4").mkdir(parents=True, exist_ok=True)
    (proc / "sys/net/ipv4/ping_group_range").write_text(now)
    monkeypatch.setattr("grp.getgrnam", lambda name: Group())
    assert f'"net.ipv4.ping_group_range {wanted}"' in doctor._allow_echoes()
