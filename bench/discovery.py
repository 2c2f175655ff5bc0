"""Finding devices: our sweeps beside arp-scan, nmap, alive6 and scan6, on LANs in namespaces.

IPv4: one namespace answers for a tenth of all addresses. Ours is timed in a running tap, as the
agent has one; the peers are timed as whole processes, at their defaults. IPv6: a hundred hosts of
every sort. What each tool finds is compared with what the hosts' own kernels say.
"""

import asyncio
import re
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv6Address
from typing import TypeVar

import msgspec

from agent.lab import HostTruth, Lan, build, sized, wide
from bench.row import Row
from collectors import arp, link_query, solicit
from collectors.candidates import unexplained_groups
from collectors.contract import Collector, Context, Limits
from collectors.observation import AddressSeen, AnyObservation
from collectors.scope import Link, Scope
from collectors.tap.client import TapClient
from collectors.tap.messages import ArpSweep, Sender, Watch
from collectors.tap.own import OwnLink, read_own_links

RUNS = 5
HOSTS = 100
IPV6_NETWORKS = ("10.66.7.0/24", "2001:db8:66:7::/64")
T = TypeVar("T")


def rows() -> list[Row]:
    """Measure everything; AssertionError when a sweep of ours misses a host or invents one."""
    return [*_arp_24(), *_arp_20(), *_ipv6()]


class _Timed(msgspec.Struct, frozen=True):
    """The median wall time of a tool in seconds, and the worst recall of its runs."""

    wall_s: float
    recall: float
    runs: int


def _arp_24() -> list[Row]:
    plan, alive = wide("10.66.7.0/24")
    with build(plan) as lan:
        ours = _our_sweeps(lan, plan.ipv4, alive, 1000)
        nmap = _peer(lan, ["nmap", "-sn", "-n", plan.ipv4], alive, RUNS)
        arp_scan = _peer(lan, ["arp-scan", "-I", "eth0", plan.ipv4], alive, RUNS)
    name = "ARP sweep of a /24, default pace"
    return [
        _compared(f"{name}, nmap -sn -n", ours, nmap, 0.5),
        _compared(f"{name}, arp-scan", ours, arp_scan, 0.7),
    ]


def _arp_20() -> list[Row]:
    plan, alive = wide("10.66.0.0/20")
    with build(plan) as lan:
        ours = _our_sweeps(lan, plan.ipv4, alive, 5000)
        nmap = _peer(lan, ["nmap", "-sn", "-n", plan.ipv4], alive, 1)
        arp_scan = _peer(lan, ["arp-scan", "-I", "eth0", plan.ipv4], alive, 1)
    name = "ARP sweep of a /20 at 5,000/s"
    return [
        _compared(f"{name}, nmap -sn -n", ours, nmap, 0.1),
        _compared(f"{name}, arp-scan", ours, arp_scan, 0.15),
    ]


def _our_sweeps(lan: Lan, network: str, alive: frozenset[str], pace: int) -> _Timed:
    async def sweep(hearing: "_Hearing") -> _Timed:
        walls = []
        for _ in range(RUNS):
            hearing.observations.clear()
            began = time.perf_counter()
            finished = await hearing.tap.run(
                ArpSweep(id=hearing.tap.next_id(), sender=hearing.sender, networks=(network,))
            )
            walls.append(time.perf_counter() - began)
            found = {one.address for one in hearing.observations if isinstance(one, AddressSeen)}
            _require(found == alive, f"{len(alive - found)} missed, {len(found - alive)} ghosts")
            bound = (finished.sent / pace + 2 * 0.3) * 1.1
            _require(walls[-1] <= bound, f"{walls[-1]:.2f} s is above the bound of {bound:.2f} s")
            await asyncio.sleep(1.0)  # so that repeated sightings are news again
        return _Timed(statistics.median(walls), 1.0, RUNS)

    return _with_tap(lan, (network,), pace, sweep)


def _peer(lan: Lan, argv: Sequence[str], alive: frozenset[str], runs: int) -> _Timed:
    walls, recalls = [], []
    for _ in range(runs):
        began = time.perf_counter()
        done = lan.agent.run(argv, timeout_s=300, check=True)
        walls.append(time.perf_counter() - began)
        found = set(re.findall(r"10\.66\.\d+\.\d+", _hosts_up(done.stdout.decode())))
        recalls.append(len(found & alive) / len(alive))
    return _Timed(statistics.median(walls), min(recalls), runs)


def _hosts_up(output: str) -> str:
    """The lines that name a host: nmap's reports, arp-scan's table."""
    lines = output.splitlines()
    return "\n".join(line for line in lines if line.startswith(("Nmap scan report", "10.")))


