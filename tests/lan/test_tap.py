"""The tap on a LAN of real kernels: it finds what is there, nothing else, and outlives trouble."""

import asyncio
import os
import random
import re
import signal
import socket
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from ipaddress import IPv6Address
from pathlib import Path

import pytest

from agent.lab import HostTruth, Lan, LanPlan, build, sized, wide
from collectors import arp, echo, link_query, solicit
from collectors.candidates import unexplained_groups
from collectors.contract import Collector, CollectorError, Context, Limits
from collectors.observation import AddressSeen, AnyObservation, EchoAnswered, GroupsReported
from collectors.scope import Link, Scope
from collectors.tap.client import TapClient, TapUnavailable
from collectors.tap.messages import ArpSweep, Counters, LinkQuery, Sender, Watch
from collectors.tap.own import OwnLink, read_own_links
from collectors.tap.sockets import LinkPort

pytestmark = pytest.mark.lan

NETWORKS = ("10.66.7.0/24", "2001:db8:66:7::/64")
TAP = [sys.executable, "-m", "collectors.tap.main"]
ROOT = str(Path(__file__).parents[2])


class Hearing:
    """A running tap and all that it said."""

    def __init__(self) -> None:
        self.observations: list[AnyObservation] = []
        self.counters: list[Counters] = []
        self.lost: list[str] = []
        self.news = asyncio.Event()
        self.tap: TapClient
        self.link: OwnLink

    def observed(self, batch: list[AnyObservation]) -> None:
        self.observations += batch
        self.news.set()

    def counted(self, counters: Counters) -> None:
        self.counters.append(counters)
        self.news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for news until the condition holds."""
        async with asyncio.timeout(15):
            while not condition():
                self.news.clear()
                await self.news.wait()

    @property
    def sender(self) -> Sender:
        return Sender(interface=self.link.name, mac=self.link.mac)

    def context(self, networks: tuple[str, ...] = NETWORKS) -> Context:
        own = self.link
        link = Link(
            own.name,
            own.index,
            own.mac,
            tuple(str(one) for one in own.addresses if one.version == 4),
            tuple(str(one) for one in own.addresses if one.version == 6),
        )
        return Context(
            scope=Scope(networks=networks, links=(link,)),
            limits=Limits(),
            tap=self.tap,
            tap_missing="",
            targets=(),
            progress=lambda done, total: None,
            clock=time.time,
        )

    async def collect(self, collector: Collector, networks: tuple[str, ...] = NETWORKS) -> None:
        assert [one async for one in collector(self.context(networks))] == []

    def addresses(self) -> dict[str, set[str]]:
        """By MAC, the addresses that it uses; what it merely wants is left out."""
        found = defaultdict(set)
        for one in self.observations:
            if isinstance(one, AddressSeen) and one.how != "dad":
                found[one.mac].add(one.address)
        return dict(found)


def listening(
    lan: Lan,
    scenario: Callable[[Hearing], Awaitable[None]],
    networks: Sequence[str] = NETWORKS,
    pace: int = 1000,
) -> Hearing:
    """Run a scenario with a tap in the agent's host."""

    async def run() -> Hearing:
        hearing = Hearing()
        async with TapClient.spawn(
            networks=networks,
            pace=pace,
            on_observations=hearing.observed,
            on_counters=hearing.counted,
            on_lost=hearing.lost.append,
        ) as tap:
            hearing.tap = tap
            hearing.link = next(one for one in read_own_links() if one.name == "eth0")
            await tap.run(Watch(id=tap.next_id(), interfaces=("eth0",)))
            await scenario(hearing)
        return hearing

    return lan.agent.enter(lambda: asyncio.run(run()))


def truths(lan: Lan) -> dict[str, HostTruth]:
    return {truth.mac: truth for truth in lan.truth().values()}


@pytest.fixture(scope="module")
def crowd(requires_namespaces: None) -> Iterator[Lan]:
    """Forty hosts of every sort: look, do not change."""
    with build(sized(40)) as lan:
        yield lan


def test_arp_finds_everyone_and_no_ghosts(crowd: Lan) -> None:
    async def scenario(hearing: Hearing) -> None:
        await hearing.collect(arp.collect)

    found = listening(crowd, scenario).addresses()
    assert {
        (mac, address) for mac, all_of in found.items() for address in all_of if ":" not in address
    } == {(mac, address) for mac, truth in truths(crowd).items() for address in truth.ipv4}


