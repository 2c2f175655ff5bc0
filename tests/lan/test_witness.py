"""The guard can fail: frames on a link that stands for the machine's own."""

import socket
import struct
from collections.abc import Callable, Iterator

import pytest

from agent.lab import Host, Lan, LanPlan
from tests.lan.witness import Witness, watched

MACHINE = "52:54:00:aa:bb:01"
OURS = bytes.fromhex(MACHINE.replace(":", ""))
LAB_HOST = "00:1b:a9:00:07:15"
ALL = b"\xff" * 6


@pytest.fixture
def machine(make_lan: Callable[..., Lan]) -> Lan:
    """A LAN whose agent plays the machine: nothing about it is known to the witness."""
    plan = LanPlan(
        agent=Host(name="machine", kind="server", mac=MACHINE, ipv4="192.168.77.2", ipv6="none"),
        hosts=(Host(name="peer", kind="other", mac="52:54:00:aa:bb:02", ipv4="192.168.77.3"),),
        ipv4="192.168.77.0/24",
        gateway=None,
    )
    return make_lan(plan)


@pytest.fixture
def outlook(machine: Lan) -> Iterator[Witness]:
    witness = machine.agent.enter(lambda: Witness([LAB_HOST], ["printer-2f"]))
    yield witness
    witness.close()


def _send(machine: Lan, frame: bytes) -> None:
    with machine.agent.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind(("eth0", 0))
        sock.send(frame.ljust(60, b"\0"))


def _ethernet(kind: int, packet: bytes, *, to: bytes = ALL, sender: bytes = OURS) -> bytes:
    return to + sender + struct.pack("!H", kind) + packet


def _arp(asked: str, sender: str = "192.168.77.2") -> bytes:
    head = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1)
    return head + OURS + socket.inet_aton(sender) + bytes(6) + socket.inet_aton(asked)


def _ipv4(target: str, protocol: int, payload: bytes, source: str = "192.168.77.2") -> bytes:
    total = 20 + len(payload)
    head = struct.pack("!BBHHHBBH", 0x45, 0, total, 0, 0, 64, protocol, 0)
    return head + socket.inet_aton(source) + socket.inet_aton(target) + payload


def _ipv6(target: str, following: int, payload: bytes, source: str = "fe80::1") -> bytes:
    head = struct.pack("!IHBB", 0x60000000, len(payload), following, 255)
    addresses = (socket.inet_pton(socket.AF_INET6, one) for one in (source, target))
    return head + b"".join(addresses) + payload


def _udp(source: int, target: int, payload: bytes) -> bytes:
    return struct.pack("!HHHH", source, target, 8 + len(payload), 0) + payload


HOP_BY_HOP = bytes((58, 0, 5, 2, 0, 0, 1, 0))  # router alert, then ICMPv6
NAME = b"\x0aprinter-2f\x05local\0"

