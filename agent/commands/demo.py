"""`lanwarden demo`: a small office LAN of real hosts, with the agent on it."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from agent.errors import EXIT_DONE, MissingRefusal, Refusal, UsageRefusal

if TYPE_CHECKING:
    from agent.lab import Lan

app = App(
    name="demo",
    help_epilogue="""\
Everything happens inside private network namespaces: nothing is sent to a real
network, and Ctrl-C leaves nothing behind. Only the page is on this machine's
loopback. An ordinary user can run it where user namespaces are allowed.

Examples:
  lanwarden demo
  lanwarden demo --port 10461
""",
)

DEFAULT_PORT = 10460
FIRST_PASS_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 10.0
# Put the listening socket where systemd would, then become the agent.
START = (
    "import os, sys; os.dup2(int(sys.argv.pop(1)), 3); "
    "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid())); "
    "from agent.main import main; sys.exit(main())"
)


@app.default
def demo(
    *,
    port: Annotated[int, Parameter(help="Port on 127.0.0.1 to serve on.")] = DEFAULT_PORT,
    once: Annotated[
        bool, Parameter(negative="", show_default=False, help="End after the first complete pass.")
    ] = False,
) -> int:
    """Build a small office LAN and run the agent on it."""
    if not 0 <= port <= 65535:
        raise UsageRefusal("--port must be between 0 and 65535; 0 takes any that is free")
    # Whoever ends the demo, it cleans up as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.default_int_handler)
    from agent.lab import LabError

    try:
        return _demo(port, once)
    except LabError as error:
        raise Refusal(f"the demo's LAN failed: {error}") from None


def _demo(port: int, once: bool) -> int:
    # Opened before the namespaces are entered, so that it belongs to the machine itself.
    listening = _listen(port)
    with listening, _lan() as lan:
        directory = lan.folder("agent")  # it goes with the LAN, however the demo ends
        config = directory / "config.toml"
        config.write_text(_config(lan), encoding="utf-8")
        _say(f"{len(lan.hosts)} hosts are up on {lan.plan.ipv4}. The agent looks at them now.")
        for remark in lan.remarks:
            _say(remark)
        with _agent(lan, listening, config, directory) as child:
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            _wait_for_first_pass(child, url, directory)
            _print_tables(config)
            _print_links(url)
            if not once:
                _stay(child, directory)
    _say("The demo is over; nothing is left behind.")
    return EXIT_DONE


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        reason = error.strerror or str(error)
        raise MissingRefusal(
            f"cannot listen on 127.0.0.1:{port}: {reason.lower()}; choose another with --port"
        ) from None
    return listening


@contextlib.contextmanager
def _lan() -> "Iterator[Lan]":
    from agent.lab import LabUnavailable, build, office

    _say("Building a small office LAN in private network namespaces.")
    try:
        lan = build(office())
    except LabUnavailable as refusal:
        raise MissingRefusal(f"the demo cannot build its LAN: {refusal}") from None
    with lan:
        yield lan


def _config(lan: "Lan") -> str:
    networks = [lan.plan.ipv4, *(str(prefix) for prefix in lan.plan.autoconfigured)]
    router = next(host for host in lan.plan.hosts if host.ipv4 == lan.plan.gateway)
    return f"""\
[agent]
site = "demo"
state_directory = "state"
[scope]
networks = {json.dumps(networks)}
authority = "the demo's own LAN"
[schedule]
discovery = "*/15 * * * * *"
posture = "*/5 * * * *"
presence = "10s"
jitter = "1s"
[ipv6]
routers = ["{router.mac}"]
internet = false
[posture]
default_community = {json.dumps(networks)}
"""


@contextlib.contextmanager
def _agent(
    lan: "Lan", listening: socket.socket, config: Path, directory: Path
) -> "Iterator[subprocess.Popen[bytes]]":
    import agent

    packages = str(Path(agent.__path__[0]).resolve().parent)
    known = os.environ.get("PYTHONPATH", "")
    environment = {
        **os.environ,
        "PYTHONPATH": f"{packages}{os.pathsep}{known}" if known else packages,
    }
    environment.pop("NOTIFY_SOCKET", None)
    os.set_inheritable(listening.fileno(), True)
    with (directory / "agent.log").open("wb") as log:
        child = lan.agent.popen(
            [
                sys.executable, "-P", "-c", START, str(listening.fileno()),
                "run", "--config", str(config),
            ],
            env=environment,
            stderr=log,
            pass_fds=(listening.fileno(),),
        )  # fmt: skip
    try:
        yield child
    finally:
        if child.poll() is None:
            child.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(STOP_TIMEOUT_S)


def _wait_for_first_pass(child: "subprocess.Popen[bytes]", url: str, directory: Path) -> None:
    deadline = time.monotonic() + FIRST_PASS_TIMEOUT_S
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise Refusal(f"the agent ended by itself: {_last_words(directory)}")
        done = {entry["name"] for entry in _collectors(url)}
        if {"host", "snmp_community"} <= done:  # the last of each of the two jobs
            time.sleep(2.0)  # what they found is pictured at most once a second
            return
        time.sleep(0.5)
    raise Refusal(f"the first pass did not end: {_last_words(directory)}")


def _collectors(url: str) -> Sequence[dict[str, object]]:
    try:
        with urllib.request.urlopen(f"{url}/api/v1/collectors", timeout=5) as answer:  # noqa: S310
            found: list[dict[str, object]] = json.load(answer)
            return found
    except (OSError, ValueError, urllib.error.URLError):
        return ()


def _last_words(directory: Path) -> str:
    try:
        text = (directory / "agent.log").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "it left no log"
    return (text.strip().splitlines() or ["it logged nothing"])[-1]


def _print_tables(config: Path) -> None:
    from agent import table
    from agent.commands.options import path_of_store
    from agent.config.load import load
    from agent.known import known_findings, known_snapshot

    settings = load(config)
    snapshot = known_snapshot(settings, path_of_store(settings))
    out = table.console(sys.stdout)
    table.print_devices(out, snapshot)
    table.print_todo(out, known_findings(snapshot, None), snapshot)
    out.print()
    table.print_counts(out, snapshot)
    table.print_suggested(out, snapshot, kept=False)
    table.print_gaps(out, snapshot)


def _print_links(url: str) -> None:
    print(
        f"""
The page      {url}/
The findings  {url}/findings
Metrics       {url}/metrics
As JSON       {url}/api/v1/snapshot

Try: curl -s {url}/metrics | grep lanwarden_device_up""",
        flush=True,
    )


def _stay(child: "subprocess.Popen[bytes]", directory: Path) -> None:
    _say("Ctrl-C ends the demo.")
    try:
        child.wait()
    except KeyboardInterrupt:
        return
    raise Refusal(f"the agent ended by itself: {_last_words(directory)}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
