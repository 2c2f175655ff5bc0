"""The programs that we compare ourselves with: whether they are there, how long they take."""

import re
import resource
import shutil
import statistics
import time
from collections.abc import Iterable, Sequence

import msgspec

from agent.lab import LabHost
from agent.lab.processes import PROGRAM_PATH
from bench.row import Row

TIMEOUT_S = 300


class Run(msgspec.Struct, frozen=True):
    """One run of a program: wall and processor seconds, and what it printed."""

    wall_s: float
    cpu_s: float
    output: str


class Timed(msgspec.Struct, frozen=True):
    """Medians of several runs of one tool, and the worst recall among them."""

    wall_s: float
    cpu_s: float
    recall: float
    runs: int


def missing(program: str) -> str:
    """Why a program cannot be compared with; empty when it is there."""
    found = shutil.which(program, path=PROGRAM_PATH)
    return "" if found else f"{program} is not installed"


def run(host: LabHost, argv: Sequence[str]) -> Run:
    """Run a program in a host to its end; LabError when it fails."""
    before, began = _children_cpu_s(), time.perf_counter()
    done = host.run(argv, timeout_s=TIMEOUT_S, check=True)
    wall_s = time.perf_counter() - began
    return Run(wall_s, _children_cpu_s() - before, done.stdout.decode(errors="replace"))


def timed(runs: Sequence[tuple[Run, float]]) -> Timed:
    """The medians of runs, each with its recall."""
    return Timed(
        statistics.median(one.wall_s for one, _ in runs),
        statistics.median(one.cpu_s for one, _ in runs),
        min(recall for _, recall in runs),
        len(runs),
    )


def hosts_in(output: str) -> set[str]:
    """The lab's IPv4 addresses that nmap's reports or arp-scan's table name."""
    lines = [line for line in output.splitlines() if line.startswith(("Nmap scan report", "10."))]
    return set(re.findall(r"10\.66\.\d+\.\d+", "\n".join(lines)))


def recall(found: Iterable[str], alive: frozenset[str]) -> float:
    """How much of what is alive was found."""
    return len(alive.intersection(found)) / len(alive)


def not_compared(name: str, ours: float, goal: float | None, unit: str, why: str) -> Row:
    """The row of a comparison that could not be made: shown, and not met."""
    return Row(name, ours, None, None, goal, unit, why, incomparable=True)


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
