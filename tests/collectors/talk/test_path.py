"""What is uploaded, and what the kernel's errors mean."""

import socket
import struct
from typing import Any

import pytest

from collectors.places import Place
from collectors.talk import path
from collectors.wire import http


@pytest.mark.parametrize("address", ["198.51.100.7", "2001:db8::7"])
def test_the_upload_is_one_long_request(address: str) -> None:
    sent = path.request(address, 443)
    assert len(sent) == path.UPLOAD_BYTES
    assert sent.startswith(b"GET / HTTP/1.1\r\nHost: ")
    assert sent.endswith(b"x\r\n\r\n")
    assert http.parse(b"HTTP/1.1 431 x\r\n\r\n") is not None


class Errors:
    """A socket with an error queue."""

    def __init__(self, *ancillary: Any) -> None:
        self._queue = list(ancillary)

    def recvmsg(self, *_: int) -> Any:
        if not self._queue:
            raise BlockingIOError(11, "x")
        return b"", [self._queue.pop(0)], 0, None


def error(number: int, origin: int, kind: int, info: int) -> Any:
    data = path.ERROR.pack(number, origin, kind, 0, 0, info, 0) + bytes(28)
    return (socket.IPPROTO_IPV6, path.IPV6_RECVERR, data)


@pytest.mark.parametrize(
    ("queued", "mtus"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([error(90, 3, 2, 1400)], [1400], id="packet too big"),
        pytest.param([error(90, 1, 0, 1280)], [1280], id="of the own link"),
        pytest.param([error(113, 3, 1, 0), error(90, 3, 2, 1400)], [1400], id="after another"),
        pytest.param([error(90, 3, 2, 0)], [], id="without an MTU"),
        pytest.param([(1, 2, b"x"), (41, 25, struct.pack("=I", 1))], [], id="cut short"),
    ],
)
def test_the_error_queue(queued: list[Any], mtus: list[int]) -> None:
    assert list(path._told_mtus(Errors(*queued))) == mtus  # type: ignore[arg-type]


async def test_a_kernel_that_forbids_echoes(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> socket.socket:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket, "socket", refuse)
    with pytest.raises(path.EchoForbidden, match="Permission denied"):
        await path.echo("2001:db8::1", 1280)
    assert await path.upload(Place("2001:db8::1"), 443) == "no_connection"
