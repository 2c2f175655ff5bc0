"""The command line as a whole: exit codes, one sentence, start-up cost."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent import main as program
from agent.errors import MissingRefusal

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        pytest.param(["scn"], 2, 'Did you mean "scan"?', id="unknown-command"),
        pytest.param(["scan", "--netwrk", "x"], 2, "lanwarden scan --help", id="unknown-option"),
        pytest.param(["scan", "--network", "10.66.7.1/24"], 2, "10.66.7.0/24", id="host-bits"),
        pytest.param(["scan", "--interface", "a/b"], 2, "--interface", id="bad-interface"),
        pytest.param(["scan", "--only", "arpp"], 2, "there is no collector", id="no-collector"),
        pytest.param(["run", "--config", "/nowhere.toml"], 2, "no such file", id="no-config"),
        pytest.param(["devices"], 3, "nothing is known yet", id="no-store"),
        pytest.param(["devices", "show", "x"], 3, "nothing is known yet", id="show-no-store"),
        pytest.param(["devices", "merge", "x", "y"], 3, "nothing is known", id="merge-no-store"),
        pytest.param(["events", "--since", "soon"], 2, "not a duration", id="bad-since"),
        pytest.param(["events", "--limit", "0"], 2, "--limit", id="bad-limit"),
        pytest.param(["check", "show", "ipv6.ra_presnt"], 2, "did you mean", id="no-check"),
        pytest.param(["demo", "--port", "70000"], 2, "--port", id="bad-port"),
    ],
)
def test_refusals_are_one_sentence(
    arguments: list[str], code: int, part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(arguments) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("lanwarden: ")
    assert len(said.err.splitlines()) == 1
    assert part in said.err
    assert "Traceback" not in said.err


def test_config_errors_are_one_line_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "c.toml"
    file.write_text("[scope]\nnetworks = 1\n[tap]\npace = 2\n", encoding="utf-8")
    assert program.main(["config", "check", "--config", str(file)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith(f"lanwarden: {file}: ") for line in lines)


def test_config_check_reads_the_web_configuration_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "web.yml").write_text("basic_auth_users: {a: plain}\n", encoding="utf-8")
    file = tmp_path / "c.toml"
    file.write_text('[web]\nweb_config_file = "web.yml"\n', encoding="utf-8")
    assert program.main(["config", "check", "--config", str(file)]) == 2
    assert "basic_auth_users.a is not a bcrypt hash" in capsys.readouterr().err


def test_checks_are_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["check", "list"]) == 0
    assert "ipv6.ra_present" in capsys.readouterr().out
    assert program.main(["check", "show", "ipv6.ra_present"]) == 0
    assert "RFC 4861" in capsys.readouterr().out


def test_an_internal_error_is_one_line_and_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(tokens: list[str]) -> int:
        raise KeyError("surprise")

    monkeypatch.setattr(program, "_call", broken)
    assert program.main(["scan"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    log = tmp_path / "state" / "error.log"
    assert str(log) in said
    assert "Traceback" in log.read_text(encoding="utf-8")
    assert log.stat().st_mode & 0o777 == 0o600
    with pytest.raises(KeyError):
        program.main(["scan", "--debug"])


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        pytest.param(KeyboardInterrupt(), 130, id="ctrl-c"),
        pytest.param(MissingRefusal("no right"), 3, id="refusal"),
    ],
)
def test_ends(monkeypatch: pytest.MonkeyPatch, raised: BaseException, code: int) -> None:
    def ending(tokens: list[str]) -> int:
        raise raised

    monkeypatch.setattr(program, "_call", ending)
    assert program.main([]) == code


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-P", *arguments], capture_output=True, text=True, env=environment,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "ours", "foreign"),
    [
        pytest.param(
            "from agent.main import main; main(['--help'])",
            {"agent", "agent.errors", "agent.main", "agent.version"},
            {"attr", "attrs", "cyclopts", "docstring_parser", "rich"},
            id="help",
        ),
        pytest.param(
            "import agent.commands.run, agent.service",
            None,
            {"anyio", "attr", "attrs", "cyclopts", "idna", "msgspec", "starlette",
             "typing_extensions"},
            id="agent",
        ),
    ],
)  # fmt: skip
def test_what_a_start_loads(code: str, ours: set[str] | None, foreign: set[str]) -> None:
    """Each further package costs every start its time and memory: import it where it is used."""
    shown = "import sys; print('loaded', *(set(sys.modules) - before))"
    done = python("-c", f"import sys; before = set(sys.modules); {code}; {shown}")
    assert done.returncode == 0, done.stderr
    loaded = done.stdout.splitlines()[-1].split()[1:]
    packages = {"agent", "checks", "collectors", "exporters", "inventory"}
    if ours is not None:
        assert {name for name in loaded if name.split(".")[0] in packages} == ours
        assert not {"asyncio", "sqlite3", "ssl", "logging", "email"} & set(loaded)
    roots = {name.split(".")[0] for name in loaded}
    assert roots - packages - sys.stdlib_module_names <= foreign


def test_the_agent_never_imports_scapy() -> None:
    code = (
        "import sys; import agent.service, agent.one_pass, agent.doctor, agent.known; "
        "from collectors import catalogue; [e.load() for e in catalogue.CATALOGUE]; "
        "print([m for m in sys.modules if m.split('.')[0] == 'scapy'])"
    )
    done = python("-c", code)
    assert done.stdout.strip() == "[]", done.stderr