def _compared(name: str, ours: _Timed, peer: _Timed, goal: float) -> Row:
    runs = "one run" if peer.runs == 1 else f"median of {peer.runs}"
    return Row(
        name,
        ours.wall_s,
        peer.wall_s,
        ours.wall_s / peer.wall_s,
        goal,
        "s",
        f"recall {ours.recall:.3f} and no ghosts, theirs {peer.recall:.3f} ({runs})",
    )


class _Missed(msgspec.Struct, frozen=True):
    """What a set of IPv6 addresses lacks and has too much, against the kernels' own word."""

    hosts: int
    attainable: int  # addresses that an active probe can give
    all: int
    ghosts: int


class _Scan(msgspec.Struct, frozen=True):
    """One cold scan of ours; `untold` counts hosts whose groups misjudge what is missing."""

    missed: _Missed
    untold: int
    wall_s: float


def _ipv6() -> list[Row]:
    with build(sized(HOSTS)) as lan:
        truth = lan.truth()
        # Ours first: nmap's query is of version 1 and leaves all hosts in that version.
        scans = [_cold_scan(lan, truth) for _ in range(RUNS)]
        found, walls = {}, {}
        for name, argv in _IPV6_PEERS.items():
            began = time.perf_counter()
            output = lan.agent.run(argv, timeout_s=300, check=True).stdout.decode()
            walls[name] = time.perf_counter() - began
            found[name] = _addresses(output)
    with build(sized(HOSTS)) as lan:
        joined = _with_tap(lan, IPV6_NETWORKS, 1000, lambda hearing: _join(lan, hearing))
    return _ipv6_rows(truth, scans, found, walls, joined)


def _ipv6_rows(
    truth: dict[str, HostTruth],
    scans: Sequence[_Scan],
    found: dict[str, set[str]],
    walls: dict[str, float],
    joined: int,
) -> list[Row]:
    each = {name: _missed(addresses, truth) for name, addresses in found.items()}
    together = _missed(set().union(*found.values()), truth)
    ours = [scan.missed for scan in scans]
    _require(all(one.ghosts == 0 for one in ours), "a cold scan invents addresses")
    name = f"IPv6, cold scan of {len(truth)} mixed hosts"
    wall = statistics.median(scan.wall_s for scan in scans)
    slowest = max(walls.values())
    return [
        Row(
            f"{name}: hosts missed",
            max(one.hosts for one in ours),
            together.hosts,
            None,
            0,
            "hosts",
            "theirs: all peers together; " + _each(each, lambda one: one.hosts),
        ),
        Row(
            f"{name}: addresses missed that an active probe can give",
            max(one.attainable for one in ours),
            together.attainable,
            None,
            0,
            "addresses",
            "theirs: all peers together; " + _each(each, lambda one: one.attainable),
        ),
        Row(
            f"{name}: all addresses missed",
            max(one.all for one in ours),
            together.all,
            None,
            None,
            "addresses",
            "random ones that nothing uses yet; " + _each(each, lambda one: one.all),
        ),
        Row(
            f"{name}: hosts whose missing addresses are miscounted",
            max(scan.untold for scan in scans),
            None,
            None,
            0,
            "hosts",
            "the groups that a host reports tell how many addresses it has; no peer says so",
        ),
        Row(
            f"{name}: wall time",
            wall,
            slowest,
            wall / slowest,
            None,
            "s",
            "theirs: the slowest; " + ", ".join(f"{who} {took:.1f}" for who, took in walls.items()),
        ),
        Row(
            f"IPv6, {len(truth) - 1} hosts join while the watch runs: addresses missed",
            joined,
            None,
            None,
            0,
            "addresses",
            "of all that the hosts then have",
        ),
    ]


_IPV6_PEERS = {
    "alive6": ["atk6-alive6", "eth0"],
    "scan6": ["scan6", "-L", "-i", "eth0"],
    "nmap": [
        "nmap",
        "-6",
        "-e",
        "eth0",
        "--script",
        "targets-ipv6-multicast-echo,targets-ipv6-multicast-invalid-dst,targets-ipv6-multicast-mld",
    ],
}


def _cold_scan(lan: Lan, truth: dict[str, HostTruth]) -> _Scan:
    """From the start of the tap to the last answer."""
    began = time.perf_counter()

    async def scan(hearing: "_Hearing") -> tuple[_Missed, int]:
        await asyncio.gather(hearing.collect(arp.collect), hearing.collect(link_query.collect))
        await hearing.collect(solicit.collect)
        found = {one.address for one in hearing.observations if isinstance(one, AddressSeen)}
        return _missed({one for one in found if ":" in one}, truth), _untold(hearing, truth)

    missed, untold = _with_tap(lan, IPV6_NETWORKS, 1000, scan)
    return _Scan(missed, untold, time.perf_counter() - began)


