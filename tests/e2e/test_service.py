"""The running agent: Prometheus reads it, and it survives what happens to it."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.lab import Lan
from tests.e2e.running import (
    Prometheus,
    RunningAgent,
    config_text,
    eventually,
    program,
    running,
)

pytestmark = pytest.mark.timeout(180)
UPS = "00:c0:b7:00:07:21"
PRINTER = "3c:52:82:00:07:14"


@pytest.fixture(scope="module")
def prometheus(
    agent: RunningAgent, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus]:
    server = Prometheus(agent.address, tmp_path_factory.mktemp("prometheus"))
    try:
        eventually(lambda: server.query("lanwarden_device_info"), 30, "a first scrape")
        yield server
    finally:
        server.close()


def test_it_told_systemd_that_it_is_ready(agent: RunningAgent) -> None:
    told = agent.told()
    assert told[0].startswith("STATUS=") or told[0] == "READY=1"
    assert "READY=1" in told
    assert "WATCHDOG=1" in told


def test_the_metrics_please_promtool(agent: RunningAgent) -> None:
    done = subprocess.run(
        [program("promtool"), "check", "metrics"],
        input=agent.get("/metrics").content, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stdout + done.stderr == b""


def test_prometheus_knows_every_host(agent: RunningAgent, lan: Lan, prometheus: Prometheus) -> None:
    real = {mac for truth in lan.truth().values() for mac in truth.macs}
    found = {row["metric"]["mac"] for row in prometheus.query("lanwarden_device_info")}
    assert real <= set(",".join(found).split(","))
    assert prometheus.value('up{job="lanwarden"}') == 1
    assert prometheus.value("sum(lanwarden_device_up)") == len(agent.part("devices"))
    joined = prometheus.query(
        "lanwarden_device_up * on(device) group_left(name, kind) lanwarden_device_info"
    )
    assert {"router", "printer", "camera"} <= {row["metric"]["kind"] for row in joined}
    assert {row["metric"]["site"] for row in joined} == {"stc"}


def test_prometheus_takes_its_targets_from_the_agent(
    agent: RunningAgent, prometheus: Prometheus
) -> None:
    def pinged() -> set[str]:
        targets = prometheus.targets()
        return {t["labels"]["instance"] for t in targets if t["labels"]["job"] == "lan-ping"}

    expected = {entry["targets"][0] for entry in agent.get("/sd?role=icmp").json()}
    assert "10.66.7.20" in expected
    eventually(lambda: expected <= pinged(), 20, "the discovered targets")


def test_a_device_that_dies_is_down_and_comes_back(
    agent: RunningAgent, lan: Lan, prometheus: Prometheus
) -> None:
    assert agent.state(UPS) == "up"
    device = agent.device(UPS)["id"]
    up = f'lanwarden_device_up{{device="{device}"}}'
    lan.hosts["ups-rack"].down()
    try:
        # Four missed rounds of four seconds, then a second kind of probe.
        eventually(lambda: agent.state(UPS) == "down", 40, "the dead device is down")
        eventually(lambda: prometheus.query(f"{up} == 0"), 10, "Prometheus knows it")
    finally:
        lan.hosts["ups-rack"].up()
    eventually(lambda: agent.state(UPS) == "up", 40, "the device is back")
    kinds = [event["kind"] for event in agent.part("events") if event["device"] == device]
    assert "down" in kinds
    assert agent.state(PRINTER) == "up"


def test_a_bad_config_is_refused_and_the_old_one_goes_on(agent: RunningAgent) -> None:
    name = "lanwarden_config_last_reload_successful"
    assert agent.metric(name) == {"": 1.0}
    good = agent.config.read_text(encoding="utf-8")
    agent.config.write_text(good + "[scop]\n[web]\nlisten = 5\n", encoding="utf-8")
    try:
        agent.hang_up()
        eventually(lambda: agent.metric(name) == {"": 0.0}, 10, "the refusal in the metrics")
        refused = agent.post("/-/reload")
        assert refused.status_code == 500
        assert "[scop]" in refused.text
        assert "web.listen" in refused.text
        assert "The last reload failed" in agent.get("/").text
    finally:
        agent.config.write_text(good.replace('"stc"', '"stc-2"'), encoding="utf-8")
    assert agent.post("/-/reload").status_code == 200
    assert agent.metric(name) == {"": 1.0}
    eventually(
        lambda: agent.get("/api/v1/snapshot").json()["site"] == "stc-2", 10, "the new site's name"
    )
    assert agent.state(PRINTER) == "up"


def test_a_killed_tap_is_started_again_and_the_gap_is_told(agent: RunningAgent) -> None:
    restarts = "lanwarden_tap_restarts_total"
    before = agent.metric(restarts).get("", 0.0)
    killed = agent.tap()
    killed.kill()
    eventually(
        lambda: (
            agent.metric(restarts).get("", 0.0) == before + 1
            and agent.metric("lanwarden_tap_up") == {"": 1.0}
        ),
        30,
        "the tap is back",
    )
    assert agent.tap().pid != killed.pid
    assert "tap_gap" in {event["kind"] for event in agent.part("events")}
    eventually(lambda: agent.state(PRINTER) == "up", 30, "the devices are seen again")


def test_the_agent_holds_no_right(agent: RunningAgent) -> None:
    threads = list(Path(f"/proc/{agent.child.pid}/task").iterdir())
    held = [
        int(line.split()[1], 16)
        for thread in threads
        for line in (thread / "status").read_text(encoding="ascii").splitlines()
        if line.startswith(("CapEff", "CapPrm", "CapInh", "CapAmb"))
    ]
    assert held == [0] * 4 * len(threads)


def test_a_killed_agent_knows_the_same_devices_again(agent: RunningAgent) -> None:
    def known() -> dict[str, str]:
        return {device["macs"][0]: device["id"] for device in agent.part("devices")}

    before = known()
    agent.child.send_signal(signal.SIGKILL)
    assert agent.child.wait(10) == -signal.SIGKILL
    agent.start()
    after = eventually(known, 20, "the agent is back")
    assert after == before
    first = {event["kind"] for event in agent.part("events")}
    assert "appeared" in first  # the history is there too
    assert "store_renewed" not in first


def test_it_carries_out_orders_while_it_runs(agent: RunningAgent, lan: Lan) -> None:
    from tests.e2e.running import run_inside

    def known() -> dict[str, str]:
        return {mac: device["id"] for device in agent.part("devices") for mac in device["macs"]}

    def ordered(*order: str) -> None:
        code, _, said = run_inside(lan, "devices", *order, "--config", str(agent.config))
        assert code == 0, said

    before = eventually(lambda: known() if PRINTER in known() else {}, 30, "the devices are known")
    ordered("merge", UPS, PRINTER)
    eventually(lambda: known()[PRINTER] == before[UPS], 10, "they are one device")
    ordered("split", UPS, PRINTER)
    eventually(lambda: known() == before, 10, "they are two again, with their old ids")
    assert {"merged", "split"} <= {event["kind"] for event in agent.part("events")}


def test_a_second_agent_on_the_same_store_is_refused(agent: RunningAgent, lan: Lan) -> None:
    from tests.e2e.running import run_inside

    code, _, said = run_inside(lan, "run", "--config", str(agent.config))
    assert code == 1
    assert "another agent is running" in said
    code, _, said = run_inside(
        lan, "scan", "--config", str(agent.config), "--only", "neighbours", "--json"
    )
    assert code == 0
    assert "this result is not kept" in said


def test_it_ends_cleanly(agent: RunningAgent) -> None:
    tap = agent.tap()
    agent.told()
    agent.child.terminate()
    assert agent.child.wait(15) == 0
    assert "STOPPING=1" in agent.told()
    assert not tap.is_running()
    assert "Traceback" not in agent.log()


def test_a_damaged_store_is_moved_aside_and_said(lan: Lan, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "lanwarden.db").write_bytes(b"not a database" * 1000)
    with running(lan, tmp_path, config_text()) as agent:
        eventually(lambda: agent.part("devices"), 60, "the agent works with a new store")
        assert "store_renewed" in {event["kind"] for event in agent.part("events")}
    assert list(state.glob("lanwarden.db.corrupt-*"))
