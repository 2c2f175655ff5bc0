"""A light readiness scan of a hundred devices: how long, how many packets, how much CPU.

The devices are known from a discovery pass before it, as they are on every day but the first. The
scan is `lanwarden scan` with the collectors of the daily light pass; packets are those that leave
the agent's card, all of them.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from agent.lab import Lan, build, sized
from agent.scan import DISCOVERY, IPV6_LIGHT
from bench.row import Row

DEVICES = 100
MOST_WALL_S, MOST_PACKETS_PER_S, MOST_CPU_S = 30.0, 60.0, 5.0
ROOT = Path(__file__).parent.parent


def rows() -> list[Row]:
    """Measure; AssertionError when the scan fails or devices are missing."""
    with build(sized(DEVICES)) as lan:
        config = _config(lan)
        known = _scan(lan, config, DISCOVERY)
        assert len(known["devices"]) >= DEVICES, f"{len(known['devices'])} devices are known"
        sent, used, began = _sent(lan), _cpu_s(), time.monotonic()
        _scan(lan, config, ("netlink", *IPV6_LIGHT))
        wall_s = time.monotonic() - began
        packets, cpu_s = _sent(lan) - sent, _cpu_s() - used
    name = f"light readiness scan of {DEVICES} devices"
    note = f"{packets} packets left the card, of the program's whole run"
    return [
        Row(f"{name}, wall", wall_s, None, None, MOST_WALL_S, "s"),
        Row(f"{name}, packets", packets / wall_s, None, None, MOST_PACKETS_PER_S, "/s", note),
        Row(f"{name}, CPU", cpu_s, None, None, MOST_CPU_S, "s", "start of the program included"),
    ]


def _scan(lan: Lan, config: Path, names: Sequence[str] | frozenset[str]) -> dict[str, list[object]]:
    chosen = [word for name in sorted(names) for word in ("--only", name)]
    process = lan.agent.popen(
        [sys.executable, "-P", "-m", "agent.main", "scan", "--config", str(config), *chosen,
         "--json"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": "/nonexistent"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    out, err = process.communicate(timeout=120)
    assert process.returncode in (0, 1), err.decode(errors="replace")[-500:]
    found: dict[str, list[object]] = json.loads(out)
    return found


def _config(lan: Lan) -> Path:
    folder = lan.folder("agent")
    path = folder / "config.toml"
    networks = [lan.plan.ipv4, *map(str, lan.plan.autoconfigured)]
    path.write_text(
        f'[agent]\nsite = "bench"\nstate_directory = "{folder}"\n'
        f"[scope]\nnetworks = {json.dumps(networks)}\n"
    )
    return path


def _sent(lan: Lan) -> int:
    def look() -> int:
        for line in Path("/proc/thread-self/net/dev").read_text().splitlines():
            name, _, counters = line.partition(":")
            if name.strip() == "eth0":
                return int(counters.split()[9])
        raise AssertionError("the agent has no eth0")

    return lan.agent.enter(look)


def _cpu_s() -> float:
    """CPU time of the children that have ended, and of theirs that they waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
