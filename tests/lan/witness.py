"""A witness on the machine's own interfaces: it listens, never sends, and knows a lab's frames.

Only frames that this machine sends are looked at, and only those that no unrelated program would
send: the lab's addresses, MACs and names, and the probes of a LAN scanner. It cannot see frames
that skip the kernel's taps (PACKET_QDISC_BYPASS).
"""

import contextlib
import ipaddress
import socket
import struct
from collections.abc import Iterable, Iterator

import msgspec
import pytest

LAB_IPV4 = (ipaddress.IPv4Network("10.66.0.0/16"), ipaddress.IPv4Network("198.51.100.0/24"))
LAB_IPV6 = ipaddress.IPv6Network("2001:db8::/32")
MAX_ARP_TARGETS = 16  # of one test: a machine asks for a gateway and a few peers, a sweep for more
# ICMPv6 types that a host never sends to a group: echo request, MLD query (RFC 4443, RFC 3810).
PROBES = {128: "echo request", 130: "MLD query"}
NAME_PORTS = {67, 137, 5353, 5355}
ETH_P_ALL = 3
ARPHRD_ETHER = 1
SO_RCVBUFFORCE = 33
SO_ATTACH_FILTER = 26
SOL_PACKET = 263
PACKET_STATISTICS = 6


class Witness:
    """Open it in the namespace that stands for the machine; `offences()` empties it."""

    def __init__(self, macs: Iterable[str], names: Iterable[str]) -> None:
        """Raises PermissionError without CAP_NET_RAW."""
        self._macs = {bytes.fromhex(mac.replace(":", "")) for mac in macs}
        self._names = {name.encode().lower() for name in names}
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self._socket.setblocking(False)
        with contextlib.suppress(PermissionError):
            self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
        _attach(self._socket)
        self.offences()  # what came before the filter

    def close(self) -> None:
        self._socket.close()

    def offences(self) -> list[str]:
        """One sentence per frame that should not have been sent since the last call."""
        found = []
        targets: set[bytes] = set()
        with contextlib.suppress(BlockingIOError):
            while True:
                frame, (interface, _protocol, kind, hardware, _mac) = self._socket.recvfrom(2048)
                if interface == "lo" or kind != OUTGOING or hardware != ARPHRD_ETHER:
                    continue
                if frame[12:14] == b"\x08\x06":
                    targets.add(frame[38:42])
                reason = judge(frame, self._macs, self._names)
                if reason is not None:
                    found.append(f"{interface}: {reason}: {frame[:80].hex()}")
        if len(targets) > MAX_ARP_TARGETS:
            found.append(f"ARP requests for {len(targets)} different addresses")
        lost = struct.unpack("=II", self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]
        if lost:
            found.append(f"{lost} frames were sent too fast to be looked at")
        return found


@contextlib.contextmanager
def watched(witness: Witness) -> Iterator[None]:
    """Fail the test if what runs inside sends a frame that belongs into a lab."""
    witness.offences()
    yield
    offences = witness.offences()
    if offences:
        shown = "\n".join(offences[:5])
        pytest.fail(f"{len(offences)} frames left the lab:\n{shown}", pytrace=False)


def judge(frame: bytes, macs: set[bytes], names: set[bytes]) -> str | None:
    """Why a frame that the machine sent should have stayed in a lab; None when it is none."""
    ethertype, packet = frame[12:14], frame[14:]
    if frame[6:12] in macs:
        return "the MAC of a lab's host"
    if ethertype == b"\x08\x06" and len(packet) >= 28:
        ours = _is_lab(packet[14:18]) or _is_lab(packet[24:28])
        return "ARP about an address of a lab" if ours else None
    if ethertype == b"\x08\x00" and len(packet) >= 20:
        if _is_lab(packet[12:16]) or _is_lab(packet[16:20]):
            return "an IPv4 address of a lab"
        return _payload(packet[9], packet[(packet[0] & 15) * 4 :], names)
    if ethertype == b"\x86\xdd" and len(packet) >= 40:
        return _judge_ipv6(packet, names)
    return None


