"""How long the program takes to start, what it loads, and a whole scan from a cold start.

An installation holds compiled modules. The environment here may forbid them, and a module would
then be compiled at each start, so they are made beforehand, in a directory of this measurement.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from agent.lab import build, sized
from bench.row import Row

RUNS = 5
STARTS = 9  # short, so that one undisturbed by other programs is among them
HOSTS = 30  # the router among them
ROOT = Path(__file__).parent.parent
PROGRAM = (sys.executable, "-c", "import sys; from agent.main import main; sys.exit(main())")
# What a running agent has loaded: the service with its pages, the store, the checks.
IMPORTS = """
import json, resource, sys, time
began, ran = time.perf_counter(), time.process_time()
import agent.commands.run, agent.service
took, ran = time.perf_counter() - began, time.process_time() - ran
print(json.dumps({
    "wall_s": took,
    "processor_s": ran,
    "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    "modules": sorted({name.split(".")[0] for name in sys.modules}),
}))
"""


class Start(msgspec.Struct, frozen=True):
    """What one start took, and which packages were then loaded."""

    wall_s: float
    processor_s: float
    peak_kib: int = 0
    modules: tuple[str, ...] = ()


def rows() -> list[Row]:
    """Measure; processes are started one after the other."""
    with tempfile.TemporaryDirectory(prefix="lanwarden-bench-") as compiled:
        environment = _environment(compiled)
        return [*_program(environment), _scan(environment)]


def _environment(compiled: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": compiled}


def _program(environment: Mapping[str, str]) -> list[Row]:
    def help_page() -> Start:
        began, ran = time.perf_counter(), _processor_s()
        _output((*PROGRAM, "--help"), environment)
        return Start(time.perf_counter() - began, _processor_s() - ran)

    def imports() -> Start:
        return msgspec.json.decode(
            _output((sys.executable, "-c", IMPORTS), environment), type=Start
        )

    helped, imported = _quickest(help_page), _quickest(imports)
    return [
        _bounded("lanwarden --help", helped.wall_s, 0.3, "s", _took(helped)),
        _bounded("imports of the agent", imported.wall_s * 1000, 500, "ms", _took(imported)),
        _bounded(
            "memory of the agent after its imports",
            imported.peak_kib / 1024,
            60,
            "MiB",
            "peak resident size, the interpreter included",
        ),
        _bounded("scapy among the agent's imports", float("scapy" in imported.modules), 0, "times"),
    ]


def _quickest(start: Callable[[], Start]) -> Start:
    start()  # compiles
    return min((start() for _ in range(STARTS)), key=lambda one: one.wall_s)


def _took(start: Start) -> str:
    return f"the quickest of {STARTS} starts, {start.processor_s * 1000:.0f} ms of processor time"


def _processor_s() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _scan(environment: Mapping[str, str]) -> Row:
    with build(sized(HOSTS - 1)) as lan:
        argv = (*PROGRAM, "scan", "--network", "10.66.7.0/24", "--json")

        def scan() -> float:
            began = time.perf_counter()
            done = lan.agent.run(argv, timeout_s=60, env=environment, cwd=str(ROOT))
            took = time.perf_counter() - began
            macs = {mac for device in json.loads(done.stdout)["devices"] for mac in device["macs"]}
            missed = {host.mac for host in lan.truth().values()} - macs
            if missed:
                raise AssertionError(f"the scan missed {len(missed)} of {HOSTS} hosts")
            return took

        wall = statistics.median(scan() for _ in range(RUNS))
    return _bounded(
        f"scan of a /24 with {HOSTS} hosts, cold start to JSON", wall, 8, "s", "every host found"
    )


def _bounded(name: str, ours: float, goal: float, unit: str, note: str = "") -> Row:
    return Row(name, ours, None, None, goal, unit, note)


def _output(argv: Sequence[str], environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        argv, cwd=ROOT, env=environment, capture_output=True, check=True, text=True, timeout=60
    )
    return done.stdout
