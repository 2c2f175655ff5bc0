"""What is in the wheel and what is not."""

import configparser
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT

ROOMS = ("agent", "collectors", "exporters", "checks", "inventory")

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    return zipfile.ZipFile(wheel).namelist()


def test_the_wheel_holds_the_five_rooms_and_nothing_else(names: list[str]) -> None:
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(ROOMS)
    assert len(tops) == len(ROOMS) + 1
    assert [name for name in names if "test" in Path(name).name] == []


def test_every_tracked_file_of_a_room_is_in_the_wheel(names: list[str]) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "-z", *ROOMS], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.split("\0")
    assert [name for name in tracked if name and name not in names] == []


@pytest.mark.parametrize("pattern", ["*.html", "*.css", "*.sql", "*.toml"])
def test_templates_styles_and_migrations_are_among_them(names: list[str], pattern: str) -> None:
    assert any(Path(name).match(pattern) for name in names)


def test_the_licence_and_the_two_commands_are_declared(wheel: Path, names: list[str]) -> None:
    info = next(name.partition("/")[0] for name in names if ".dist-info/" in name)
    assert f"{info}/licenses/LICENSE" in names
    scripts = configparser.ConfigParser()
    scripts.read_string(zipfile.ZipFile(wheel).read(f"{info}/entry_points.txt").decode())
    assert dict(scripts["console_scripts"]) == {
        "lanwarden": "agent.main:main",
        "lanwarden-tap": "collectors.tap.main:main",
    }


def test_the_metadata_asks_for_what_the_lock_holds(wheel: Path, names: list[str]) -> None:
    info = next(name.partition("/")[0] for name in names if ".dist-info/" in name)
    metadata = zipfile.ZipFile(wheel).read(f"{info}/METADATA").decode()
    lock = (ROOT / "requirements/runtime.lock").read_text(encoding="utf-8")
    asked = [
        line.removeprefix("Requires-Dist: ").partition(">")[0]
        for line in metadata.splitlines()
        if line.startswith("Requires-Dist: ")
    ]
    assert len(asked) >= 15
    assert [name for name in asked if f"\n{name}==" not in lock] == []
