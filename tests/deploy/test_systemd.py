"""The units: hardened by systemd's own measure, and each user, path and right accounted for."""

import os
import re
from pathlib import Path

import pytest

from tests.deploy.conftest import DEPLOY, Run

SYSTEMD = DEPLOY / "systemd"
UNITS = sorted(SYSTEMD.glob("*.service"))
MOST_EXPOSURE = 25  # tenths: 2.5 of 10


def _settings(unit: Path) -> dict[str, list[str]]:
    settings: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "[")):
            key, _, value = line.partition("=")
            settings.setdefault(key, []).append(value)
    return settings


def _runnable(unit: Path, folder: Path) -> Path:
    """A copy whose program exists here; everything else is as shipped."""
    text = re.sub(
        r"^ExecStart=/opt/\S+", "ExecStart=/bin/true", unit.read_text("utf-8"), flags=re.M
    )
    copy = folder / unit.name
    copy.write_text(text, encoding="utf-8")
    return copy


def test_there_is_a_unit_for_each_process() -> None:
    assert [unit.name for unit in UNITS] == ["lanwarden-tap.service", "lanwarden.service"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_exposure_stays_under_the_bound(run: Run, unit: Path) -> None:
    result = run(
        "systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSURE}",
        "--no-pager", unit,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Overall exposure level" in result.stdout


def test_the_bound_would_catch_a_soft_unit(run: Run, tmp_path: Path) -> None:
    soft = tmp_path / "soft.service"
    soft.write_text("[Service]\nExecStart=/bin/true\nUser=nobody\n", encoding="utf-8")
    result = run(
        "systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSURE}", soft
    )
    assert result.returncode != 0


def test_systemd_understands_every_line(run: Run, tmp_path: Path) -> None:
    copies = [_runnable(unit, tmp_path) for unit in UNITS]
    result = run("systemd-analyze", "verify", "--man=no", *copies)
    assert (result.returncode, result.stderr) == (0, "")


def test_only_the_tap_has_a_capability_and_only_one() -> None:
    tap, agent = (_settings(unit) for unit in UNITS)
    assert tap["AmbientCapabilities"] == tap["CapabilityBoundingSet"] == ["CAP_NET_RAW"]
    assert agent["AmbientCapabilities"] == agent["CapabilityBoundingSet"] == [""]
    assert "AF_PACKET" not in agent["RestrictAddressFamilies"][0]
    assert tap["User"] != agent["User"]
    assert tap["Group"] == agent["Group"], "the socket between them belongs to the group"


def test_users_and_folders_that_the_units_name_are_made() -> None:
    users = re.findall(r"^u (\S+)", (SYSTEMD / "lanwarden.sysusers").read_text("utf-8"), re.M)
    assert {_settings(unit)["User"][0] for unit in UNITS} == set(users)
    made = re.findall(r"^d (\S+)", (SYSTEMD / "lanwarden.tmpfiles").read_text("utf-8"), re.M)
    tap = _settings(SYSTEMD / "lanwarden-tap.service")
    socket = re.search(r"--socket (\S+)/tap\.sock", tap["ExecStart"][0])
    assert socket is not None
    assert socket[1] in made
    assert tap["ReadWritePaths"] == [socket[1]]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
@pytest.mark.parametrize(
    ("program", "file"),
    [("systemd-sysusers", "lanwarden.sysusers"), ("systemd-tmpfiles", "lanwarden.tmpfiles")],
)
def test_users_and_folders_are_made_in_an_empty_root(
    run: Run, tmp_path: Path, program: str, file: str
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text(
        "root:x:0:0::/:/bin/sh\nlanwarden:x:900:900::/:/x\nlanwarden-tap:x:901:900::/:/x\n"
        if program == "systemd-tmpfiles"
        else "root:x:0:0::/:/bin/sh\n",
        encoding="utf-8",
    )
    (tmp_path / "etc/group").write_text(
        "root:x:0:\nlanwarden:x:900:\n" if program == "systemd-tmpfiles" else "root:x:0:\n",
        encoding="utf-8",
    )
    action = ["--create"] if program == "systemd-tmpfiles" else []
    result = run(program, f"--root={tmp_path}", *action, SYSTEMD / file)
    assert result.returncode == 0, result.stderr
    if program == "systemd-tmpfiles":
        made = tmp_path / "run/lanwarden"
        assert made.stat().st_mode & 0o777 == 0o750
    else:
        assert "lanwarden-tap:" in (tmp_path / "etc/passwd").read_text(encoding="utf-8")


def test_arguments_of_the_tap_come_from_its_own_file() -> None:
    tap = _settings(SYSTEMD / "lanwarden-tap.service")
    assert tap["EnvironmentFile"] == ["/etc/lanwarden/tap.env"]
    assert "LANWARDEN_TAP_ARGS=" in (SYSTEMD / "tap.env").read_text(encoding="utf-8")
    assert "$LANWARDEN_TAP_ARGS" in tap["ExecStart"][0]
