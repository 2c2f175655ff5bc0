"""TCP presence beside nmap: a hundred hosts of thirty ports, of which some drop what comes in.

One namespace answers for all hosts with its kernel's TCP. Ours runs without its usual bounds on
rates, as the peer does; at its default pace it is slow on purpose. Both wait one second at most for
an answer, and both ask a silent port again sooner where the host answers quickly elsewhere.
"""

import asyncio
import math
import re
import sys
import time
from ipaddress import IPv4Address
from pathlib import Path

from agent.lab import Host, Lan, LanPlan, build
from bench.hearing import require
from bench.peers import Run, missing, not_compared, run, timed
from bench.row import Row
from collectors import tcp
from collectors.contract import Context, Limits, Target
from collectors.observation import ServiceSeen
from collectors.scope import Link, Scope

RUNS = 5
HOSTS = tuple(str(IPv4Address("10.66.7.20") + number) for number in range(100))
# Of those that greet none: the peer does not wait for greetings, and ours would.
OPEN = (80, 88, 443, 445, 3389, 5060, 8080, 8443)
DROPPED = (135, 1433, 5432, 8000)
CLOSED = (
    53, 81, 82, 110, 111, 139, 143, 389, 548, 554, 587, 631, 993, 995, 1723, 3306, 5985, 8888,
)  # fmt: skip
PORTS = tuple(sorted(OPEN + DROPPED + CLOSED))
UNBOUNDED = Limits(
    connections_per_second=math.inf,
    attempts_per_second=math.inf,
    devices_in_parallel=len(HOSTS),
    device_gap_s=0.0,
    attempts_in_flight=30,
    connect_timeout_s=1.0,
)
NMAP = ("nmap", "-sT", "-T4", "-Pn", "-n", "--max-rtt-timeout", "1s", "-oG", "-")
EXPECTED = {
    (host, port): state
    for host in HOSTS
    for ports, state in ((OPEN, "open"), (DROPPED, "filtered"), (CLOSED, "closed"))
    for port in ports
}
FILTER = """
table inet bench {
  chain input {
    type filter hook input priority 0;
    tcp dport { %s } drop
  }
}
"""
ROOT = Path(__file__).parent.parent


def rows() -> list[Row]:
    """Measure; AssertionError when ours takes one port for what it is not."""
    name = f"TCP presence, {len(HOSTS)} hosts x {len(PORTS)} ports, unpaced"
    peer = ("nmap", *NMAP[1:], "-p", ",".join(map(str, PORTS)), *HOSTS)
    ours, theirs = [], []
    with build(_plan()) as lan:
        _answer(lan)
        for _ in range(RUNS):
            ours.append((_visit(lan), 1.0))
            if not missing(NMAP[0]):
                done = run(lan.agent, peer)
                theirs.append((done, _share_of_right(done.output)))
    mine = timed(ours)
    if not theirs:
        return [not_compared(f"{name}, nmap -sT -T4", mine.wall_s, 0.4, "s", missing(NMAP[0]))]
    its = timed(theirs)
    silent = len(DROPPED) * len(HOSTS)
    note = (
        f"{silent} ports drop; all {len(EXPECTED):,} ports told right, theirs {its.recall:.1%}; "
        f"median of {RUNS}"
    )
    return [
        Row(
            f"{name}, nmap -sT -T4",
            mine.wall_s,
            its.wall_s,
            mine.wall_s / its.wall_s,
            0.4,
            "s",
            note,
        ),
        Row(
            f"{name}, processor time", mine.cpu_s, its.cpu_s, mine.cpu_s / its.cpu_s, None, "s", ""
        ),
    ]


def _plan() -> LanPlan:
    crowd = Host(
        name="crowd",
        kind="other",
        mac="02:66:00:00:ff:01",
        ipv6="none",
        any_ip=tuple(f"{host}/32" for host in HOSTS),
    )
    agent = Host(name="agent", kind="server", mac="b8:27:eb:66:07:02", ipv4="10.66.7.2")
    return LanPlan(hosts=(crowd,), agent=agent, gateway=None)


def _answer(lan: Lan) -> None:
    crowd = lan.hosts["crowd"]
    rules = FILTER % ", ".join(map(str, DROPPED))
    crowd.run(["nft", "-f", "-"], input_bytes=rules.encode(), check=True)
    argv = [sys.executable, "-m", "bench.answering", *map(str, OPEN)]
    server = crowd.popen(argv, stdout=-1, cwd=str(ROOT))
    assert server.stdout is not None
    require(server.stdout.readline() == b"ready\n", "the far end does not listen")


def _visit(lan: Lan) -> Run:
    """Visit all hosts once; AssertionError unless every port is told right."""

    async def visit() -> dict[tuple[str, int], str]:
        found: dict[tuple[str, int], str] = {}
        async for one in tcp.collect(_context()):
            if isinstance(one, ServiceSeen):
                found[one.address, one.port] = str(one.state)
        return found

    began, cpu_s = time.perf_counter(), time.process_time()
    found = lan.agent.enter(lambda: asyncio.run(visit()))
    done = Run(time.perf_counter() - began, time.process_time() - cpu_s, "")
    wrong = [key for key, state in EXPECTED.items() if found.get(key) != state]
    require(not wrong and len(found) == len(EXPECTED), f"{len(wrong)} ports are told wrong")
    return done


def _context() -> Context:
    network = "10.66.7.0/24"
    link = Link("eth0", 2, "b8:27:eb:66:07:02", ("10.66.7.2/24",), ())
    return Context(
        scope=Scope(networks=(network,), links=(link,)),
        limits=UNBOUNDED,
        tap=None,
        tap_missing="not needed",
        targets=tuple(Target(device=host, addresses=(host,), interface="eth0") for host in HOSTS),
        progress=lambda done, total: None,
        clock=time.time,
        options={tcp.PORTS_OPTION: PORTS},
    )


def _share_of_right(output: str) -> float:
    """How many of the ports nmap's greppable output tells right."""
    told: dict[tuple[str, int], str] = {}
    for line in output.splitlines():
        host = re.match(r"Host: (\S+)", line)
        if host is None or "Ports:" not in line:
            continue
        for port, state in re.findall(r"(\d+)/(open|closed|filtered)/", line):
            told[host[1], int(port)] = state
        rest = re.search(r"Ignored State: (open|closed|filtered)", line)
        if rest is not None:
            for port in PORTS:
                told.setdefault((host[1], port), rest[1])
    return sum(told.get(key) == state for key, state in EXPECTED.items()) / len(EXPECTED)
