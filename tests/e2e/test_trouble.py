"""What happens to an agent in an office: cables, locked stores, missing networks, a tap service."""

import sqlite3
import sys
from pathlib import Path

import pytest

from agent.lab import Lan
from tests.e2e.running import ROOT, config_text, eventually, running

pytestmark = pytest.mark.timeout(180)
PRINTER = "3c:52:82:00:07:14"


def test_an_interface_that_goes_and_comes_back(lan: Lan, tmp_path: Path) -> None:
    with running(lan, tmp_path, config_text()) as agent:
        eventually(lambda: agent.state(PRINTER) == "up", 60, "found")
        known = len(agent.part("devices"))
        lan.agent.run(["ip", "link", "set", "eth0", "down"], check=True)
        eventually(lambda: agent.state(PRINTER) != "up", 60, "it is blind and says so")
        assert agent.state(PRINTER) == "unknown"
        lan.agent.run(["ip", "link", "set", "eth0", "up"], check=True)
        eventually(lambda: agent.state(PRINTER) == "up", 60, "it sees again")
        assert len(agent.part("devices")) >= known
        assert agent.get("/-/healthy").status_code == 200
        assert "Traceback" not in agent.log()


def test_a_locked_store_loses_nothing(lan: Lan, tmp_path: Path) -> None:
    with running(lan, tmp_path, config_text()) as agent:
        agent.wait_for_passes()
        failures = "lanwarden_store_write_failures_total"
        other = sqlite3.connect(tmp_path / "state" / "lanwarden.db")
        other.execute("BEGIN IMMEDIATE")
        stranger = "02:00:00:00:77:01"
        lan.hosts["pc-old"].run(["ip", "link", "set", "eth0", "address", stranger], check=True)
        lan.hosts["pc-old"].run(["ping", "-c", "2", "-W", "1", "10.66.7.3"])
        eventually(lambda: agent.metric(failures).get("", 0) >= 1, 90, "the failure is counted")
        assert "The store cannot be written" in agent.get("/").text
        other.rollback()
        other.close()
        eventually(lambda: "cannot be written" not in agent.get("/").text, 60, "it writes again")
        assert agent.log().count("the store cannot be written") == 1


def test_without_networks_it_listens_and_says_so(lan: Lan, tmp_path: Path) -> None:
    with running(lan, tmp_path, '[agent]\nstate_directory = "state"\n') as agent:
        eventually(lambda: len(agent.part("collectors")) > 3, 60, "the passive collectors ran")
        assert "--network 10.66.7.0/24" in agent.get("/").text
        sent = agent.metric("lanwarden_tap_frames_sent_total")
        assert sum(sent.values()) == 0
        assert agent.metric("lanwarden_tap_up") == {"": 1.0}


def test_a_tap_that_runs_as_a_service(lan: Lan, tmp_path: Path) -> None:
    path = tmp_path / "tap.sock"
    service = lan.agent.popen(
        [
            sys.executable, "-P", "-c", "from collectors.tap.main import main; main()",
            "--network", "10.66.7.0/24", "--socket", str(path),
        ],
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    try:
        eventually(path.exists, 20, "the tap's socket")
        text = f'{config_text()}[tap]\nsocket = "{path}"\n'
        with running(lan, tmp_path, text) as agent:
            eventually(lambda: agent.state(PRINTER) == "up", 60, "found")
            runs = {run["name"]: run["status"] for run in agent.part("collectors")}
            assert runs["arp"] == "ok"
    finally:
        service.terminate()
        service.wait(10)
