"""The wheel, and an environment that holds nothing but the wheel and its locked dependencies."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Nothing of the surrounding shell may lend the installed program a hand.
CLEAN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith("PYTHON") and name != "VIRTUAL_ENV"
}


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built by its locked build backend."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
        env=CLEAN,
    )
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of a fresh environment with the wheel in it."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=True)
    pip: list[str | Path] = [
        folder / "bin/python",
        "-m",
        "pip",
        "--quiet",
        "--disable-pip-version-check",
        "install",
    ]
    lock = ROOT / "requirements/runtime.lock"
    steps: tuple[list[str | Path], ...] = (
        ["--require-hashes", "-r", lock],
        ["--no-deps", "--no-index", wheel],
    )
    for arguments in steps:
        result = subprocess.run(
            [*pip, *arguments], capture_output=True, text=True, check=False, env=CLEAN
        )
        assert result.returncode == 0, result.stderr
    return folder / "bin"
