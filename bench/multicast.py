"""A thousand hosts on one bridge: our multicast listener query beside nmap's and alive6.

Every host is a network namespace with a kernel stack of its own, on an isolated port of the bridge.
A host answers with the groups of all its addresses, after a random part of the longest delay.

All namespaces share the machine's one table of IPv6 neighbours, in which every sender needs a row
for the group that it sends to. Its bounds, made for one host, are raised for the time of the run.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from agent.lab import Host, Lan, LanPlan, build
from bench.discovery import addresses_in
from bench.hearing import Hearing, require, with_tap
from bench.peers import Run, missing, not_compared, recall, run, timed
from bench.row import Row
from collectors.observation import GroupsReported
from collectors.tap.messages import LinkQuery

HOSTS = 1000
RUNS = 5
REST_S = 1.05  # what was told is told again after a second
NETWORKS = ("10.66.0.0/20", "2001:db8:66:7::/64")
NEIGHBOURS = Path("/proc/sys/net/ipv6/neigh/default")
NEIGHBOUR_ROWS = 16384
NMAP = ("nmap", "-6", "-e", "eth0", "--script", "targets-ipv6-multicast-mld")
ALIVE6 = ("atk6-alive6", "eth0")


def rows() -> list[Row]:
    """Measure; AssertionError when ours misses a host or invents one."""
    with ExitStack() as stack:
        stack.enter_context(_roomy_neighbour_table())
        lan = stack.enter_context(build(_plan()))
        alive = frozenset(
            one.address
            for host in lan.hosts.values()
            for card in host.truth().interfaces
            for one in card.ipv6
        )
        require(len(alive) == HOSTS, f"{len(alive)} addresses of {HOSTS} hosts")
        # Ours first: nmap's query is of version 1 and leaves all hosts in that version.
        ours = with_tap(lan, NETWORKS, 1000, lambda hearing: _queries(hearing, alive))
        alive6 = _peer(lan, ALIVE6, alive)
        nmap = _peer(lan, NMAP, alive)
    mine = timed(ours)
    name = f"IPv6, {HOSTS:,} hosts, listener query"
    note = f"every host found, no ghosts; a kernel stack each; ours the median of {RUNS}"
    return [
        _compared(f"{name}, nmap multicast-mld", mine.wall_s, nmap, False, 0.2, note),
        _compared(f"{name}, processor time, alive6", mine.cpu_s, alive6, True, 0.05, note),
    ]


@contextmanager
def _roomy_neighbour_table() -> Iterator[None]:
    """Raise the bounds and put them back; AssertionError where that is not allowed."""
    bounds = {path: path.read_text(encoding="ascii") for path in NEIGHBOURS.glob("gc_thresh*")}
    try:
        for path, before in bounds.items():
            try:
                path.write_text(str(max(int(before), NEIGHBOUR_ROWS)), encoding="ascii")
            except OSError as error:
                raise AssertionError(f"{path} cannot be raised: {error.strerror}") from error
        yield
    finally:
        for path, before in bounds.items():
            with suppress(OSError):
                path.write_text(before, encoding="ascii")


def _plan() -> LanPlan:
    """Hosts that have a link-local address each, as without a router."""
    hosts = tuple(
        Host(
            name=f"host-{number:04}",
            kind="other",
            mac=f"02:66:00:00:{number >> 8:02x}:{number & 0xFF:02x}",
        )
        for number in range(HOSTS)
    )
    agent = Host(name="agent", kind="server", mac="b8:27:eb:66:07:02", ipv4="10.66.7.2")
    return LanPlan(hosts=hosts, agent=agent, gateway=None, isolated=True)


async def _queries(hearing: Hearing, alive: frozenset[str]) -> list[tuple[Run, float]]:
    done = []
    for _ in range(RUNS):
        hearing.observations.clear()
        began, cpu_s = time.perf_counter(), hearing.cpu_s
        await hearing.tap.run(
            LinkQuery(id=hearing.tap.next_id(), sender=hearing.sender, steps=("mld",))
        )
        wall_s, cpu_s = time.perf_counter() - began, hearing.cpu_s - cpu_s
        reports = [one for one in hearing.observations if isinstance(one, GroupsReported)]
        found = {one.address for one in reports}
        require(found == alive, f"{len(alive - found)} missed, {len(found - alive)} ghosts")
        done.append((Run(wall_s, cpu_s, ""), 1.0))
        await asyncio.sleep(REST_S)
    return done


def _peer(lan: Lan, argv: tuple[str, ...], alive: frozenset[str]) -> tuple[Run, float] | str:
    why = missing(argv[0])
    if why:
        return why
    done = run(lan.agent, argv)
    return done, recall(addresses_in(done.output), alive)


def _compared(
    name: str,
    ours: float,
    peer: tuple[Run, float] | str,
    cpu: bool,
    goal: float,
    note: str,
) -> Row:
    if isinstance(peer, str):
        return not_compared(name, ours, goal, "s", peer)
    done, found = peer
    its = done.cpu_s if cpu else done.wall_s
    return Row(name, ours, its, ours / its, goal, "s", f"{note}; theirs finds {found:.1%}, one run")
