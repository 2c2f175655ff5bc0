"""The tap in trouble: few rights, a killed process, lost links, damaged frames, wrong commands."""

import asyncio
import os
import random
import re
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.lab import Lan, LanPlan, build, sized
from collectors import arp, link_query
from collectors.contract import CollectorError
from collectors.observation import AnyObservation
from collectors.tap.client import TapClient, TapUnavailable
from collectors.tap.messages import ArpSweep, LinkQuery, Sender
from collectors.tap.own import read_own_links
from collectors.tap.sockets import LinkPort
from tests.lan.hearing import NETWORKS, Hearing, listening, truths

pytestmark = pytest.mark.lan

TAP = [sys.executable, "-m", "collectors.tap.main"]
ROOT = str(Path(__file__).parents[2])


@pytest.fixture(scope="module")
def crowd(requires_namespaces: None) -> Iterator[Lan]:
    """Forty hosts of every sort: look, do not change."""
    with build(sized(40)) as lan:
        yield lan


def test_the_child_holds_one_capability_and_no_more(crowd: Lan) -> None:
    async def scenario(hearing: Hearing) -> None:
        status = read(f"/proc/{hearing.tap.pid}/status")
        sets = dict(re.findall(r"^(Cap\w+|NoNewPrivs):\s+(\w+)$", status, re.MULTILINE))
        only_raw = f"{1 << 13:016x}"
        assert sets == {
            "CapInh": f"{0:016x}",
            "CapPrm": only_raw,
            "CapEff": only_raw,
            "CapBnd": only_raw,
            "CapAmb": f"{0:016x}",
            "NoNewPrivs": "1",
        }
        uids = re.findall(r"^Uid:\s+(.*)$", status, re.MULTILINE)[0].split()
        mapped = read("/proc/self/uid_map").split()[2]
        assert set(uids) == ({"65534"} if int(mapped) > 65534 else {"0"})

    listening(crowd, scenario)


def read(path: str) -> str:
    return Path(path).read_text(encoding="ascii")


def test_a_killed_tap_is_noticed_at_once(crowd: Lan) -> None:
    async def scenario(hearing: Hearing) -> None:
        running = asyncio.create_task(
            hearing.tap.run(
                ArpSweep(
                    id=hearing.tap.next_id(),
                    sender=hearing.sender,
                    networks=(NETWORKS[0],),
                    wait_s=20,
                )
            )
        )
        await hearing.until(lambda: bool(hearing.observations))
        assert hearing.tap.pid is not None
        os.kill(hearing.tap.pid, signal.SIGKILL)
        with pytest.raises(CollectorError, match="killed by signal 9"):
            await running
        with pytest.raises(CollectorError, match="killed by signal 9"):
            await hearing.collect(link_query.collect)

    assert listening(crowd, scenario).lost == ["the tap was killed by signal 9"]


def test_an_interface_that_goes_and_comes_back(make_lan: Callable[[LanPlan], Lan]) -> None:
    lan = make_lan(sized(3))

    async def scenario(hearing: Hearing) -> None:
        lan.agent.run(["ip", "link", "set", "eth0", "down"], check=True)
        await hearing.until(lambda: hearing.counters[-1].lost_links == ("eth0",))
        with pytest.raises(CollectorError, match="eth0"):
            await hearing.tap.run(
                ArpSweep(id=hearing.tap.next_id(), sender=hearing.sender, networks=NETWORKS[:1])
            )
        lan.agent.run(["ip", "link", "set", "eth0", "up"], check=True)
        await hearing.until(lambda: hearing.counters[-1].lost_links == ())
        hearing.observations.clear()
        await hearing.collect(arp.collect)
        assert hearing.addresses().keys() == truths(lan).keys()

    assert listening(lan, scenario).lost == []


def test_a_storm_of_damaged_frames_changes_nothing(make_lan: Callable[[LanPlan], Lan]) -> None:
    lan = make_lan(sized(3))
    attacker = next(host for name, host in lan.hosts.items() if name != "gw")
    raw = attacker.socket(socket.AF_PACKET, socket.SOCK_RAW)
    raw.bind(("eth0", 0))
    source = bytes.fromhex(attacker.truth().mac.replace(":", ""))
    frames = list(damaged(source, random.Random(7)))

    async def scenario(hearing: Hearing) -> None:
        for frame in frames:
            raw.send(frame)
        hearing.observations.clear()
        await asyncio.gather(hearing.collect(arp.collect), hearing.collect(link_query.collect))

    hearing = listening(lan, scenario)
    raw.close()
    malformed = hearing.counters[-1].malformed
    assert sum(malformed.values()) > 500
    assert malformed.keys() >= {"truncated", "bad_checksum", "off_link", "source_mismatch"}
    assert "internal_error" not in malformed
    assert hearing.lost == []
    real = {
        (mac, address)
        for mac, truth in truths(lan).items()
        for address in (*truth.ipv4, *truth.ipv6)
    }
    found = {(mac, one) for mac, all_of in hearing.addresses().items() for one in all_of}
    assert {one for one in real if ":" not in one[1]} <= found <= real


