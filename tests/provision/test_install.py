"""The installer of daemons: when it calls apt, and that no service may start meanwhile or after."""

import os
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROGRAMS = """\
# group program package services
test  sh           dash        dash.service
test  no-such-one  some-daemon some.service some.socket
test  no-such-two  other
bench no-such-tool some-tool
"""
APT = """\
#!/bin/sh
echo "$*" >>"$CALLS"
case "$*" in *install*) "$LANWARDEN_POLICY"; echo "policy says $?" >>"$CALLS" ;; esac
exit "${APT_RC:-0}"
"""


class Machine:
    """A folder with a copy of the installer, a fake apt-get, and a policy-rc.d of its own."""

    def __init__(self, folder: Path, uid: int = 0) -> None:
        self.policy = folder / "policy-rc.d"
        self._calls = folder / "calls"
        self._folder = folder
        (folder / "bin").mkdir()
        self.program("apt-get", APT)
        self.program("id", f"#!/bin/sh\necho {uid}\n")
        self.program("systemctl", '#!/bin/sh\necho "systemctl $*" >>"$CALLS"\n')
        (folder / "programs.txt").write_text(PROGRAMS, encoding="utf-8")
        (folder / "install").write_bytes((HERE / "install").read_bytes())

    def program(self, name: str, text: str) -> None:
        path = self._folder / "bin" / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def install(self, *groups: str, apt_rc: int = 0) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{self._folder / 'bin'}:{os.environ['PATH']}",
            "CALLS": str(self._calls),
            "LANWARDEN_POLICY": str(self.policy),
            "LANWARDEN_LOCKED": "1",
            "APT_RC": str(apt_rc),
        }
        return subprocess.run(
            ["sh", self._folder / "install", *groups],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text(encoding="utf-8").splitlines() if self._calls.exists() else []

    @property
    def left_behind(self) -> list[str]:
        return sorted(path.name for path in self._folder.glob("policy-rc.d*"))


def test_missing_programs_are_installed_once_with_every_service_denied(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    result = machine.install("test")
    assert result.returncode == 0, result.stderr
    assert len([call for call in machine.calls if "install" in call]) == 1
    assert machine.calls[0].split()[-2:] == ["other", "some-daemon"]
    assert machine.calls[1] == "policy says 101"
    assert machine.calls[2:] == ["systemctl disable --quiet some.service some.socket"]
    assert machine.left_behind == []


def test_nothing_is_called_when_all_is_there(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.program("no-such-one", "#!/bin/sh\n")
    machine.program("no-such-two", "#!/bin/sh\n")
    result = machine.install("test")
    assert (result.returncode, result.stdout, result.stderr, machine.calls) == (0, "", "", [])


@pytest.mark.parametrize("apt_rc", [0, 100], ids=["success", "failure"])
def test_a_policy_of_the_machine_is_put_back_as_it_was(tmp_path: Path, apt_rc: int) -> None:
    machine = Machine(tmp_path)
    machine.policy.write_text("#!/bin/sh\nexit 0 # mine\n", encoding="utf-8")
    machine.policy.chmod(0o700)
    result = machine.install("test", apt_rc=apt_rc)
    assert result.returncode == (1 if apt_rc else 0)
    assert "policy says 101" in machine.calls
    assert machine.policy.read_text(encoding="utf-8").endswith("# mine\n")
    assert machine.policy.stat().st_mode & 0o777 == 0o700
    assert machine.left_behind == ["policy-rc.d"]


def test_what_a_killed_run_left_is_put_right(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.policy.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    Path(f"{machine.policy}.before-lanwarden").write_text("#!/bin/sh\n# mine\n", encoding="utf-8")
    assert machine.install("test").returncode == 0
    assert machine.policy.read_text(encoding="utf-8") == "#!/bin/sh\n# mine\n"
    assert machine.left_behind == ["policy-rc.d"]


def test_an_ordinary_user_is_told_what_is_skipped_and_what_to_type(tmp_path: Path) -> None:
    machine = Machine(tmp_path, uid=1000)
    result = machine.install("test", "bench")
    assert result.returncode == 0
    assert "is skipped: other some-daemon some-tool" in result.stderr
    assert "apt-get install --no-install-recommends other some-daemon some-tool" in result.stderr
    assert machine.calls == []


def test_a_failure_shows_what_apt_said(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.program("apt-get", "#!/bin/sh\necho E: no space left; exit 100\n")
    result = machine.install("bench")
    assert result.returncode == 1
    assert "E: no space left" in result.stderr
    assert "Installing failed: some-tool" in result.stderr
