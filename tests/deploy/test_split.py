"""Tap and agent as the units run them: two processes with the units' rights, one socket between."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.conftest import DEPLOY

pytestmark = pytest.mark.timeout(120)

# In a network namespace of its own. $1: the folder to work in, $2: the folder of the programs.
SCENE = r"""
set -eu
ip link set lo up
ip link add v0 type veth peer name v1
ip link set v0 up
ip link set v1 up
ip address add 10.66.0.1/29 dev v0
setpriv --inh-caps=-all,+net_raw --ambient-caps=+net_raw --bounding-set=-all,+net_raw \
    --no-new-privs "$2/lanwarden-tap" --socket "$1/tap.sock" --network 10.66.0.0/29 \
    --interface v0 2>"$1/tap.err" &
tap=$!
trap 'kill $tap' EXIT
tries=0
until [ -S "$1/tap.sock" ]; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || { cat "$1/tap.err" >&2; exit 70; }
    sleep 0.1
done
cp /proc/$tap/status "$1/tap.status"
setpriv --inh-caps=-all --bounding-set=-all --no-new-privs \
    "$2/lanwarden" scan --config "$1/config.toml" --only arp --only netlink --json >"$1/scan.json"
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may hand out capabilities")
def test_an_agent_without_rights_scans_through_the_tap_service(tmp_path: Path) -> None:
    programs = Path(sys.executable).parent
    missing = [name for name in ("unshare", "setpriv", "ip") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    socket = tmp_path / "tap.sock"
    (tmp_path / "config.toml").write_text(
        f'[scope]\nnetworks = ["10.66.0.0/29"]\n[tap]\nsocket = "{socket}"\n', encoding="utf-8"
    )
    result = subprocess.run(
        ["unshare", "--net", "sh", "-c", SCENE, "sh", tmp_path, programs],
        env=os.environ | {"STATE_DIRECTORY": str(tmp_path / "state")},
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert result.returncode in (0, 1), result.stderr
    status = (tmp_path / "tap.status").read_text(encoding="utf-8")
    rights = {
        key: int(value.strip(), 16)
        for key, _, value in (line.partition(":") for line in status.splitlines())
        if key in {"CapPrm", "CapEff", "CapBnd", "CapAmb"}
    }
    net_raw = 1 << 13
    assert rights == {"CapPrm": net_raw, "CapEff": net_raw, "CapBnd": net_raw, "CapAmb": 0}
    runs = {
        run["name"]: run for run in json.loads((tmp_path / "scan.json").read_text())["collectors"]
    }
    assert runs["arp"]["status"] == "ok", runs["arp"]
    assert runs["arp"]["sent"] > 0


def test_the_units_give_the_rights_that_this_test_gives() -> None:
    tap = (DEPLOY / "systemd/lanwarden-tap.service").read_text(encoding="utf-8")
    agent = (DEPLOY / "systemd/lanwarden.service").read_text(encoding="utf-8")
    assert "\nAmbientCapabilities=CAP_NET_RAW\n" in tap
    assert "\nCapabilityBoundingSet=\n" in agent
