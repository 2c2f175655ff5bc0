"""Ports on which the own host listens, by family: sock_diag(7), else the tables in /proc/net.

The tables do not tell whether an IPv6 socket takes IPv4 as well; sock_diag does.
"""

import ipaddress
import socket
import struct
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from collectors.observation import Listener, Transport
from collectors.own_resolvers import Read, read_text
from collectors.stack.procfs import NET
from collectors.wire.text import clean_text

MAX_SOCKETS: Final = 16384
MAX_LISTENERS: Final = 512
MAX_PROCESSES: Final = 4096
MAX_FILES: Final = 4096
MAX_NAME: Final = 64

NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, INET_DIAG_SKV6ONLY = 4, 20, 11
NLMSG_ERROR, NLMSG_DONE, NLM_F_REQUEST_DUMP = 2, 3, 0x301
TCP_CLOSE, TCP_LISTEN = 7, 10  # a UDP socket that is not connected is in the state CLOSE
STATES: Final[dict[Transport, int]] = {"tcp": TCP_LISTEN, "udp": TCP_CLOSE}
PROTOCOLS: Final[dict[Transport, int]] = {"tcp": socket.IPPROTO_TCP, "udp": socket.IPPROTO_UDP}
REQUEST = struct.Struct("=BBBxI48x")  # inet_diag_req_v2 without a socket's identity
HEADER = struct.Struct("=IHHII")
MESSAGE_BYTES: Final = 72  # inet_diag_msg
ATTRIBUTE = struct.Struct("=HH")
EPHEMERAL: Final = "/proc/sys/net/ipv4/ip_local_port_range"


class Bound(msgspec.Struct, frozen=True):
    """A socket that takes what comes in. `v6only` None: it cannot be told."""

    transport: Transport
    address: str
    port: int
    inode: int
    v6only: bool | None = None


def read() -> tuple[Listener, ...]:
    """All listeners, ordered by port. Blocks."""
    try:
        bound = list(by_diag())
    except (OSError, ValueError, struct.error):
        bound = list(by_tables(read_text))
    inodes = frozenset(one.inode for one in bound)
    return listeners(bound, processes(inodes) if inodes else {}, ephemeral(read_text))


def listeners(
    bound: Iterable[Bound], names: Mapping[int, str], transient: range
) -> tuple[Listener, ...]:
    """One per transport and port. UDP ports of the `transient` range are clients', not services'.

    Sockets on loopback count only where a port has no others.
    """
    held: dict[tuple[Transport, int], list[Bound]] = {}
    for one in bound:
        if not (one.transport == "udp" and one.port in transient):
            held.setdefault((one.transport, one.port), []).append(one)
    found = []
    for (transport, port), sockets in sorted(held.items(), key=lambda item: item[0][::-1]):
        outside = [one for one in sockets if not _is_loopback(one.address)]
        counted = outside or sockets
        six = [one for one in counted if ":" in one.address]
        dual = any(one.address == "::" and one.v6only is not True for one in six)
        process = next((names[one.inode] for one in counted if one.inode in names), "")
        found.append(
            Listener(
                transport=transport,
                port=port,
                ipv4=dual or len(six) < len(counted),
                ipv6=bool(six),
                process=process,
                loopback_only=not outside,
            )
        )
    return tuple(found[:MAX_LISTENERS])


