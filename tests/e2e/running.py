"""A real agent on a LAN of the lab, and a real Prometheus that scrapes it."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
import pytest
import yaml

from agent.commands.demo import START
from agent.lab import Lan

ROOT = Path(__file__).parents[2]
PROGRAMS = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
T = TypeVar("T")


def config_text(presence: str = "4s") -> str:
    """A config for the lab's office."""
    return f"""
[agent]
site = "stc"
state_directory = "state"
[scope]
networks = ["10.66.7.0/24", "2001:db8:66:7::/64"]
[schedule]
discovery = "*/1 * * * *"
presence = "{presence}"
jitter = "100ms"
"""


def eventually(what: Callable[[], T], seconds: float, why: str) -> T:
    """Ask until the answer is true; fail with `why` when it never is."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(httpx.TransportError):
            found = what()
            if found:
                return found
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds:g} s: {why}")
        time.sleep(0.25)


class RunningAgent:
    """`lanwarden run` on the lab's own host, served on a loopback socket of the machine."""

    def __init__(self, lan: Lan, directory: Path, text: str) -> None:
        self._lan = lan
        self._directory = directory
        self.config = directory / "config.toml"
        self.config.write_text(text, encoding="utf-8")
        self._listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listening.bind(("127.0.0.1", 0))
        self._listening.listen(64)
        os.set_inheritable(self._listening.fileno(), True)
        self.address = f"127.0.0.1:{self._listening.getsockname()[1]}"
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(str(directory / "notify"))
        self._notify.setblocking(False)
        self.child = self.start()

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the agent, again after it has ended."""
        descriptor = self._listening.fileno()
        with (self._directory / "agent.log").open("ab") as log:
            self.child = self._lan.agent.popen(
                [
                    sys.executable, "-P", "-c", START, str(descriptor),
                    "run", "--config", str(self.config),
                ],
                env={
                    **os.environ,
                    "PYTHONPATH": str(ROOT),
                    "NOTIFY_SOCKET": str(self._directory / "notify"),
                },
                stderr=log,
                pass_fds=(descriptor,),
            )  # fmt: skip
        return self.child

    def close(self) -> None:
        """End it."""
        if self.child.poll() is None:
            self.child.terminate()
            self.child.wait(20)
        self._listening.close()
        self._notify.close()

    def get(self, path: str) -> httpx.Response:
        """Ask for a page."""
        return httpx.get(f"http://{self.address}{path}", timeout=10)

    def post(self, path: str) -> httpx.Response:
        """Order something."""
        return httpx.post(f"http://{self.address}{path}", timeout=10)

    def part(self, name: str) -> list[dict[str, Any]]:
        """A part of the document."""
        found: list[dict[str, Any]] = self.get(f"/api/v1/{name}").json()
        return found

    def metric(self, name: str) -> dict[str, float]:
        """The samples of a family: labels as text → value."""
        found = {}
        for line in self.get("/metrics").text.splitlines():
            key, _, value = line.rpartition(" ")
            if key == name or key.startswith(f"{name}{{"):
                found[key.removeprefix(name)] = float(value)
        return found

    def device(self, mac: str) -> dict[str, Any]:
        """The device with a MAC."""
        return next(device for device in self.part("devices") if mac in device["macs"])

    def state(self, mac: str) -> str:
        """The state of the device with a MAC; empty while it is not known."""
        found = (one["state"] for one in self.part("devices") if mac in one["macs"])
        return str(next(found, ""))

    def wait_for_passes(self) -> None:
        """Wait until both jobs have ended once."""
        eventually(
            lambda: {"host", "snmp_community"} <= {run["name"] for run in self.part("collectors")},
            90,
            f"the first pass; the log says: {self.log()[-800:]}",
        )
        time.sleep(1.5)  # a picture is taken at most once a second

    def tap(self) -> psutil.Process:
        """The tap, a child of the agent."""
        [found] = psutil.Process(self.child.pid).children()
        return found

    def hang_up(self) -> None:
        """Order a reload."""
        self.child.send_signal(signal.SIGHUP)

    def told(self) -> list[str]:
        """What systemd would have been told since the last time."""
        found = []
        with contextlib.suppress(BlockingIOError):
            while True:
                found.append(self._notify.recv(4096).decode())
        return found

    def log(self) -> str:
        """The log so far."""
        return (self._directory / "agent.log").read_text(encoding="utf-8", errors="replace")


class Prometheus:
    """A Prometheus on loopback, with the shipped scrape config made fast."""

    def __init__(self, target: str, directory: Path) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        config = directory / "prometheus.yml"
        config.write_text(yaml.safe_dump(_scrape_config(target)), encoding="utf-8")
        self._log = (directory / "prometheus.log").open("wb")
        self._child = subprocess.Popen(
            [
                program("prometheus"), f"--config.file={config}",
                f"--storage.tsdb.path={directory / 'tsdb'}",
                f"--web.listen-address={self.address}",
            ],
            stdout=self._log,
            stderr=self._log,
        )  # fmt: skip

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Evaluate an expression; a list of {"metric": …, "value": [at, text]}."""
        answer = httpx.get(
            f"http://{self.address}/api/v1/query", params={"query": expression}, timeout=10
        )
        found: list[dict[str, Any]] = answer.json().get("data", {}).get("result", [])
        return found

    def value(self, expression: str) -> float:
        """The value of an expression with one sample; 0 when there is none."""
        found = self.query(expression)
        return float(found[0]["value"][1]) if found else 0.0

    def targets(self) -> list[dict[str, Any]]:
        """The active scrape targets."""
        answer = httpx.get(f"http://{self.address}/api/v1/targets", timeout=10).json()
        found: list[dict[str, Any]] = answer["data"]["activeTargets"]
        return found

    def close(self) -> None:
        """End it."""
        self._child.terminate()
        self._child.wait(20)
        self._log.close()


