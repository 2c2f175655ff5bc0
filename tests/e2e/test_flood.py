"""A hundred thousand invented stations in half a minute, on the LAN of a running agent."""

import contextlib
import socket
import statistics
import time
from collections.abc import Iterator

import httpx
import psutil
import pytest

from agent.lab import Lan, build
from collectors.wire import arp
from collectors.wire.address import ipv4_bytes
from tests.e2e.running import RunningAgent, config_text, eventually, running
from tests.e2e.test_hostile import REAL, small_office

pytestmark = pytest.mark.timeout(180)
STATIONS = 100_000
PER_SECOND = 5000
MOST_LEARNT = 3200  # twice [limits] new_devices_per_minute, and what half a minute adds to that
MIB = 1 << 20
MOST_AGENT_GROWTH_BYTES = 100 * MIB
MOST_TAP_BYTES = 64 * MIB
ANSWER_S = 1.0
LONGEST_ANSWER_S = 10.0


@pytest.fixture(scope="module", name="lan")
def attacked_lan(requires_namespaces: None) -> Iterator[Lan]:
    with build(small_office()) as lan:
        yield lan


class Flooded:
    """An agent after the flood, and what it said before and during it."""

    def __init__(self, agent: RunningAgent, lan: Lan) -> None:
        self.agent = agent
        self.processes = (psutil.Process(agent.child.pid), agent.tap())
        self.before = [process.memory_info().rss for process in self.processes]
        self.real = {
            truth.mac: agent.device(truth.mac)["id"]
            for name, truth in lan.truth().items()
            if name in REAL
        }
        self.dropped = agent.metric("lanwarden_tap_frames_dropped_total")[""]
        self.answers: list[float] = []
        with lan.hosts["attacker"].socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
            raw.bind(("eth0", 0))
            self._send(raw)
        time.sleep(2)
        self.after = [process.memory_info().rss for process in self.processes]

    def _send(self, raw: socket.socket) -> None:
        began = time.monotonic()
        for number in range(STATIONS):
            mac = b"\x00\xa0" + (number + (0x51 << 24)).to_bytes(4, "big")
            with contextlib.suppress(BlockingIOError):
                raw.send(arp.build_announcement(mac, ipv4_bytes(f"10.66.7.{100 + number % 90}")))
            if number % 100 == 0:
                time.sleep(max(0.0, began + number / PER_SECOND - time.monotonic()))
            if number % 20_000 == 10_000:
                self.answers += [self.took("/metrics"), self.took("/")]

    def took(self, path: str) -> float:
        began = time.monotonic()
        assert httpx.get(f"http://{self.agent.address}{path}", timeout=20).status_code == 200
        return time.monotonic() - began


@pytest.fixture(scope="module")
def flooded(lan: Lan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flooded]:
    with running(lan, tmp_path_factory.mktemp("flooded"), config_text()) as agent:
        agent.wait_for_passes()
        yield Flooded(agent, lan)


def test_learning_freezes_with_one_event(flooded: Flooded) -> None:
    agent = flooded.agent
    assert len(agent.part("devices")) < MOST_LEARNT
    assert agent.metric("lanwarden_limit_reached")['{limit="devices"}'] == 1
    assert agent.metric("lanwarden_limit_refused_total")['{limit="devices"}'] > 0.9 * STATIONS
    assert agent.metric("lanwarden_events_total")['{kind="learning_frozen"}'] == 1


def test_no_frame_was_dropped(flooded: Flooded) -> None:
    dropped = flooded.agent.metric("lanwarden_tap_frames_dropped_total")[""]
    assert dropped == flooded.dropped


def test_memory_is_bounded(flooded: Flooded) -> None:
    (agent_before, _), (agent, tap) = flooded.before, flooded.after
    assert agent - agent_before < MOST_AGENT_GROWTH_BYTES
    assert tap < MOST_TAP_BYTES


def test_pages_and_metrics_answered_all_the_time(flooded: Flooded) -> None:
    answers = [*flooded.answers, flooded.took("/metrics"), flooded.took("/")]
    # One of them may meet a machine that is busy with something else.
    assert statistics.median(answers) < ANSWER_S, answers
    assert max(answers) < LONGEST_ANSWER_S, answers


def test_real_devices_stay_under_their_ids_and_nobody_is_called_down(flooded: Flooded) -> None:
    agent = flooded.agent

    def all_up() -> bool:
        found = {mac: one for one in agent.part("devices") for mac in one["macs"]}
        assert {mac: found[mac]["id"] for mac in flooded.real} == flooded.real
        return {found[mac]["state"] for mac in flooded.real} == {"up"}

    eventually(all_up, 30, "the real devices are up")
    about = [one for one in agent.part("events") if one["device"] in flooded.real.values()]
    assert [one for one in about if one["kind"] in ("down", "silent")] == []


def test_a_real_newcomer_is_learnt_after_the_flood(lan: Lan, flooded: Flooded) -> None:
    mac = "00:1b:a9:00:77:01"
    with lan.hosts["attacker"].socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind(("eth0", 0))
        frame = arp.build_announcement(bytes.fromhex(mac.replace(":", "")), b"\x0a\x42\x07\xf0")

        def known() -> bool:
            raw.send(frame)
            return flooded.agent.state(mac) == "up"

        eventually(known, 20, "the newcomer is known")
