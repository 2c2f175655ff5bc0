"""What a running agent and its tap hold in memory with 10,000 devices, and how they get there.

The store is filled before the start. All devices answer ARP with their own MACs, so that presence,
commits, pictures, pages and scrapes are those of a busy office.
"""

import contextlib
import http.client
import os
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from agent.lab import Host, Lan, LanPlan, build
from bench.hearing import require
from bench.population import NETWORK, OWN_ADDRESS, SCOPE, ipv4_of, mac_of, pass_over
from bench.row import Row
from collectors.wire import arp, ethernet
from collectors.wire.address import ip_bytes, mac_bytes
from collectors.wire.errors import DecodeError
from inventory.inventory import Inventory, Settings
from inventory.store import Store
from inventory.vendor import vendor_of

DEVICES = 10_000
BUSY_S = 25.0  # a round of presence, a commit and many pictures
EVERY_S = 5  # how often each page is asked for: three times as often as Prometheus scrapes
READY_S = 60.0
PORT = 10460
PAGES = ("/", "/metrics", "/api/v1/devices", "/sd")
ROOT = Path(__file__).parent.parent
PROGRAM = "import sys; from agent.main import main; sys.exit(main())"
CONFIG = f"""
[agent]
site = "bench"
state_directory = "state"
[scope]
networks = ["{NETWORK}"]
[schedule]
presence = "10s"
[web]
listen = ["127.0.0.1:{PORT}"]
"""
ETH_P_ARP = 0x0806


def rows() -> list[Row]:
    """Measure; AssertionError when the agent does not come up or loses devices."""
    with tempfile.TemporaryDirectory(prefix="lanwarden-bench-") as folder, build(_plan()) as lan:
        config = Path(folder, "config.toml")
        config.write_text(CONFIG, encoding="utf-8")
        _fill(Path(folder, "state"))
        with _answering(lan), _running(lan, config) as agent:
            ready_s = _wait_until_ready(lan, agent)
            body, sizes = _use(lan, agent)
            processes = _living(agent)
            require(len(processes) == 2, f"{len(processes)} processes instead of agent and tap")
            peaks = [_status_mib(pid, "VmHWM") for pid in processes]
    up = body.count(b"\nlanwarden_device_info{")
    require(up >= DEVICES, f"{up} devices in the exposition")
    during = f"in {BUSY_S:.0f} busy seconds with pages, scrapes and a commit"
    return [
        Row(
            f"memory of agent and tap with {DEVICES:,} devices",
            statistics.median(sizes),
            None,
            None,
            300,
            "MiB",
            f"resident size, median {during}",
        ),
        Row(
            f"memory of agent and tap with {DEVICES:,} devices, peaks",
            sum(peaks),
            None,
            None,
            None,
            "MiB",
            f"agent {peaks[0]:.0f}, tap {peaks[1]:.0f}, {during}",
        ),
        Row(
            f"from start to ready with {DEVICES:,} devices in the store",
            ready_s,
            None,
            None,
            None,
            "s",
            "one run",
        ),
    ]


def _plan() -> LanPlan:
    crowd = Host(name="crowd", kind="other", mac="02:66:00:00:ff:01", ipv6="none")
    agent = Host(name="agent", kind="server", mac="b8:27:eb:66:07:02", ipv4=OWN_ADDRESS)
    return LanPlan(hosts=(crowd,), agent=agent, ipv4=NETWORK, gateway=None)


def _fill(state: Path) -> None:
    state.mkdir(mode=0o700)
    inventory = Inventory(Settings(site="bench", max_devices=DEVICES), vendor_of)
    inventory.set_scope(SCOPE)
    now = time.time()
    inventory.apply(pass_over(DEVICES, now - 60))
    inventory.snapshot(now - 60)
    store = Store.open(state / "lanwarden.db", time.time)
    store.commit(inventory.take_changes())
    store.close()


@contextlib.contextmanager
def _answering(lan: Lan) -> Iterator[None]:
    """Answer ARP requests for all devices, each from its own MAC."""
    card = lan.hosts["crowd"].socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ARP))
    card.bind(("eth0", ETH_P_ARP))
    card.settimeout(0.2)
    known = {ip_bytes(ipv4_of(number)): mac_bytes(mac_of(number)) for number in range(DEVICES)}
    ended = threading.Event()

    def answer() -> None:
        while not ended.is_set():
            with contextlib.suppress(TimeoutError, DecodeError, BlockingIOError):
                request = arp.parse(ethernet.parse(card.recv(2048)).payload)
                mac = known.get(request.target_ip)
                if mac is not None and request.is_request:
                    card.send(
                        arp.build_reply(
                            mac, request.target_ip, request.sender_mac, request.sender_ip
                        )
                    )

    thread = threading.Thread(target=answer, name="bench-answering", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        card.close()


@contextlib.contextmanager
def _running(lan: Lan, config: Path) -> Iterator[int]:
    argv = [sys.executable, "-P", "-c", PROGRAM, "run", "--config", str(config)]
    with config.with_name("agent.log").open("wb") as log:
        child = lan.agent.popen(
            argv, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=log, stderr=log
        )
    try:
        yield child.pid
    except BaseException as error:
        tail = config.with_name("agent.log").read_text(errors="replace")[-500:]
        raise AssertionError(f"{error}; the agent says: {tail}") from error
    finally:
        child.terminate()
        child.wait(30)


def _wait_until_ready(lan: Lan, agent: int) -> float:
    began = time.perf_counter()
    while time.perf_counter() - began < READY_S:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if _get(lan, "/-/ready")[0] == http.client.OK and len(_living(agent)) == 2:
                return time.perf_counter() - began
        time.sleep(0.1)
    raise AssertionError(f"not ready within {READY_S:.0f} s")


def _use(lan: Lan, agent: int) -> tuple[bytes, list[float]]:
    """Look at the pages and scrape, again and again; the last exposition, and sizes in MiB."""
    body, sizes = b"", []
    end = time.perf_counter() + BUSY_S
    while time.perf_counter() < end:
        for page in PAGES:
            status, text = _get(lan, page)
            require(status == http.client.OK, f"{page} answers {status}")
            if page == "/metrics":
                body = text
            sizes.append(sum(_status_mib(pid, "VmRSS") for pid in _living(agent)))
        for _ in range(EVERY_S):
            time.sleep(1.0)
            sizes.append(sum(_status_mib(pid, "VmRSS") for pid in _living(agent)))
    return body, sizes


def _get(lan: Lan, path: str) -> tuple[int, bytes]:
    def ask() -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()

    return lan.agent.enter(ask)


def _living(agent: int) -> list[int]:
    """The agent's process and its children."""
    tasks = Path(f"/proc/{agent}/task")
    if not tasks.exists():
        return []
    children: list[int] = []
    for task in tasks.iterdir():
        with contextlib.suppress(OSError):  # a thread that has ended since
            children += map(int, (task / "children").read_text(encoding="ascii").split())
    return [agent, *children]


def _status_mib(pid: int, field: str) -> float:
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in text.splitlines() if line.startswith(f"{field}:"))
    return int(line.split()[1]) / 1024