def damaged(source: bytes, dice: random.Random) -> Iterator[bytes]:
    """Frames that pass the kernel's filter and then lie, end too early or make no sense."""
    head = b"\xff" * 6 + source
    arp_head = head + bytes.fromhex("08060001080006040001")
    for _ in range(200):
        yield arp_head + dice.randbytes(dice.randrange(0, 30))
        yield arp_head + source + bytes((10, 99, dice.randrange(256), 7)) + bytes(10)
        yield arp_head + b"\x02" + dice.randbytes(5) + bytes((10, 66, 7, 250)) + bytes(10)
        kind = dice.choice((4, 129, 131, 133, 134, 135, 136, 143))
        body = bytes((kind, 0)) + dice.randbytes(dice.randrange(2, 1200))
        yield (
            head
            + bytes.fromhex("86dd60000000")
            + len(body).to_bytes(2, "big")
            + b"\x3a\xff\xfe\x80"
            + bytes(13)
            + b"\x01\xff\x02"
            + bytes(13)
            + b"\x01"
            + body
        )
        udp = bytes.fromhex("00440043") + dice.randbytes(dice.randrange(4, 600))
        yield (
            head
            + bytes.fromhex("08004500")
            + (20 + len(udp)).to_bytes(2, "big")
            + bytes.fromhex("0000000040110000000000000affffffff")[:16]
            + udp
        )


def test_the_scope_holds_in_the_tap_itself(crowd: Lan) -> None:
    async def scenario(hearing: Hearing) -> None:
        with pytest.raises(CollectorError, match="outside the networks"):
            await hearing.tap.run(
                ArpSweep(
                    id=hearing.tap.next_id(), sender=hearing.sender, networks=("10.66.8.0/24",)
                )
            )
        with pytest.raises(CollectorError, match="not the MAC of eth0"):
            await hearing.tap.run(
                LinkQuery(
                    id=hearing.tap.next_id(),
                    sender=Sender(interface="eth0", mac="02:66:00:00:00:01"),
                )
            )
        assert hearing.counters[-1].sent == {}

    listening(crowd, scenario)


def test_listening_needs_no_network_and_sends_nothing(crowd: Lan) -> None:
    async def scenario(hearing: Hearing) -> None:
        with pytest.raises(CollectorError, match="holds none"):
            await hearing.collect(link_query.collect)

    hearing = listening(crowd, scenario, networks=())
    assert all(one.sent == {} for one in hearing.counters)


def test_the_service_takes_one_agent_after_the_other(crowd: Lan) -> None:
    path = crowd.folder("tap") / "tap.sock"
    service = crowd.agent.popen(
        [*TAP, "--socket", str(path), "--network", NETWORKS[0]],
        env={**os.environ, "PYTHONPATH": ROOT},
    )

    async def talk() -> None:
        while not path.exists():
            assert service.poll() is None
            await asyncio.sleep(0.01)
        assert oct(path.stat().st_mode & 0o777) == "0o660"
        found: list[AnyObservation] = []
        for _ in range(2):
            found.clear()
            async with TapClient.connect(path, on_observations=found.extend) as tap:
                link = next(one for one in read_own_links() if one.name == "eth0")
                sender = Sender(interface="eth0", mac=link.mac)
                await tap.run(ArpSweep(id=1, sender=sender, networks=("10.66.7.0/28",)))
            assert len(found) >= 6
        with pytest.raises(TapUnavailable):
            async with TapClient.connect(path.parent, on_observations=found.extend):
                pass

    try:
        crowd.agent.enter(lambda: asyncio.run(talk()))
        service.terminate()
        assert service.wait(10) == 0
    finally:
        service.kill()
        service.wait()


def test_without_the_right_it_says_what_to_do(crowd: Lan) -> None:
    done = crowd.agent.run(
        ["setpriv", "--bounding-set", "-net_raw", *TAP, "--socket", str(crowd.folder("t") / "s")],
        env={**os.environ, "PYTHONPATH": ROOT},
    )
    assert done.returncode == 3
    assert done.stderr.decode() == (
        "Raw sockets are not permitted: the process lacks CAP_NET_RAW. Run as root, or give "
        "the service AmbientCapabilities=CAP_NET_RAW.\n"
    )


def test_the_kernel_takes_the_filter(crowd: Lan) -> None:
    def hear() -> bytes:
        port = LinkPort("eth0")
        try:
            own = next(one for one in read_own_links() if one.name == "eth0")
            assert own.mac
            with pytest.raises(BlockingIOError):
                port.receive()
            return b"open"
        finally:
            port.close()

    assert crowd.agent.enter(hear) == b"open"