@contextlib.contextmanager
def running(lan: Lan, directory: Path, text: str) -> Iterator[RunningAgent]:
    """An agent for as long as the context lasts."""
    agent = RunningAgent(lan, directory, text)
    try:
        yield agent
    finally:
        agent.close()


def program(name: str) -> str:
    """The path of a program; skips the test where it is not installed."""
    found = shutil.which(name, path=PROGRAMS)
    if found is None:
        pytest.skip(f"{name} is not installed (tests/provision/install test)")
    return found


def free_port() -> int:
    """A TCP port of the loopback address that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_inside(lan: Lan, *arguments: str, before: tuple[str, ...] = ()) -> Any:
    """Run `lanwarden` on the lab's own host; (exit code, decoded JSON or text, standard error)."""
    done = lan.agent.run(
        [*before, sys.executable, "-P", "-m", "agent.main", *arguments],
        env={"PATH": PROGRAMS, "PYTHONPATH": str(ROOT), "HOME": "/nonexistent"},
        timeout_s=90,
    )
    text = done.stdout.decode()
    try:
        return done.returncode, json.loads(text), done.stderr.decode()
    except ValueError:
        return done.returncode, text, done.stderr.decode()


def _scrape_config(target: str) -> dict[str, Any]:
    """The shipped one, with this agent as its target, every second, without Alertmanager."""
    shipped = ROOT / "deploy" / "prometheus" / "prometheus.yml"
    config: dict[str, Any] = yaml.safe_load(
        shipped.read_text(encoding="utf-8").replace("127.0.0.1:10460", target)
    )
    config["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s"}
    config["rule_files"] = [str(ROOT / "deploy" / "prometheus" / "rules" / "*.yml")]
    del config["alerting"]
    kept = [job for job in config["scrape_configs"] if job["job_name"] != "prometheus"]
    for job in kept:
        for discovery in job.get("http_sd_configs", ()):
            discovery["refresh_interval"] = "2s"
    return {**config, "scrape_configs": kept}
