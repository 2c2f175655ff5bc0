"""What systemd is told and hands over."""

import os
import socket
from pathlib import Path

import pytest

from agent.notify import Notifier, inherited_sockets


@pytest.fixture
def manager(tmp_path: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listening.bind(str(tmp_path / "notify"))
    listening.setblocking(False)
    return listening


def test_messages(manager: socket.socket) -> None:
    environment = {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "30000000"}
    notifier = Notifier(environment)
    assert environment == {}
    assert notifier.watchdog_s == 30.0
    notifier.ready()
    notifier.status("32 devices\nREADY=0")
    notifier.alive()
    notifier.reloading(5)
    notifier.stopping()
    with manager:
        said = [manager.recv(1000).decode() for _ in range(5)]
    assert said == [
        "READY=1", "STATUS=32 devices READY=0", "WATCHDOG=1", "RELOADING=1\nMONOTONIC_USEC=5",
        "STOPPING=1",
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["", "/nowhere/notify", "relative"])
def test_nobody_listens(path: str) -> None:
    Notifier({"NOTIFY_SOCKET": path}).ready()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param({}, None, id="none"),
        pytest.param({"WATCHDOG_USEC": "5000000"}, 5.0, id="set"),
        pytest.param({"WATCHDOG_USEC": "5000000", "WATCHDOG_PID": "1"}, None, id="another"),
        pytest.param({"WATCHDOG_USEC": "x"}, None, id="nonsense"),
        pytest.param({"WATCHDOG_USEC": "0"}, None, id="off"),
    ],
)
def test_watchdog(environment: dict[str, str], expected: float | None) -> None:
    assert Notifier(environment).watchdog_s == expected


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({}, id="none"),
        pytest.param({"LISTEN_PID": "1", "LISTEN_FDS": "1"}, id="for-another"),
        pytest.param({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "-1"}, id="nonsense"),
    ],
)
def test_no_sockets(environment: dict[str, str]) -> None:
    assert inherited_sockets(environment) == []
    assert environment == {}