def _judge_ipv6(packet: bytes, names: set[bytes]) -> str | None:
    if _is_lab(packet[8:24]) or _is_lab(packet[24:40]):
        return "an IPv6 address of a lab"
    following, rest = packet[6], packet[40:]
    if following == 0 and len(rest) >= 8:  # hop-by-hop options, as before every MLD message
        following, rest = rest[0], rest[8 * (rest[1] + 1) :]
    if following == 58 and rest:
        if packet[24] == 0xFF and rest[0] in PROBES:
            return f"a multicast {PROBES[rest[0]]}"
        if rest[0] in (134, 135, 136) and LAB_IPV6.network_address.packed[:4] in rest:
            return "neighbour discovery about an address of a lab"
    return _payload(following, rest, names)


def _payload(protocol: int, data: bytes, names: set[bytes]) -> str | None:
    if protocol != 17 or len(data) < 8:
        return None
    ports = set(struct.unpack_from("!HH", data))
    if ports & NAME_PORTS and any(name in data.lower() for name in names):
        return "the name of a lab's host"
    return None


def _is_lab(packed: bytes) -> bool:
    if len(packed) == 4:
        address = ipaddress.IPv4Address(packed)
        return any(address in network for network in LAB_IPV4)
    return ipaddress.IPv6Address(packed) in LAB_IPV6


class _Step(msgspec.Struct, frozen=True):
    """A BPF instruction; jumps go to labels, `""` is the next one."""

    code: int
    k: int = 0
    true: str = ""
    false: str = ""
    label: str = ""


LD_W, LD_H, LD_B, AND, JEQ, RET = 0x20, 0x28, 0x30, 0x54, 0x15, 0x06
PKTTYPE, OUTGOING = 0xFFFFF004, 4

# Sent by this machine; not IPv4 or IPv6 between two addresses that have nothing to do with a lab.
_PROGRAM = (
    _Step(LD_W, PKTTYPE),
    _Step(JEQ, OUTGOING, "", "drop"),
    _Step(LD_H, 12),
    _Step(JEQ, 0x0800, "ipv4"),
    _Step(JEQ, 0x86DD, "ipv6", "take"),
    _Step(LD_W, 26, label="ipv4"),
    _Step(AND, 0xFFFF0000),
    _Step(JEQ, 0x0A420000, "take"),
    _Step(LD_W, 30),
    _Step(AND, 0xFFFF0000),
    _Step(JEQ, 0x0A420000, "take"),
    _Step(LD_W, 26),
    _Step(AND, 0xFFFFFF00),
    _Step(JEQ, 0xC6336400, "take"),
    _Step(LD_W, 30),
    _Step(AND, 0xFFFFFF00),
    _Step(JEQ, 0xC6336400, "take"),
    _Step(LD_B, 0),  # a group or broadcast address
    _Step(AND, 1),
    _Step(JEQ, 1, "take", "drop"),
    _Step(LD_W, 22, label="ipv6"),
    _Step(JEQ, 0x20010DB8, "take"),
    _Step(LD_W, 38),
    _Step(JEQ, 0x20010DB8, "take"),
    _Step(LD_B, 0),
    _Step(AND, 1),
    _Step(JEQ, 1, "take"),
    _Step(LD_B, 20),  # ICMPv6 between two hosts
    _Step(JEQ, 58, "take", "drop"),
    _Step(RET, 0xFFFF, label="take"),
    _Step(RET, 0, label="drop"),
)


def _attach(sock: socket.socket) -> None:
    import ctypes

    places = {step.label: at for at, step in enumerate(_PROGRAM) if step.label}

    def jump(at: int, label: str) -> int:
        return places[label] - at - 1 if label else 0

    code = b"".join(
        struct.pack("=HBBI", step.code, jump(at, step.true), jump(at, step.false), step.k)
        for at, step in enumerate(_PROGRAM)
    )
    buffer = ctypes.create_string_buffer(code)
    program = struct.pack("HP", len(_PROGRAM), ctypes.addressof(buffer))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