async def _join(lan: Lan, hearing: "_Hearing") -> int:
    """Start all hosts anew while listening; how many of their addresses were never heard."""
    joining = [host for name, host in lan.hosts.items() if name != "gw"]
    await hearing.collect(link_query.collect)
    hearing.observations.clear()
    for state in ("down", "up"):
        for host in joining:
            host.run(["ip", "link", "set", "eth0", state], check=True)
    await asyncio.to_thread(lan.settle, joining, 60.0)
    await asyncio.sleep(1.0)
    heard = {(one.mac, one.address) for one in hearing.observations if isinstance(one, AddressSeen)}
    has = {
        (truth.mac, address)
        for truth in (host.truth() for host in joining)
        for address in truth.ipv6
    }
    _require(bool(has), "the hosts have no addresses")
    return len(has - heard)


def _missed(found: set[str], truth: dict[str, HostTruth]) -> _Missed:
    has = {address for host in truth.values() for address in host.ipv6}
    attainable = {address for host in truth.values() for address in _attainable(host)}
    return _Missed(
        sum(not found & set(host.ipv6) for host in truth.values()),
        len(attainable - found),
        len(has - found),
        len(found - has),
    )


def _attainable(host: HostTruth) -> set[str]:
    """What a host answers with: its link-local address, and the global one that it prefers.

    A host that drops everything answers from the link-local one alone; the other addresses are
    random, so nobody can ask for them.
    """
    local = {address for address in host.ipv6 if IPv6Address(address).is_link_local}
    if host.name.startswith("drop_all"):
        return local
    return local | set(host.temporary_ipv6 or host.global_ipv6)


def _untold(hearing: "_Hearing", truth: dict[str, HostTruth]) -> int:
    context = hearing.context
    stations = {
        one.mac: one
        for one in solicit.known_stations(context, context.scope.links[0], hearing.observations)
    }
    return sum(
        host.mac not in stations
        or {_low_24_bits(one) for one in unexplained_groups(stations[host.mac])}
        != {_low_24_bits(one) for one in host.ipv6}
        - {_low_24_bits(one) for one in stations[host.mac].addresses if ":" in one}
        for host in truth.values()
    )


def _low_24_bits(address: str) -> bytes:
    return IPv6Address(address).packed[13:]


def _addresses(output: str) -> set[str]:
    """Every IPv6 address in a tool's output but its own host's groups."""
    found = set()
    for word in re.findall(r"[0-9a-f]*:[0-9a-f:]+", output):
        try:
            address = IPv6Address(word)
        except ValueError:
            continue
        if not address.is_multicast and not address.is_unspecified:
            found.add(str(address))
    return found


def _each(missed: dict[str, _Missed], figure: Callable[[_Missed], int]) -> str:
    return ", ".join(f"{name} {figure(one)}" for name, one in missed.items())


class _Hearing:
    """A running tap in the agent's host, and what it heard."""

    def __init__(self, networks: tuple[str, ...]) -> None:
        self.observations: list[AnyObservation] = []
        self.tap: TapClient
        self.own: OwnLink
        self._networks = networks

    @property
    def sender(self) -> Sender:
        return Sender(interface=self.own.name, mac=self.own.mac)

    @property
    def context(self) -> Context:
        own = self.own
        link = Link(
            own.name,
            own.index,
            own.mac,
            tuple(str(one) for one in own.addresses if one.version == 4),
            tuple(str(one) for one in own.addresses if one.version == 6),
        )
        return Context(
            scope=Scope(networks=self._networks, links=(link,)),
            limits=Limits(),
            tap=self.tap,
            tap_missing="",
            targets=(),
            progress=lambda done, total: None,
            clock=time.time,
        )

    async def collect(self, collector: Collector) -> None:
        async for _ in collector(self.context):
            pass


def _with_tap(
    lan: Lan,
    networks: tuple[str, ...],
    pace: int,
    scenario: Callable[[_Hearing], Awaitable[T]],
) -> T:
    async def run() -> T:
        hearing = _Hearing(networks)
        async with TapClient.spawn(
            networks=networks, pace=pace, on_observations=hearing.observations.extend
        ) as hearing.tap:
            hearing.own = next(one for one in read_own_links() if one.name == "eth0")
            await hearing.tap.run(Watch(id=hearing.tap.next_id(), interfaces=("eth0",)))
            return await scenario(hearing)

    return lan.agent.enter(lambda: asyncio.run(run()))


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)
