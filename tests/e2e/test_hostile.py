"""An attacker on the LAN of a running agent, and a store without room."""

import json
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import psutil
import pytest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics_families,
)
from prometheus_client.parser import text_string_to_metric_families

from agent.lab import Host, Lan, LanPlan, build, office
from agent.lab.offers import Mdns, Nbns, Snmp
from collectors.wire import arp
from tests.e2e import attacking
from tests.e2e.running import ROOT, RunningAgent, config_text, eventually, program, running

pytestmark = pytest.mark.timeout(180)
SCHEMA = json.loads((ROOT / "docs/reference/scan.schema.json").read_text(encoding="utf-8"))
REAL = ("gw", "sw-core", "srv-files", "ups-rack", "pc-old")
STATIONS = 5000
ROUTERS = 300
LAST = 40
FILLING = 2000
MALFORMED = "lanwarden_tap_frames_malformed_total"
FAILURES = "lanwarden_store_write_failures_total"
MIB = 1 << 20
MOST_AGENT_BYTES = 220 * MIB
MOST_TAP_BYTES = 64 * MIB
SERIES_PER_DEVICE = 20
OTHER_SERIES = 3000
# What no name, page, sample or line of the log may hold: controls but \t and \n, and what turns
# the direction of writing.
FORBIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def small_office() -> LanPlan:
    """A few hosts of the office, and the attacker, who also answers with 10 kB when asked."""
    text = b" ".join(attacking.HOSTILE).decode("utf-8", "replace")
    attacker = Host(
        name="attacker",
        kind="computer",
        mac=":".join(f"{octet:02x}" for octet in attacking.ATTACKER_MAC),
        ipv4="10.66.7.66",
        offers=(
            Snmp(description=(text * 100)[:10_000], location=text),
            Nbns(host="<script>1"),
            Mdns(host="<script>alert(1)<\\/script>", services=(("_http._tcp", 80, "a=<b>"),)),
        ),
    )
    plan = office()
    return LanPlan(hosts=(*map(plan.host, REAL), attacker), agent=plan.agent)


@pytest.fixture(scope="module", name="lan")
def attacked_lan(requires_namespaces: None) -> Iterator[Lan]:
    with build(small_office()) as lan:
        yield lan


@pytest.fixture(scope="module", name="raw")
def raw_socket(lan: Lan) -> Iterator[socket.socket]:
    """The attacker's own raw socket."""
    with lan.hosts["attacker"].socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind(("eth0", 0))
        yield raw


class Attacked:
    """An agent that has been attacked, and what it was before."""

    def __init__(self, agent: RunningAgent, lan: Lan, raw: socket.socket) -> None:
        self.agent = agent
        self.pids = (agent.child.pid, agent.tap().pid)
        self.real = {
            truth.mac: agent.device(truth.mac)["id"]
            for name, truth in lan.truth().items()
            if name in REAL
        }
        attacking.send(raw, attacking.hostile_names())
        with lan.hosts["attacker"].socket(socket.AF_INET, socket.SOCK_DGRAM) as long:
            for port in (5353, 5355, 137, 67, 546, 1900, 3702):  # 10 kB, in fragments
                long.sendto(attacking.HTML * 400, ("10.66.7.2", port))
        attacking.send(raw, attacking.broken())
        attacking.send(raw, attacking.floods(STATIONS, ROUTERS))
        # The last station, told after the flood, is known: the tap has come to the end of it.
        last, address = attacking.phantom(LAST)
        text = ":".join(f"{octet:02x}" for octet in last)

        def known() -> bool:
            attacking.send(raw, [arp.build_announcement(last, address)])
            return agent.state(text) == "up"

        eventually(known, 30, f"the agent has worked the attack off: {agent.log()[-800:]}")


@pytest.fixture(scope="module")
def attacked(
    lan: Lan, raw: socket.socket, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Attacked]:
    text = config_text() + '[posture]\ndefault_community = ["10.66.7.0/24"]\n'
    with running(lan, tmp_path_factory.mktemp("attacked"), text) as agent:
        agent.wait_for_passes()
        yield Attacked(agent, lan, raw)


def test_both_processes_go_on(attacked: Attacked) -> None:
    agent = attacked.agent
    assert agent.child.poll() is None
    assert (agent.child.pid, agent.tap().pid) == attacked.pids
    assert sum(agent.metric("lanwarden_tap_restarts_total").values()) == 0
    assert agent.get("/-/healthy").status_code == 200


def test_malformed_frames_are_counted_and_none_is_a_bug(attacked: Attacked) -> None:
    found = attacked.agent.metric(MALFORMED)
    assert sum(found.values()) >= 500, found
    told = " ".join(found)
    for reason in ("truncated", "bad_length", "bad_option", "bad_name", "bad_checksum"):
        assert f'"{reason}"' in told
    assert "internal_error" not in told


def test_the_real_devices_are_up_under_their_ids(attacked: Attacked) -> None:
    agent = attacked.agent
    found: dict[str, Any] = {}

    def all_up() -> bool:
        found.update(_by_mac(agent))
        return {found[mac]["state"] for mac in attacked.real} == {"up"}

    eventually(all_up, 30, "the devices are up")
    assert {mac: found[mac]["id"] for mac in attacked.real} == attacked.real


