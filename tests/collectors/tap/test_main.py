"""The command line of the tap: wrong usage is told in a sentence."""

import os
import signal
import socket
from pathlib import Path

import pytest

from collectors.tap import main as main_module
from collectors.tap import privileges
from collectors.tap.main import main


@pytest.fixture(autouse=True)
def harmless(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Nothing here may change the rights of the process that runs the tests."""
    done: list[str] = []
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    for name in ("keep_raw_sockets_only", "limit_resources", "die_with_parent"):
        monkeypatch.setattr(privileges, name, lambda name=name: done.append(name))
    return done


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--fd", "3", "--network", "10.66.7.9/24"], "has host bits set", id="bits"),
        pytest.param(["--fd", "3", "--network", "office"], "office", id="no network"),
        pytest.param(["--fd", "3", "--pace", "-1"], "--pace", id="negative pace"),
        pytest.param(["--fd", "3", "--pace", "99999999"], "0 to 1000000", id="enormous pace"),
        pytest.param(["--fd", "3", "--socket", "x"], "not allowed with", id="two ends"),
        pytest.param([], "Give --fd or --socket", id="no end"),
        pytest.param(["--fd", "9999"], "--fd 9999 is no socket", id="no descriptor"),
        pytest.param(["--socket", "/nonexistent/tap.sock"], "Cannot listen on", id="no folder"),
    ],
)
def test_wrong_usage(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_without_the_right_it_exits_with_three(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def refuse() -> None:
        raise privileges.NotPermitted

    monkeypatch.setattr(privileges, "keep_raw_sockets_only", refuse)
    with pytest.raises(SystemExit) as caught:
        main(["--socket", str(tmp_path / "tap.sock")])
    assert caught.value.code == 3
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "CAP_NET_RAW" in error


@pytest.mark.parametrize("dry_run", [False, True])
def test_rights_go_before_the_agent_is_served(harmless: list[str], dry_run: bool) -> None:
    agent, theirs = socket.socketpair()
    agent.close()
    descriptor = os.dup(theirs.fileno())
    theirs.close()
    main(["--fd", str(descriptor), *(["--dry-run"] if dry_run else [])])
    kept = [] if dry_run else ["keep_raw_sockets_only"]
    assert harmless == [*kept, "limit_resources", "die_with_parent"]


def test_the_clock_is_the_machine_s() -> None:
    clock = main_module.SystemClock()
    assert clock.monotonic() <= clock.monotonic()
    assert clock.time() > 1_700_000_000


def test_the_version_is_the_installed_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.path", [str(tmp_path / "none"), str(tmp_path)])
    assert main_module._version() == ""
    (tmp_path / "lanwarden-1.2.3.dist-info").mkdir()
    assert main_module._version() == "1.2.3"
