"""The choice of an interpreter for the virtual environment, and what is said when there is none."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "python"
OLD = "#!/bin/sh\nexit 1\n"
GOOD = "#!/bin/sh\nexit 0\n"
WITHOUT_VENV = """\
#!/bin/sh
case "$2" in
    *version_info\\ *) exit 0 ;;
    *ensurepip*) exit 1 ;;
    *print*) echo python3.11-venv ;;
esac
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "python3": OLD,
        "python3.11": OLD,
        "python3.12": OLD,
        "python3.13": OLD,
        "id": "#!/bin/sh\necho 1000\n",
    }.items():
        _program(tmp_path / name, text)
    return tmp_path


def _program(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def _choose(folder: Path, named: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", SCRIPT],
        env={"PATH": str(folder), "PYTHON": named},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_first_that_is_new_enough_is_taken(folder: Path) -> None:
    _program(folder / "python3.12", GOOD)
    result = _choose(folder)
    assert (result.returncode, result.stdout) == (0, "python3.12\n")


def test_the_one_that_was_named_goes_first(folder: Path) -> None:
    _program(folder / "python3", GOOD)
    _program(folder / "mine", GOOD)
    assert _choose(folder, str(folder / "mine")).stdout == f"{folder / 'mine'}\n"


def test_without_any_it_says_what_is_needed_and_how_to_name_one(folder: Path) -> None:
    result = _choose(folder)
    assert result.returncode == 1
    assert "Python 3.11 or later" in result.stderr
    assert "make PYTHON=" in result.stderr


def test_an_ordinary_user_without_venv_gets_the_command_to_type(folder: Path) -> None:
    _program(folder / "python3.11", WITHOUT_VENV)
    result = _choose(folder)
    assert result.returncode == 1
    assert "sudo apt install python3.11-venv" in result.stderr
