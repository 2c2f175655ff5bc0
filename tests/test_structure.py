"""Rules of the house that no linter knows."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("agent", "collectors", "exporters", "checks", "inventory")
MAX_LINES = 450
MAX_LINES_OF_A_TEST = 600  # tables of cases grow long without growing hard
FORBIDDEN_NAMES = re.compile(r"^(utils?|helpers?|common|misc)$")
# Paths of the machine that a file was made on, and hosts of package registries.
MACHINE_TRACES = re.compile(
    r"(?<![\w.$}])/(work|root|home/\w+|opt/pypi\S*|opt/wheels)/"
    r"|pythonhosted|pypi\.org|npmjs\.org|deb\.debian\.org"
)


def _tracked() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True
    )
    if listing.returncode != 0:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    files = _tracked()
    assert len(files) > 10
    return files


def test_no_file_or_folder_has_a_name_that_says_nothing(tracked: list[Path]) -> None:
    offenders = [
        path
        for path in tracked
        for part in path.relative_to(ROOT).parts
        if FORBIDDEN_NAMES.match(part.partition(".")[0])
    ]
    assert offenders == []


def test_no_python_file_is_too_long(tracked: list[Path]) -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in tracked
        if path.suffix == ".py"
    }
    too_long = {
        name: lines
        for name, lines in lengths.items()
        if lines > (MAX_LINES_OF_A_TEST if name.startswith("tests/") else MAX_LINES)
    }
    assert too_long == {}


@pytest.mark.parametrize("room", ROOMS)
def test_every_package_says_what_it_is(room: str) -> None:
    folders = {path.parent for path in (ROOT / room).rglob("*.py")}
    assert folders, room
    for folder in folders:
        text = (folder / "__init__.py").read_text(encoding="utf-8")
        assert text.startswith('"""'), f"{folder.relative_to(ROOT)}/__init__.py has no docstring"


def test_no_file_carries_traces_of_a_machine_or_a_registry(tracked: list[Path]) -> None:
    offenders = []
    for path in tracked:
        if path == Path(__file__):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        offenders += [
            f"{path.relative_to(ROOT)}:{number}: {found[0]}"
            for number, line in enumerate(text.splitlines(), 1)
            if (found := MACHINE_TRACES.search(line))
        ]
    assert offenders == []


def test_lock_files_hold_versions_and_hashes_but_no_addresses() -> None:
    locks = sorted((ROOT / "requirements").glob("*.lock"))
    assert [lock.name for lock in locks] == ["build.lock", "dev.lock", "runtime.lock"]
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        pins = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
        assert pins
        assert [pin for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []


def test_the_development_lock_agrees_with_the_runtime_lock() -> None:
    runtime, development = (
        dict(
            re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        )
        for path in (ROOT / "requirements/runtime.lock", ROOT / "requirements/dev.lock")
    )
    assert {name: development.get(name) for name in runtime} == runtime
