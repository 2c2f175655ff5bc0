"""ARP sweeps beside arp-scan and nmap, on LANs where one namespace answers for a tenth of all.

Ours is timed in a running tap, as the agent has one; the peers are timed as whole processes. What
each finds is compared with the addresses that are alive. Unpaced is `lanwarden-tap --pace 0`, which
no configuration asks for: [tap] pace_per_second takes 1 to 100,000, and 1,000 unless it is set.
"""

import asyncio
import time
from collections.abc import Sequence

from agent.lab import Lan, build, wide
from bench.hearing import Hearing, require, with_tap
from bench.peers import Run, Timed, hosts_in, missing, not_compared, recall, run, timed
from bench.row import Row
from collectors.observation import AddressSeen
from collectors.tap.messages import ArpSweep

RUNS = 5
LOSSY_RUNS = 3
UNPACED = 0
MOST_MISSED_PERCENT = 0.2
# A sighting that is told is not told again within a second.
REST_S = 1.05
# Both ways through one card: the questions come in, the answers go out.
LOSS = """
table netdev loss {
  chain questions {
    type filter hook ingress device "eth0" priority 0;
    ether type arp numgen random mod 100 == 0 drop
  }
  chain answers {
    type filter hook egress device "eth0" priority 0;
    ether type arp numgen random mod 100 == 0 drop
  }
}
"""


def rows() -> list[Row]:
    """Measure everything; AssertionError when a sweep of ours misses a host or invents one."""
    return [*_small(), *_medium(), *_large(), *_lossy()]


def _small() -> list[Row]:
    plan, alive = wide("10.66.7.0/24")
    with build(plan) as lan:
        ours = _our_sweeps(lan, plan.ipv4, alive, 1000, RUNS)
        nmap = _peer(lan, ["nmap", "-sn", "-n", plan.ipv4], alive, RUNS)
        arp_scan = _peer(lan, ["arp-scan", "-I", "eth0", plan.ipv4], alive, RUNS)
    name = "ARP sweep of a /24, default pace"
    return [
        _compared(f"{name}, nmap -sn -n", ours, nmap, 0.5),
        _compared(f"{name}, arp-scan", ours, arp_scan, 0.7),
    ]


def _medium() -> list[Row]:
    plan, alive = wide("10.66.0.0/20")
    with build(plan) as lan:
        ours = _our_sweeps(lan, plan.ipv4, alive, 5000, RUNS)
        nmap = _peer(lan, ["nmap", "-sn", "-n", plan.ipv4], alive, 1)
        arp_scan = _peer(lan, ["arp-scan", "-I", "eth0", plan.ipv4], alive, 1)
    name = "ARP sweep of a /20 at 5,000/s"
    return [
        _compared(f"{name}, nmap -sn -n", ours, nmap, 0.1),
        _compared(f"{name}, arp-scan", ours, arp_scan, 0.15),
    ]


def _large() -> list[Row]:
    plan, alive = wide("10.66.0.0/16")
    peer = ["arp-scan", "-I", "eth0", "-B", "100M", plan.ipv4]

    async def in_turns(hearing: Hearing) -> tuple[Timed, Timed | str]:
        mine, its = [], []
        for _ in range(RUNS):
            mine.append(await _sweep(hearing, plan.ipv4, alive, UNPACED))
            its.append(await asyncio.to_thread(_peer, lan, peer, alive, 1))
        return timed(mine), _together(its)

    with build(plan) as lan:
        ours, arp_scan = with_tap(lan, (plan.ipv4,), UNPACED, in_turns)
    name = "ARP sweep of a /16, unpaced"
    return [
        _compared(f"{name}, arp-scan -B 100M", ours, arp_scan, 1.0),
        _compared(f"{name}, processor time, arp-scan -B 100M", ours, arp_scan, None, cpu=True),
    ]


def _lossy() -> list[Row]:
    """The share of the living that is missed where a hundredth of all frames is lost, each way."""
    plan, alive = wide("10.66.0.0/16")
    with build(plan) as lan:
        lan.hosts["crowd"].run(["nft", "-f", "-"], input_bytes=LOSS.encode(), check=True)
        ours = _our_sweeps(lan, plan.ipv4, alive, UNPACED, LOSSY_RUNS, 0.0)
    return [
        Row(
            "ARP sweep of a /16, unpaced, 1 % of frames lost each way: hosts missed",
            round((1 - ours.recall) * 100, 3),
            None,
            None,
            MOST_MISSED_PERCENT,
            "%",
            f"of {len(alive):,}; the worst of {LOSSY_RUNS} sweeps, with the usual two tries",
        )
    ]


def _our_sweeps(
    lan: Lan,
    network: str,
    alive: frozenset[str],
    pace: int,
    runs: int,
    least_recall: float = 1.0,
) -> Timed:
    async def sweeps(hearing: Hearing) -> Timed:
        return timed(
            [await _sweep(hearing, network, alive, pace, least_recall) for _ in range(runs)]
        )

    return with_tap(lan, (network,), pace, sweeps)


async def _sweep(
    hearing: Hearing, network: str, alive: frozenset[str], pace: int, least_recall: float = 1.0
) -> tuple[Run, float]:
    """One sweep and its recall; AssertionError for a ghost, a miss too many, or lost time."""
    hearing.observations.clear()
    began, cpu_s = time.perf_counter(), hearing.cpu_s
    finished = await hearing.tap.run(
        ArpSweep(id=hearing.tap.next_id(), sender=hearing.sender, networks=(network,))
    )
    wall_s, cpu_s = time.perf_counter() - began, hearing.cpu_s - cpu_s
    found = {one.address for one in hearing.observations if isinstance(one, AddressSeen)}
    require(not found - alive, f"{len(found - alive)} ghosts")
    require(recall(found, alive) >= least_recall, f"{len(alive - found)} of {network} missed")
    if pace:
        bound = (finished.sent / pace + 2 * 0.3) * 1.1
        require(wall_s <= bound, f"{wall_s:.2f} s is above the bound of {bound:.2f} s")
    await asyncio.sleep(REST_S)
    return Run(wall_s, cpu_s, ""), recall(found, alive)


def _peer(lan: Lan, argv: Sequence[str], alive: frozenset[str], runs: int) -> Timed | str:
    """The peer's figures, or why there are none."""
    why = missing(argv[0])
    if why:
        return why
    done = [run(lan.agent, argv) for _ in range(runs)]
    return timed([(one, recall(hosts_in(one.output), alive)) for one in done])


def _together(parts: Sequence[Timed | str]) -> Timed | str:
    """The median of medians; a reason instead of figures stays one."""
    whole: list[Timed] = []
    for part in parts:
        if isinstance(part, str):
            return part
        whole.append(part)
    runs = [(Run(part.wall_s, part.cpu_s, ""), part.recall) for part in whole]
    return timed(runs)


def _compared(
    name: str, ours: Timed, peer: Timed | str, goal: float | None, cpu: bool = False
) -> Row:
    mine = ours.cpu_s if cpu else ours.wall_s
    if isinstance(peer, str):
        return not_compared(name, mine, goal, "s", peer)
    its = peer.cpu_s if cpu else peer.wall_s
    runs = "one run" if peer.runs == 1 else f"median of {peer.runs}"
    note = f"recall {ours.recall:.3f} and no ghosts, theirs {peer.recall:.3f} ({runs})"
    return Row(name, mine, its, mine / its, goal, "s", note)