def test_ipv6_finds_every_host_and_says_what_else_there_is(crowd: Lan) -> None:
    async def scenario(hearing: Hearing) -> None:
        await asyncio.gather(hearing.collect(arp.collect), hearing.collect(link_query.collect))
        await hearing.collect(solicit.collect)

    hearing = listening(crowd, scenario)
    found, real = hearing.addresses(), truths(crowd)
    assert found.keys() == real.keys()
    stations = {
        station.mac: station
        for station in solicit.known_stations(
            hearing.context(), hearing.context().scope.links[0], hearing.observations
        )
    }
    for mac, truth in real.items():
        seen = {address for address in found[mac] if ":" in address}
        assert seen <= set(truth.ipv6), truth.name
        local = {address for address in truth.ipv6 if IPv6Address(address).is_link_local}
        assert local <= seen, truth.name
        sort = truth.name.partition("-")[0]
        if sort in ("eui64", "stable", "gw"):
            assert seen == set(truth.ipv6), truth.name
        if sort in ("temporary", "echo_ignoring"):
            assert set(truth.temporary_ipv6) <= seen, truth.name
        # What is not found is random, so nobody can ask for it; its group tells that it exists.
        missing = {suffix(address) for address in truth.ipv6} - {suffix(one) for one in seen}
        told = {suffix(group) for group in unexplained_groups(stations[mac])}
        assert told == missing, truth.name


def suffix(address: str) -> bytes:
    return IPv6Address(address).packed[13:]


def test_every_address_has_its_group_reported(crowd: Lan) -> None:
    async def scenario(hearing: Hearing) -> None:
        await hearing.collect(link_query.collect)

    reported: defaultdict[str, set[bytes]] = defaultdict(set)
    for one in listening(crowd, scenario).observations:
        if isinstance(one, GroupsReported):
            assert one.complete
            assert one.version == 2
            reported[one.mac] |= {suffix(group) for group in one.groups if ":1:ff" in group}
    for mac, truth in truths(crowd).items():
        assert {suffix(address) for address in truth.ipv6} <= reported[mac], truth.name


def test_with_the_watch_running_every_address_of_a_host_that_joins_is_heard(
    make_lan: Callable[[LanPlan], Lan],
) -> None:
    lan = make_lan(sized(10))
    macs = truths(lan).keys()
    joining = [host for name, host in lan.hosts.items() if name != "gw"]

    async def scenario(hearing: Hearing) -> None:
        await hearing.collect(link_query.collect)
        hearing.observations.clear()
        for state in ("down", "up"):
            for host in joining:
                host.run(["ip", "link", "set", "eth0", state], check=True)

        def everything() -> bool:
            said: defaultdict[str, set[str]] = defaultdict(set)
            for one in hearing.observations:
                if isinstance(one, AddressSeen):
                    said[one.mac].add(one.address)
            return all(
                len(truth.global_ipv6) >= 1 and set(truth.ipv6) <= said[truth.mac]
                for truth in (host.truth() for host in joining)
            )

        await hearing.until(everything)

    heard = listening(lan, scenario)
    assert {one.mac for one in heard.observations if isinstance(one, AddressSeen)} <= macs


def test_routed_networks_answer_through_their_router(make_lan: Callable[[LanPlan], Lan]) -> None:
    lan = make_lan(sized(0))
    gateway = lan.hosts["gw"]
    gateway.run(["ip", "route", "add", "local", "10.77.0.8/30", "dev", "lo"], check=True)
    lan.agent.run(["ip", "route", "replace", "10.77.0.0/24", "via", "10.66.7.1"], check=True)
    scope = (*NETWORKS, "10.77.0.0/24")

    async def scenario(hearing: Hearing) -> None:
        await hearing.collect(echo.collect, scope)

    hearing = listening(lan, scenario, scope)
    answers = [one for one in hearing.observations if isinstance(one, EchoAnswered)]
    assert {one.address for one in answers} == {f"10.77.0.{host}" for host in (8, 9, 10, 11)}
    assert all(one.rtt_s is not None and 0 <= one.rtt_s < 1 for one in answers)
    assert len(answers) == 4


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


@pytest.mark.parametrize("pace", [1000, 5000])
def test_the_pace_holds_on_a_real_link(make_lan: Callable[[LanPlan], Lan], pace: int) -> None:
    plan, alive = wide("10.66.0.0/22")
    lan = make_lan(plan)

    async def scenario(hearing: Hearing) -> None:
        finished = await hearing.tap.run(
            ArpSweep(id=hearing.tap.next_id(), sender=hearing.sender, networks=(plan.ipv4,))
        )
        assert finished.duration_s <= (finished.sent / pace + 2 * 0.3) * 1.1
        assert finished.sent / pace <= finished.duration_s
        assert finished.received == len(alive)

    found = listening(lan, scenario, [plan.ipv4], pace).addresses()
    assert {address for all_of in found.values() for address in all_of} == alive


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
