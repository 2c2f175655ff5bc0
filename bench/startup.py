"""How long the program takes to start, what it loads, and a whole scan from a cold start."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from agent.lab import build, sized
from bench.row import Row

RUNS = 5
HOSTS = 30  # the router among them
ROOT = Path(__file__).parent.parent
PROGRAM = (sys.executable, "-c", "import sys; from agent.main import main; sys.exit(main())")
# What a running agent has loaded: the service with its pages, the store, the checks.
IMPORTS = """
import resource, sys, time
began = time.perf_counter()
import agent.commands.run, agent.service
took = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(took, peak, any(name.split(".")[0] == "scapy" for name in sys.modules))
"""


def rows() -> list[Row]:
    """Measure; medians of five, processes started one after the other."""
    return [*_program(), _scan()]


def _program() -> list[Row]:
    help_s = _median(lambda: _timed((*PROGRAM, "--help")))
    imports = [_output((sys.executable, "-c", IMPORTS)).split() for _ in range(RUNS)]
    return [
        _bounded("lanwarden --help", help_s, 0.3, "s"),
        _bounded(
            "imports of the agent",
            statistics.median(float(took) * 1000 for took, _, _ in imports),
            500,
            "ms",
        ),
        _bounded(
            "memory of the agent after its imports",
            statistics.median(int(peak) / 1024 for _, peak, _ in imports),
            60,
            "MiB",
            "peak resident size, the interpreter included",
        ),
        _bounded(
            "scapy among the agent's imports",
            float(any(loaded == "True" for _, _, loaded in imports)),
            0,
            "times",
        ),
    ]


def _scan() -> Row:
    with build(sized(HOSTS - 1)) as lan:
        argv = (*PROGRAM, "scan", "--network", "10.66.7.0/24", "--json")

        def scan() -> float:
            began = time.perf_counter()
            done = lan.agent.run(argv, timeout_s=60, cwd=str(ROOT))
            took = time.perf_counter() - began
            macs = {mac for device in json.loads(done.stdout)["devices"] for mac in device["macs"]}
            missed = {host.mac for host in lan.truth().values()} - macs
            if missed:
                raise AssertionError(f"the scan missed {len(missed)} of {HOSTS} hosts")
            return took

        wall = _median(scan)
    return _bounded(
        f"scan of a /24 with {HOSTS} hosts, cold start to JSON", wall, 8, "s", "every host found"
    )


def _bounded(name: str, ours: float, goal: float, unit: str, note: str = "") -> Row:
    return Row(name, ours, None, None, goal, unit, note)


def _median(measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(RUNS))


def _timed(argv: Sequence[str]) -> float:
    began = time.perf_counter()
    _output(argv)
    return time.perf_counter() - began


def _output(argv: Sequence[str]) -> str:
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, check=True, text=True, timeout=60)
    return done.stdout
