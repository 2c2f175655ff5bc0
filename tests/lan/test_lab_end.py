"""However the lab's process ends, nothing of the lab is left; and it needs no root."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import msgspec
import pytest

ROOT = Path(__file__).parents[2]

PROGRAM = """
import json, os, signal, sys, time
from agent.lab import build, office

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored, where a shell's `&` began it
signal.signal(signal.SIGTERM, signal.default_int_handler)
before = os.stat("/proc/self/ns/net").st_ino
uid = os.getuid()
with build(office()) as lan:
    # A daemon that leaves its session and its parent, as hard to get rid of as they come.
    stray = "setsid sh -c 'sleep 1000 & sleep 1000' >/dev/null 2>&1 &"
    lan.hosts["srv-db"].run(["sh", "-c", stray])
    print(json.dumps({
        "namespaces": [host.namespace.inode for host in (lan.agent, *lan.hosts.values())],
        "processes": os.stat(f"/proc/{lan._keeper._process.pid}/ns/pid").st_ino,
        "folder": str(lan._keeper.folder),
        "user": os.stat("/proc/self/ns/user").st_ino,
        "uid": uid,
        "stayed": before == os.stat("/proc/self/ns/net").st_ino,
        "ping": lan.agent.run(["ping", "-n", "-c", "1", "-W", "2", "10.66.7.10"]).returncode,
        "remarks": lan.remarks,
    }), flush=True)
    if sys.argv[1] == "raise":
        raise RuntimeError("on purpose")
    if sys.argv[1] == "wait":
        time.sleep(50)
"""


class Traces(msgspec.Struct, frozen=True):
    """What the lab's process said that it had made."""

    namespaces: list[int]
    processes: int
    folder: str
    user: int
    uid: int
    stayed: bool
    ping: int
    remarks: list[str]


def _start(how: str, python: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*python, "-c", PROGRAM, how],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
        env=env,
    )


def _traces(process: subprocess.Popen[bytes]) -> Traces:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        _out, said = process.communicate()
        pytest.fail(said.decode())
    return msgspec.convert(json.loads(line), Traces)


def _left(traces: Traces) -> list[str]:
    """Everything that still holds a piece of the lab: processes, threads, descriptors, folder."""
    found = [traces.folder] if Path(traces.folder).exists() else []
    wanted = {f"net:[{one}]" for one in traces.namespaces} | {f"pid:[{traces.processes}]"}
    alive = []
    for place in Path("/proc").glob("[0-9]*"):
        # Without memory it is a kernel thread, or dead and waiting for its parent to notice.
        with contextlib.suppress(OSError):
            (place / "exe").readlink()
            alive.append(place)
    for place in alive:
        links = [*place.glob("task/*/ns/net"), place / "ns/pid", *place.glob("fd/*")]
        for link in links:
            with contextlib.suppress(OSError):
                target = str(link.readlink())
                if target in wanted:
                    found.append(f"{link} -> {target}")
    return found


def _machine() -> tuple[set[str], set[str]]:
    """The machine's interfaces, and its named namespaces."""
    named = Path("/run/netns")
    links = {path.name for path in Path("/sys/class/net").iterdir()}
    return links, {path.name for path in named.iterdir()} if named.is_dir() else set()


def _wait_until_gone(traces: Traces) -> None:
    deadline = time.monotonic() + 10
    while left := _left(traces):
        assert time.monotonic() < deadline, left
        time.sleep(0.02)


ENDINGS = [
    pytest.param("leave", None, 0, id="leaves-the-context"),
    pytest.param("raise", None, 1, id="exception"),
    pytest.param("wait", signal.SIGINT, 1, id="ctrl-c"),
    pytest.param("wait", signal.SIGTERM, 1, id="sigterm"),
    pytest.param("wait", signal.SIGKILL, -9, id="kill-9"),
]


@pytest.mark.parametrize(("how", "sent", "code"), ENDINGS)
def test_nothing_is_left(
    requires_namespaces: None, how: str, sent: signal.Signals | None, code: int
) -> None:
    before = _machine()
    process = _start(how, [sys.executable], {**os.environ, "PYTHONPATH": str(ROOT)})
    traces = _traces(process)
    assert traces.ping == 0
    if sent is not None:
        assert _left(traces), "the search finds nothing even while the lab is there"
        process.send_signal(sent)
    _out, said = process.communicate(timeout=20)
    # An interrupted interpreter ends with 130, or by the signal itself.
    expected = {code, 130, -2} if sent in (signal.SIGINT, signal.SIGTERM) else {code}
    assert process.returncode in expected, said
    assert b"ResourceWarning" not in said
    _wait_until_gone(traces)
    assert _machine() == before


# In a mount namespace of its own, so that the interpreter may lie where nobody may go.
AS_NOBODY = """
mount --bind "$1" "$3/base" && mount --bind "$2" "$3/site" && shift 3 &&
exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
"""


class Stranger(msgspec.Struct, frozen=True):
    """How to run this interpreter as somebody without any right."""

    prefix: list[str]
    python: str
    env: dict[str, str]


@pytest.fixture
def stranger(requires_namespaces: None) -> Iterator[Stranger]:
    if os.geteuid() != 0 or Path("/proc/self/uid_map").read_text().split() != ["0", "0", ALL_IDS]:
        pytest.skip("only the machine's root can become somebody else")
    with tempfile.TemporaryDirectory(prefix="lanwarden-stranger-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        for room in (place / "agent", place / "collectors"):
            copytree(ROOT / room.name, room, ignore=lambda *_: ["__pycache__"])
            for path in (room, *room.rglob("*")):
                path.chmod(0o755 if path.is_dir() else 0o644)
        for name in ("base", "site"):
            (place / name).mkdir()
        base, site = sys.base_prefix, str(Path(msgspec.__file__).parents[1])
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        yield Stranger(
            ["unshare", "--mount", "sh", "-c", AS_NOBODY, "sh", base, site, folder],
            str(place / "base" / "bin" / version),
            {
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                "LD_LIBRARY_PATH": str(place / "base" / "lib"),
                "PYTHONPATH": f"{folder}:{place / 'site'}",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
        )


ALL_IDS = str(2**32 - 1)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "kill-9"])
def test_an_ordinary_user_can_build_it(stranger: Stranger, sent: signal.Signals) -> None:
    process = _start("wait", [*stranger.prefix, stranger.python], stranger.env)
    traces = _traces(process)
    assert traces.uid == 65534
    assert traces.stayed
    assert traces.user != Path("/proc/self/ns/user").stat().st_ino
    assert traces.ping == 0
    assert traces.remarks == []
    process.send_signal(sent)
    process.communicate(timeout=20)
    _wait_until_gone(traces)


REFUSED = """
from agent.lab import LabUnavailable, build, sized
try:
    build(sized(1))
except LabUnavailable as error:
    print(error)
"""
# The limit belongs to a user namespace, so only this test's own is closed.
FORBID = """
echo 0 > /proc/sys/user/max_user_namespaces &&
exec setpriv --bounding-set=-all --inh-caps=-all "$@"
"""


def test_where_the_kernel_forbids_it_it_says_why(stranger: Stranger) -> None:
    inside = ["unshare", "--user", "--map-root-user", "sh", "-c", FORBID, "sh"]
    done = subprocess.run(
        [*stranger.prefix, *inside, stranger.python, "-c", REFUSED],
        capture_output=True,
        check=False,
        cwd="/",
        env=stranger.env,
    )
    assert done.stdout.decode().strip() == (
        "the kernel forbids user namespaces to ordinary users: "
        "run as root, or sysctl user.max_user_namespaces=10000"
    ), done.stderr