def test_the_metrics_stay_strictly_readable_and_bounded(attacked: Attacked) -> None:
    text = attacked.agent.get("/metrics").text
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    devices = len(attacked.agent.part("devices"))
    assert len(attacked.real) < devices < STATIONS + ROUTERS + 200
    assert len(samples) < OTHER_SERIES + SERIES_PER_DEVICE * devices
    labels = [value for sample in samples for value in sample.labels.values()]
    assert [value for value in labels if FORBIDDEN.search(value) or "\n" in value] == []
    assert max(map(len, labels)) <= 1024
    open_text = httpx.get(
        f"http://{attacked.agent.address}/metrics",
        headers={"accept": "application/openmetrics-text;version=1.0.0"},
        timeout=10,
    ).text
    assert open_text.endswith("# EOF\n")
    parsed = openmetrics_families(open_text)  # type: ignore[no-untyped-call]
    assert len(list(parsed)) > 20
    done = subprocess.run(
        [program("promtool"), "check", "metrics"],
        input=text.encode(), capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")


def test_no_page_carries_a_payload(attacked: Attacked) -> None:
    agent = attacked.agent
    devices = _by_mac(agent)
    hostile = [
        devices[":".join(f"{octet:02x}" for octet in attacking.phantom(number)[0])]["id"]
        for number in range(len(attacking.HOSTILE))
    ]
    attacker = devices["00:a0:c9:00:66:66"]["id"]
    pages = ["/", "/findings", "/events", *(f"/devices/{one}" for one in (*hostile, attacker))]
    texts = {page: agent.get(page) for page in pages}
    assert {page: answer.status_code for page, answer in texts.items()} == dict.fromkeys(pages, 200)
    for page, answer in texts.items():
        assert "<script>alert" not in answer.text, page
        assert "<img src=x" not in answer.text, page
        assert FORBIDDEN.search(answer.text) is None, page
    escaped = texts[f"/devices/{hostile[0]}"].text
    assert "&lt;script&gt;alert" in escaped  # it is shown, as text


def test_the_document_is_valid_utf_8(attacked: Attacked) -> None:
    content = attacked.agent.get("/api/v1/snapshot").content
    document = json.loads(content.decode("utf-8", "strict"))
    jsonschema.validate(document, SCHEMA)
    assert json.loads(json.dumps(document, ensure_ascii=False).encode("utf-8")) == document
    texts = list(_texts(document))
    assert any("<script>" in text for text in texts)
    assert [text for text in texts if FORBIDDEN.search(text)] == []
    assert max(map(len, texts)) <= 4096


def test_the_log_holds_neither_traceback_nor_controls(attacked: Attacked) -> None:
    log = attacked.agent.log()
    assert log
    assert "Traceback" not in log
    assert FORBIDDEN.search(log) is None
    assert not any(line.startswith("level=info forged") for line in log.splitlines())


def test_memory_stays_bounded(attacked: Attacked) -> None:
    agent, tap = (psutil.Process(pid).memory_info().rss for pid in attacked.pids)
    assert agent < MOST_AGENT_BYTES
    assert tap < MOST_TAP_BYTES


def _by_mac(agent: RunningAgent) -> dict[str, Any]:
    return {mac: device for device in agent.part("devices") for mac in device["macs"]}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def test_a_full_disk_is_said_and_nothing_is_lost(
    lan: Lan, raw: socket.socket, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o750)
    _in_the_lab(lan, f"mount -t tmpfs -o size=3m,mode=0750 tmpfs {state}")
    with running(lan, tmp_path, config_text()) as agent:
        eventually(lambda: len(agent.part("devices")) > len(REAL), 60, "the first devices")
        _in_the_lab(lan, f"dd if=/dev/zero of={state}/ballast bs=4k || test -s {state}/ballast")
        attacking.send(raw, attacking.floods(FILLING, 0))
        eventually(lambda: agent.metric(FAILURES).get("", 0) >= 1, 60, "the failure is counted")
        assert "The store cannot be written" in agent.get("/").text
        assert agent.get("/-/healthy").status_code == 200
        known = {mac: one["id"] for one in agent.part("devices") for mac in one["macs"]}
        assert len(known) >= FILLING // 2
        _in_the_lab(lan, f"rm {state}/ballast")
        eventually(lambda: "cannot be written" not in agent.get("/").text, 60, "it writes again")
        agent.child.kill()  # nothing can be written on the way out
        assert agent.child.wait(20) == -signal.SIGKILL
        agent.start()
        eventually(lambda: agent.part("devices"), 30, "the agent is back")
        after = {mac: one["id"] for one in agent.part("devices") for mac in one["macs"]}
        assert known.items() <= after.items()
        assert "store_renewed" not in {event["kind"] for event in agent.part("events")}
        assert agent.log().count("the store cannot be written") == 1
        assert "Traceback" not in agent.log()


def _in_the_lab(lan: Lan, command: str) -> None:
    """Run a command among the mounts that the lab's processes see and the machine does not."""
    lan.agent.run(["nsenter", "--target", "1", "--mount", "sh", "-c", command], check=True)
