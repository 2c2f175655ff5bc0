"""The Unix socket of the service: its mode, what lies in its way, whom it serves."""

import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from collectors.tap import service as service_module
from collectors.tap.service import Service


def test_owner_and_group_may_connect_and_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "tap.sock"
    service = Service(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    service.close()
    assert not path.exists()


def test_a_stale_socket_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "tap.sock"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    Service(path).close()


def test_another_tap_is_not_pushed_aside(tmp_path: Path) -> None:
    first = Service(tmp_path / "tap.sock")
    with pytest.raises(OSError, match="another tap answers there"):
        Service(tmp_path / "tap.sock")
    first.close()


def test_a_file_is_never_removed(tmp_path: Path) -> None:
    path = tmp_path / "tap.sock"
    path.write_text("precious", encoding="utf-8")
    with pytest.raises(OSError, match="no socket"):
        Service(path)
    assert path.read_text(encoding="utf-8") == "precious"


class Enough(Exception):
    """Ends the service's endless loop."""


@pytest.mark.parametrize(
    ("peer", "groups", "served"),
    [
        pytest.param((0, 0), (), True, id="root"),
        pytest.param((os.geteuid(), 7), (), True, id="owner"),
        pytest.param((4711, os.getegid()), (), True, id="group"),
        pytest.param((4711, 4711), (4712, os.getegid()), True, id="one of the groups"),
        pytest.param((4711, 4711), (4712,), False, id="stranger"),
    ],
)
def test_who_is_served(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    peer: tuple[int, int],
    groups: tuple[int, ...],
    served: bool,
) -> None:
    monkeypatch.setattr(service_module, "_peer", lambda connection: peer)
    monkeypatch.setattr(service_module, "_groups", lambda connection: groups)
    service = Service(tmp_path / "tap.sock")
    reached: list[bool] = []

    def serve(connection: socket.socket) -> None:
        reached.append(True)

    def run() -> None:
        original = service._socket.accept
        calls = iter((original, None))

        def accept() -> tuple[socket.socket, object]:
            call = next(calls)
            if call is None:
                raise Enough
            return call()

        monkeypatch.setattr(service, "_socket", type("S", (), {"accept": staticmethod(accept)}))
        with pytest.raises(Enough):
            service.run(serve)

    listener = service._socket
    thread = threading.Thread(target=run)
    with socket.socket(socket.AF_UNIX) as agent:
        agent.settimeout(5)
        agent.connect(str(tmp_path / "tap.sock"))
        thread.start()
        thread.join(5)
        assert agent.recv(1) == b""
    listener.close()
    assert bool(reached) is served


def test_the_kernel_says_who_calls() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert service_module._peer(ours) == (os.geteuid(), os.getegid())
        assert set(service_module._groups(ours)) <= {*os.getgroups(), os.getegid()}