def by_diag() -> Iterator[Bound]:
    """Ask the kernel for its sockets. Raises OSError, or ValueError for what is no answer."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as sock:
        sock.settimeout(2.0)
        for family in (socket.AF_INET, socket.AF_INET6):
            for transport, number in PROTOCOLS.items():
                body = REQUEST.pack(family, number, 0, 1 << STATES[transport])
                head = HEADER.pack(
                    HEADER.size + len(body), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST_DUMP, 1, 0
                )
                sock.send(head + body)
                yield from _answers(sock, transport)


def parse(message: bytes, transport: Transport) -> Bound | None:
    """One inet_diag_msg with its attributes; None for a connected socket."""
    family = message[0]
    local, remote = struct.unpack_from("!HH", message, 4)
    length = 4 if family == socket.AF_INET else 16
    address = ipaddress.ip_address(message[8 : 8 + length])
    (inode,) = struct.unpack_from("=I", message, 68)
    if remote or not local:
        return None
    v6only = None if family == socket.AF_INET6 else False
    offset = MESSAGE_BYTES
    while offset + ATTRIBUTE.size <= len(message):
        size, kind = ATTRIBUTE.unpack_from(message, offset)
        if size < ATTRIBUTE.size:
            break
        if kind == INET_DIAG_SKV6ONLY and size > ATTRIBUTE.size and family == socket.AF_INET6:
            v6only = bool(message[offset + ATTRIBUTE.size])
        offset += (size + 3) & ~3
    return Bound(transport, str(address), local, inode, v6only)


def by_tables(read: Read) -> Iterator[Bound]:
    """The same from /proc/net, where `v6only` is not told."""
    for table in ("tcp", "tcp6", "udp", "udp6"):
        transport: Transport = "tcp" if table.startswith("tcp") else "udp"
        for line in (read(f"{NET}/{table}") or "").splitlines()[1:MAX_SOCKETS]:
            fields = line.split()
            try:
                digits, _, port = fields[1].partition(":")
                if int(fields[3], 16) != STATES[transport] or not int(port, 16):
                    continue
                if int(fields[2].rpartition(":")[2], 16):
                    continue
                address = _of_table(digits)
                inode = int(fields[9])
            except (IndexError, ValueError):
                continue
            yield Bound(transport, address, int(port, 16), inode, None if ":" in address else False)


def ephemeral(read: Read) -> range:
    """The ports that the kernel gives to sockets that did not ask for one."""
    words = (read(EPHEMERAL) or "").split()
    if len(words) == 2 and all(word.isascii() and word.isdigit() for word in words):
        return range(int(words[0]), int(words[1]) + 1)
    return range(32768, 61000)


def processes(inodes: frozenset[int]) -> dict[int, str]:
    """Which program holds which socket, as far as the rights go. Blocks."""
    found: dict[int, str] = {}
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    try:
        numbers = [path.name for path in Path("/proc").iterdir() if path.name.isdigit()]
    except OSError:
        return found
    for number in numbers[:MAX_PROCESSES]:
        folder = Path("/proc", number)
        try:
            files = list(islice((folder / "fd").iterdir(), MAX_FILES))
        except OSError:
            continue
        held = [wanted[link] for file in files if (link := _link(file)) in wanted]
        if held:
            name = clean_text((read_text(str(folder / "comm")) or "").strip(), MAX_NAME)
            found.update({inode: name for inode in held if inode not in found})
        if len(found) == len(wanted):
            break
    return found


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""


def _answers(sock: socket.socket, transport: Transport) -> Iterator[Bound]:
    count = 0
    while True:
        data = sock.recv(65536)
        offset = 0
        while offset + HEADER.size <= len(data):
            length, kind, _, _, _ = HEADER.unpack_from(data, offset)
            if length < HEADER.size:
                raise ValueError("a netlink message without its header")
            body = data[offset + HEADER.size : offset + length]
            offset += (length + 3) & ~3
            if kind == NLMSG_DONE:
                return
            if kind == NLMSG_ERROR:
                raise OSError(-int.from_bytes(body[:4], "little", signed=True), "sock_diag")
            count += 1
            if count > MAX_SOCKETS:
                raise ValueError("more sockets than are looked at")
            bound = parse(body, transport) if kind == SOCK_DIAG_BY_FAMILY else None
            if bound is not None:
                yield bound


def _of_table(digits: str) -> str:
    """An address as the tables have it: words in the order of the machine's octets."""
    if len(digits) not in (8, 32):
        raise ValueError(digits)
    words = [int(digits[at : at + 8], 16) for at in range(0, len(digits), 8)]
    return str(ipaddress.ip_address(struct.pack(f"={len(words)}I", *words)))


def _is_loopback(text: str) -> bool:
    return ipaddress.ip_address(text).is_loopback
