"""A real Prometheus, with the shipped rules, reads what the agent exposes of a troubled LAN.

Every query of the dashboards returns data there, and every alert that should fire does.
"""

import http.server
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import yaml

from checks import registry
from checks.readiness.assessment import assess
from deploy.grafana.generate import NAMES, Query, fill_in, queries
from exporters.prometheus.exposition import Exposition
from exporters.prometheus.family import SelfFacts
from inventory.snapshot import DuplicateAddress, Policy, Snapshot
from tests.checks import lan
from tests.checks.facts import of_everything
from tests.deploy.conftest import DEPLOY

pytestmark = pytest.mark.timeout(120)

QUERIES = [
    query
    for name in NAMES
    for query in queries(
        msgspec.json.decode((DEPLOY / f"grafana/dashboards/{name}.json").read_bytes())
    )
    if query.panel != "Alerts firing"  # they wait for their `for`; see below for pending ones
]
PATIENCE_S = 15.0


def troubled() -> Snapshot:
    """A server down, a camera since ten minutes, a stranger's router, a duplicate, a stale scan."""
    now = time.time()
    away = now - lan.NOW
    network = lan.network(
        routers=(
            lan.router(last_seen=now - 60),
            lan.router(lan.ROGUE_MAC, "fe80::66", last_seen=now),
        ),
        duplicates=(DuplicateAddress("10.66.0.7", (lan.ROUTER_MAC, lan.ROGUE_MAC), now, now),),
    )  # fmt: skip
    old = {"first_seen": now - 200_000, "last_seen": now - 10}
    return lan.snapshot(
        lan.device("d-printer", "10.66.0.9", "2001:db8:66::9", services=(lan.service(23),), **old),
        lan.device("d-server", "10.66.0.2", name="srv-1", kind="server", state="down", **old),
        lan.device("d-camera", "fe80::77", name="cam-9", state="unknown", first_seen=now - 600),
        taken_at=now,
        networks=(network,),
        runs=(
            lan.run("arp", finished_at=now - 5000, last_success_at=now - 5000),
            lan.run("mdns", finished_at=now - 9, last_success_at=now - 9),
        ),
        events_total={"appeared": 3, "silent": 1, "duplicate_address": 1},
        host=lan.host(boot_at=lan.host().boot_at + away),
        policy=Policy(routers=(lan.ROUTER_MAC,), domains=("stc.example",)),
        facts=of_everything(now, "d-printer", "d-server"),
    )


@pytest.fixture(scope="module")
def exposed() -> Iterator[int]:
    """The port on which the exposition of the troubled LAN is served."""
    exposition = Exposition(facts=lambda: SelfFacts(version="0.1.0", readiness_kept_at=time.time()))
    snapshot = troubled()
    findings = registry.judge(snapshot)
    exposition.update(snapshot, findings, assess(snapshot, findings))

    class Metrics(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = exposition.body()
            self.send_response(200)
            self.send_header("Content-Type", exposition.content_type())
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Metrics)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def prometheus(exposed: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a Prometheus that runs the shipped configuration, only faster."""
    program = shutil.which("prometheus", path=os.environ["PATH"] + ":/usr/bin:/usr/local/bin")
    if program is None:
        pytest.skip("prometheus is not installed (tests/provision/install test)")
    folder = tmp_path_factory.mktemp("prometheus")
    port = _free_port()
    _configure(folder, exposed)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                program, f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            try:
                _until(lambda: _query(client, 'sum_over_time(up{job="lanwarden"}[1m]) >= 4'))
            except AssertionError:
                pytest.fail((folder / "log").read_text(encoding="utf-8")[-3000:])
            yield client
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: f"{query.panel}: {query.expr[:30]}")
def test_every_query_of_a_dashboard_returns_data(prometheus: httpx.Client, query: Query) -> None:
    expr = fill_in(query.expr, site="stc", rate_interval="20s")
    result = _until(lambda: _query(prometheus, expr))
    assert all(series["value"][1] != "NaN" for series in result)


@pytest.mark.parametrize(
    ("alert", "labels"),
    [
        ("LanwardenDeviceDown", {"device": "d-server", "name": "srv-1", "site": "stc"}),
        ("LanwardenNewDevice", {"device": "d-camera", "name": "cam-9", "site": "stc"}),
        ("LanwardenDuplicateAddress", {"network": "n-1", "site": "stc"}),
        ("LanwardenRogueRouter", {"check": "ipv6.rogue_ra", "site": "stc"}),
        ("LanwardenScanStale", {"collector": "arp", "site": "stc"}),
    ],
)
def test_every_alert_sees_the_trouble_and_only_that(
    prometheus: httpx.Client, alert: str, labels: dict[str, str]
) -> None:
    (series,) = _until(lambda: _query(prometheus, f'ALERTS{{alertname="{alert}"}}'))
    assert series["metric"].items() >= labels.items()


def test_the_alert_on_the_agent_is_quiet_while_it_answers(prometheus: httpx.Client) -> None:
    assert _query(prometheus, 'ALERTS{alertname="LanwardenAgentDown"}') == []


def test_no_rule_fails_to_evaluate(prometheus: httpx.Client) -> None:
    groups = prometheus.get("/api/v1/rules").json()["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) >= 6
    assert {rule["health"] for rule in rules} == {"ok"}


def _configure(folder: Path, exposed: int) -> None:
    config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text(encoding="utf-8"))
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    del config["alerting"]
    job = next(job for job in config["scrape_configs"] if job["job_name"] == "lanwarden")
    job["static_configs"][0]["targets"] = [f"127.0.0.1:{exposed}"]
    config["scrape_configs"] = [job]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    shutil.copytree(DEPLOY / "prometheus/rules", folder / "rules")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _query(client: httpx.Client, expr: str) -> list[dict[str, Any]]:
    try:
        answer = client.get("/api/v1/query", params={"query": expr})
    except httpx.TransportError:
        return []
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        return []
    data = answer.json()
    assert data["status"] == "success", data
    result: list[dict[str, Any]] = data["data"]["result"]
    return result


def _until(ask: Any) -> list[dict[str, Any]]:
    """The first answer that is not empty; fails when there is none in time."""
    deadline = time.monotonic() + PATIENCE_S
    pause = threading.Event()
    while not (result := ask()):
        assert time.monotonic() < deadline, "no data"
        pause.wait(0.2)
    answer: list[dict[str, Any]] = result
    return answer
