"""IPv6 discovery beside nmap, alive6 and scan6, on a LAN of a hundred hosts of every sort.

What each tool finds is compared with what the hosts' own kernels say.
"""

import asyncio
import re
import statistics
import time
from collections.abc import Callable, Sequence
from ipaddress import IPv6Address

import msgspec

from agent.lab import HostTruth, Lan, build, sized
from bench.hearing import Hearing, require, with_tap
from bench.peers import missing, run
from bench.row import Row
from collectors import arp, link_query, solicit
from collectors.candidates import unexplained_groups
from collectors.observation import AddressSeen

RUNS = 5
HOSTS = 100
IPV6_NETWORKS = ("10.66.7.0/24", "2001:db8:66:7::/64")


def rows() -> list[Row]:
    """Measure everything; AssertionError when a sweep of ours misses a host or invents one."""
    return _ipv6()


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
            if missing(argv[0]):
                continue
            done = run(lan.agent, argv)
            walls[name] = done.wall_s
            found[name] = addresses_in(done.output)
    with build(sized(HOSTS)) as lan:
        joined = with_tap(lan, IPV6_NETWORKS, 1000, lambda hearing: _join(lan, hearing))
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
    require(all(one.ghosts == 0 for one in ours), "a cold scan invents addresses")
    name = f"IPv6, cold scan of {len(truth)} mixed hosts"
    wall = statistics.median(scan.wall_s for scan in scans)
    slowest = max(walls.values(), default=wall)
    absent = [why for argv in _IPV6_PEERS.values() if (why := missing(argv[0]))]
    peers = "; ".join(("theirs: all peers together", *absent))
    return [
        Row(
            f"{name}: hosts missed",
            max(one.hosts for one in ours),
            together.hosts,
            None,
            0,
            "hosts",
            f"{peers}; {_each(each, lambda one: one.hosts)}",
            incomparable=bool(absent),
        ),
        Row(
            f"{name}: addresses missed that an active probe can give",
            max(one.attainable for one in ours),
            together.attainable,
            None,
            0,
            "addresses",
            f"{peers}; {_each(each, lambda one: one.attainable)}",
            incomparable=bool(absent),
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

    async def scan(hearing: Hearing) -> tuple[_Missed, int]:
        await asyncio.gather(hearing.collect(arp.collect), hearing.collect(link_query.collect))
        await hearing.collect(solicit.collect)
        found = {one.address for one in hearing.observations if isinstance(one, AddressSeen)}
        return _missed({one for one in found if ":" in one}, truth), _untold(hearing, truth)

    missed, untold = with_tap(lan, IPV6_NETWORKS, 1000, scan)
    return _Scan(missed, untold, time.perf_counter() - began)


async def _join(lan: Lan, hearing: Hearing) -> int:
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
    require(bool(has), "the hosts have no addresses")
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


def _untold(hearing: Hearing, truth: dict[str, HostTruth]) -> int:
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


def addresses_in(output: str) -> set[str]:
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
