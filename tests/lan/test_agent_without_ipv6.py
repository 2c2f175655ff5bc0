"""An agent whose own host has IPv6 switched off, on a network where all others have it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.lab import Lan, LanPlan, build
from agent.lab.offers import DnsServer, Http, Ssh
from tests.lan.readiness import AGENT, IPV6, gateway, server

pytestmark = pytest.mark.timeout(300)

ROOT = Path(__file__).parents[2]
SCANS = 3  # so many complete passes are needed before silence says anything
OFF = ("net/ipv6/conf/all/disable_ipv6", "1")


class Officer:
    """Runs `lanwarden` on the agent's host, which has no IPv6."""

    def __init__(self, lan: Lan, folder: Path) -> None:
        self._lan = lan
        self._config = folder / "lanwarden.toml"
        self._config.write_text(
            f'[agent]\nstate_directory = "{folder}"\n'
            f'[scope]\nnetworks = ["10.66.7.0/24", "{IPV6}::/64"]\n'
            f'[ipv6]\nresolvers = ["10.66.7.1", "{IPV6}::1"]\n'
            f'anchors = ["[{IPV6}::10]:80", "10.66.7.10:80"]\n'
            'must_work = ["web = srv-web.stc.example:80"]\n[domains]\nnames = ["stc.example"]\n'
        )

    def runs(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        return self._lan.agent.run(
            [sys.executable, "-m", "agent.main", *words, "--config", str(self._config)],
            timeout_s=200,
            env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "80"},
        )


@pytest.fixture(scope="module", name="officer")
def an_officer(
    requires_namespaces: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Officer]:
    hosts = (
        gateway(DnsServer(zone="stc.example")),
        server("srv-web", 10, Http(title="Cong"), Ssh(line="SSH-2.0-OpenSSH_9.2p1")),
        server("printer", 20, Http(title="In")),
    )
    with build(LanPlan(agent=AGENT, hosts=hosts)) as lan:
        lan.agent.sysctl(OFF, ("net/ipv6/conf/eth0/disable_ipv6", "1"))
        officer = Officer(lan, tmp_path_factory.mktemp("officer"))
        for _ in range(SCANS):
            done = officer.runs("scan", "--json")
            assert done.returncode == 0, done.stderr.decode()
        yield officer


def test_nothing_of_ipv6_fails(officer: Officer) -> None:
    done = officer.runs("devices", "--json")
    assert done.returncode == 0, done.stderr.decode()
    found = [one for one in json.loads(done.stdout)["findings"] if one["check"][:5] == "ipv6."]
    assert not [one for one in found if one["verdict"] == "fail"]
    (own,) = [one for one in found if one["check"] == "ipv6.host_stack_enabled"]
    assert (own["verdict"], own["reason"]) == ("unknown", "agent_has_no_ipv6")
    assert own["evidence"]["sysctls"]["net.ipv6.conf.eth0.disable_ipv6"] == "1"


def test_the_screen_says_why_and_what_to_do(officer: Officer) -> None:
    done = officer.runs("ipv6")
    assert done.returncode == 0, done.stderr.decode()
    text = " ".join(done.stdout.decode().split())
    assert "The agent sees no IPv6 itself" in text
    assert "net.ipv6.conf.eth0.disable_ipv6=0" in text
    assert "give the agent itself IPv6 first" in text


def test_the_rehearsal_and_the_doctor_run_too(officer: Officer) -> None:
    assert officer.runs("ipv6", "rehearse").returncode == 0
    done = officer.runs("doctor")
    assert b"IPv6" in done.stdout
    assert b"disable_ipv6=0" in done.stdout