OFFENDING = [
    pytest.param(_ethernet(0x0806, _arp("10.66.7.9")), id="arp-for-the-lab"),
    pytest.param(_ethernet(0x0806, _arp("192.168.77.9", "10.66.7.2")), id="arp-from-the-lab"),
    pytest.param(
        _ethernet(0x0806, _arp("192.168.77.9"), sender=bytes.fromhex("001ba9000715")), id="lab-mac"
    ),
    pytest.param(_ethernet(0x0800, _ipv4("10.66.7.1", 6, bytes(20)), to=OURS), id="tcp-to-the-lab"),
    pytest.param(_ethernet(0x0800, _ipv4("198.51.100.7", 17, bytes(8)), to=OURS), id="udp-198"),
    pytest.param(
        _ethernet(0x0800, _ipv4("224.0.0.251", 17, _udp(5353, 5353, NAME))), id="mdns-lab-name"
    ),
    pytest.param(
        _ethernet(0x86DD, _ipv6("ff02::fb", 17, _udp(5353, 5353, NAME)), to=b"33\0\0\0\xfb"),
        id="mdns-lab-name-ipv6",
    ),
    pytest.param(
        _ethernet(0x86DD, _ipv6("ff02::1", 0, HOP_BY_HOP + b"\x82" + bytes(27)), to=b"33\0\0\0\1"),
        id="mld-query",
    ),
    pytest.param(
        _ethernet(0x86DD, _ipv6("ff02::1", 58, b"\x80" + bytes(7)), to=b"33\0\0\0\1"),
        id="multicast-echo",
    ),
    pytest.param(
        _ethernet(0x86DD, _ipv6("2001:db8:66:7::1", 6, bytes(20)), to=OURS), id="tcp6-to-the-lab"
    ),
    pytest.param(
        _ethernet(
            0x86DD,
            _ipv6("ff02::1:ff00:1", 58, b"\x87" + bytes(7) + bytes.fromhex("20010db8" + "00" * 12)),
            to=b"33\xff\0\0\1",
        ),
        id="ns-for-the-lab",
    ),
]

HARMLESS = [
    pytest.param(_ethernet(0x0806, _arp("192.168.77.1")), id="arp-for-the-gateway"),
    pytest.param(_ethernet(0x0800, _ipv4("203.0.113.5", 6, bytes(20)), to=OURS), id="tcp"),
    pytest.param(
        _ethernet(0x0800, _ipv4("224.0.0.251", 17, _udp(5353, 5353, b"\x05other"))), id="mdns"
    ),
    pytest.param(
        _ethernet(
            0x86DD, _ipv6("ff02::16", 0, HOP_BY_HOP + b"\x8f" + bytes(27)), to=b"33\0\0\0\26"
        ),
        id="mld-report",
    ),
    pytest.param(
        _ethernet(0x86DD, _ipv6("ff02::2", 58, b"\x85" + bytes(7)), to=b"33\0\0\0\2"), id="rs"
    ),
    pytest.param(
        _ethernet(0x86DD, _ipv6("2606:4700::1", 58, b"\x80" + bytes(7)), to=OURS), id="echo"
    ),
]


@pytest.mark.parametrize("frame", OFFENDING)
def test_a_frame_that_belongs_into_a_lab_fails_the_test(
    machine: Lan, outlook: Witness, frame: bytes
) -> None:
    with pytest.raises(pytest.fail.Exception, match="1 frames left the lab"), watched(outlook):
        _send(machine, frame)


@pytest.mark.parametrize("frame", HARMLESS)
def test_other_frames_do_not(machine: Lan, outlook: Witness, frame: bytes) -> None:
    with watched(outlook):
        _send(machine, frame)


def test_a_sweep_of_any_network_fails_the_test(machine: Lan, outlook: Witness) -> None:
    def sweep() -> None:
        for last in range(1, 31):
            _send(machine, _ethernet(0x0806, _arp(f"192.168.77.{last}")))

    with pytest.raises(pytest.fail.Exception, match="30 different addresses"), watched(outlook):
        sweep()


def test_what_others_send_is_not_held_against_us(machine: Lan, outlook: Witness) -> None:
    with watched(outlook), machine.hosts["peer"].socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind(("eth0", 0))
        sock.send(_ethernet(0x0806, _arp("10.66.7.9")).ljust(60, b"\0"))


def test_real_connections_are_seen_too(machine: Lan, outlook: Witness) -> None:
    machine.agent.run(["ip", "route", "add", "default", "via", "192.168.77.3"], check=True)

    def connect() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"x", ("10.66.7.9", 9))
            # The frame leaves once the gateway's address is known.
            sock.connect(("192.168.77.3", 9))
            sock.send(b"x")
            with pytest.raises(ConnectionRefusedError):
                sock.recv(1)

    with pytest.raises(pytest.fail.Exception, match="left the lab"), watched(outlook):
        machine.agent.enter(connect)
