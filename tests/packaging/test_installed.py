"""The installed program, started where somebody has laid traps."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.conftest import CLEAN, ROOT

pytestmark = pytest.mark.timeout(300)

TRAPS = (
    "agent", "asyncio", "checks", "collectors", "exporters", "inventory", "json", "logging",
    "msgspec", "scapy", "socket", "typing",
)  # fmt: skip

LINK = """
ip link set lo up
ip link add v0 type veth peer name v1
ip link set v0 up
ip link set v1 up
ip address add 10.66.0.1/30 dev v0
"""


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder whose every module says that it was imported, as file and as package."""
    trap = "import os, sys\nos.write(2, b'TRAPPED')\nos._exit(99)\n"
    for name in TRAPS:
        (tmp_path / f"{name}.py").write_text(trap, encoding="utf-8")
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(trap, encoding="utf-8")
    (tmp_path / "sitecustomize.py").write_text(trap, encoding="utf-8")
    return tmp_path


def test_the_traps_work(hostile: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", "import agent"],
        cwd=hostile, env=CLEAN, capture_output=True, check=False,
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (99, b"TRAPPED")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["lanwarden", "--help"], "lanwarden"),
        (["lanwarden", "--version"], "0.1.0"),
        (["lanwarden", "check", "list"], "ipv6.ra_present"),
        (["lanwarden", "config", "show"], "[scope]"),
        (["lanwarden-tap", "--help"], "--socket"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_commands_do_not_see_the_folder_that_they_are_started_in(
    installed: Path, hostile: Path, arguments: list[str], expected: str
) -> None:
    program, *rest = arguments
    result = subprocess.run(
        [installed / program, *rest],
        cwd=hostile, env=CLEAN, capture_output=True, text=True, check=False, timeout=30,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "TRAPPED" not in result.stderr
    assert result.returncode == 0, result.stderr
    assert expected in result.stdout


def test_the_tap_that_a_scan_starts_does_not_see_the_folder_either(
    installed: Path, hostile: Path
) -> None:
    """In a network namespace of its own, so that nothing can leave the machine."""
    unshared = ["unshare", "--net", "--user", "--map-root-user"]
    if subprocess.run([*unshared, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this kernel gives no private network namespace")
    state = hostile / "state"
    result = subprocess.run(
        [
            *unshared, "sh", "-c",
            LINK + 'exec "$@"',
            "sh", installed / "lanwarden", "scan", "--network", "10.66.0.0/30", "--json",
        ],
        cwd=hostile, env=CLEAN | {"STATE_DIRECTORY": str(state)}, capture_output=True, text=True,
        check=False, timeout=120, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "TRAPPED" not in result.stderr
    assert "Traceback" not in result.stderr
    assert result.returncode in (0, 1), result.stderr
    assert '"arp"' in result.stdout


def test_nothing_but_the_wheel_is_importable_as_ours(installed: Path, tmp_path: Path) -> None:
    result = subprocess.run(
        [
            installed / "python", "-I", "-c",
            "import agent, checks, collectors, exporters, inventory; print(agent.__file__)",
        ],
        cwd=tmp_path, env=CLEAN, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert str(ROOT) not in result.stdout
    assert "site-packages" in result.stdout
