"""Listeners out of sockets, and sockets out of what the kernel says."""

import socket
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.observation import Listener
from collectors.stack.listeners import Bound, by_tables, ephemeral, listeners, parse
from collectors.stack.procfs import NET

CASES: list[Any] = [
    pytest.param([Bound("tcp", "0.0.0.0", 80, 1, False)], Listener("tcp", 80, True, False, "nginx"),
                 id="IPv4 alone"),
    pytest.param([Bound("tcp", "::", 80, 1, False)], Listener("tcp", 80, True, True, "nginx"),
                 id="both by one socket"),
    pytest.param([Bound("tcp", "::", 80, 1, True)], Listener("tcp", 80, False, True, "nginx"),
                 id="IPv6 alone"),
    pytest.param([Bound("tcp", "0.0.0.0", 80, 2, False), Bound("tcp", "::", 80, 1, True)],
                 Listener("tcp", 80, True, True, "nginx"), id="both by two"),
    pytest.param([Bound("tcp", "2001:db8::1", 80, 2, False)], Listener("tcp", 80, False, True),
                 id="one IPv6 address"),
    pytest.param([Bound("tcp", "127.0.0.1", 80, 2, False)],
                 Listener("tcp", 80, True, False, loopback_only=True), id="loopback"),
    pytest.param([Bound("tcp", "127.0.0.1", 80, 2, False), Bound("tcp", "2001:db8::1", 80, 3)],
                 Listener("tcp", 80, False, True), id="loopback beside another"),
    pytest.param([Bound("udp", "0.0.0.0", 40000, 2, False)], None, id="a client's UDP port"),
    pytest.param([Bound("tcp", "0.0.0.0", 40000, 2, False)], Listener("tcp", 40000, True, False),
                 id="a service on a high TCP port"),
]  # fmt: skip


@pytest.mark.parametrize(("bound", "expected"), CASES)
def test_listeners(bound: list[Bound], expected: Listener | None) -> None:
    found = listeners(bound, {1: "nginx"}, range(32768, 61000))
    assert found == ((expected,) if expected is not None else ())


def message(
    family: int, address: str, port: int, *, remote: int = 0, attributes: bytes = b""
) -> bytes:
    """See inet_diag_msg in linux/inet_diag.h."""
    packed = socket.inet_pton(family, address).ljust(16, b"\0")
    head = struct.pack("=BBBB", family, 10, 0, 0)
    identity = struct.pack("!HH", port, remote) + packed + bytes(16) + bytes(12)
    return head + identity + struct.pack("=IIIII", 0, 0, 0, 0, 4711) + attributes


V6ONLY = struct.pack("=HHB3x", 5, 11, 1)
NOT_V6ONLY = struct.pack("=HHB3x", 5, 11, 0)
OTHER = struct.pack("=HHB3x", 5, 8, 1)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(message(2, "10.0.0.1", 80), Bound("tcp", "10.0.0.1", 80, 4711, False), id="4"),
        pytest.param(message(10, "::", 80), Bound("tcp", "::", 80, 4711, None), id="untold"),
        pytest.param(
            message(10, "::", 80, attributes=OTHER + V6ONLY),
            Bound("tcp", "::", 80, 4711, True),
            id="v6only",
        ),
        pytest.param(
            message(10, "::", 80, attributes=NOT_V6ONLY + OTHER),
            Bound("tcp", "::", 80, 4711, False),
            id="both",
        ),
        pytest.param(message(10, "::1", 80, remote=5), None, id="connected"),
        pytest.param(
            message(10, "::", 80, attributes=bytes(8)), Bound("tcp", "::", 80, 4711), id="zero"
        ),
    ],
)
def test_messages_of_the_kernel(raw: bytes, expected: Bound | None) -> None:
    assert parse(raw, "tcp") == expected


@given(st.binary(max_size=64))
def test_any_attributes(attributes: bytes) -> None:
    assert parse(message(10, "::", 80, attributes=attributes), "tcp") is not None


TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 101 1 0
   1: 0100007F:9C40 0100007F:0016 01 00000000:00000000 00:00000000 00000000     0        0 102 1 0
   2: nonsense
"""
TCP6 = """\
  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 103
   1: B80D0120000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 104
"""  # noqa: E501


def test_the_tables_of_proc() -> None:
    files = {f"{NET}/tcp": TCP, f"{NET}/tcp6": TCP6}
    assert list(by_tables(files.get)) == [
        Bound("tcp", "127.0.0.1", 22, 101, False),
        Bound("tcp", "::", 80, 103, None),
        Bound("tcp", "2001:db8::1", 80, 104, None),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1024\t2047\n", range(1024, 2048)),
        (None, range(32768, 61000)),
        ("x y", range(32768, 61000)),
    ],
)
def test_ephemeral(text: str | None, expected: range) -> None:
    assert ephemeral(lambda path: text) == expected
