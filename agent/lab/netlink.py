"""Just enough rtnetlink to build a LAN: links, addresses, routes, rules (rtnetlink(7)).

The socket belongs to the namespace of the thread that makes it, so that one process configures
any number of namespaces without entering them again. Written by hand because a lab of a hundred
namespaces is made in a second and needs twelve messages.
"""

import ipaddress
import os
import socket
import struct
import threading
from collections.abc import Iterator

from agent.lab.netlink_codec import (
    Attributes,
    LinkAddress,
    LinkState,
    attribute,
    flag_names,
    nested,
    parse_attributes,
)

RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK = 16, 17, 18, 19
RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR = 20, 21, 22
RTM_NEWROUTE = 24
RTM_NEWRULE = 32
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 0x1, 0x4, 0x300
NLM_F_CREATE_EXCL = 0x600
IFF_UP = 0x1
IFA_F_NODAD = 0x02

Address = ipaddress.IPv4Interface | ipaddress.IPv6Interface
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Netlink:
    """One NETLINK_ROUTE socket, for any thread; methods raise OSError with the kernel's reason."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.bind((0, 0))
        self._sequence = 0
        self._lock = threading.Lock()
        self._indexes: dict[str, int] = {}

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def index(self, interface: str) -> int:
        """The number of an interface; OSError when there is none of that name."""
        known = self._indexes.get(interface)
        if known is None:
            # One link and not all of them: a bridge with 1,000 ports is asked 1,000 times.
            body = _link() + attribute(3, interface.encode() + b"\0")
            with self._lock:
                self._send(RTM_GETLINK, NLM_F_ACK, body)
                (found,) = self._replies()
            known = int(struct.unpack_from("=i", found, 4)[0])
            self._indexes[interface] = known
        return known

    def add_bridge(self, name: str, *, forward_groups: int) -> None:
        """Add a bridge without multicast snooping or spanning tree.

        `forward_groups` is the mask of 01:80:c2:00:00:0X that it forwards (bit X).
        """
        data = nested(2, attribute(23, b"\0"), attribute(9, struct.pack("=H", forward_groups)))
        info = nested(18, attribute(1, b"bridge"), data)
        self._ask(
            RTM_NEWLINK, NLM_F_CREATE_EXCL, _link() + attribute(3, name.encode() + b"\0") + info
        )

    def add_port(self, name: str, peer: str, peer_fd: int, peer_mac: str, bridge: str) -> None:
        """Add a veth pair: `name` here, up and in `bridge`; `peer` (down) in namespace peer_fd."""
        one_queue = attribute(31, struct.pack("=I", 1)) + attribute(32, struct.pack("=I", 1))
        far = (
            _link()
            + attribute(3, peer.encode() + b"\0")
            + attribute(1, bytes.fromhex(peer_mac.replace(":", "")))
            + attribute(28, struct.pack("=I", peer_fd))
            + one_queue
        )
        info = nested(18, attribute(1, b"veth"), nested(2, attribute(1, far)))
        near = (
            _link(flags=IFF_UP)
            + attribute(3, name.encode() + b"\0")
            + attribute(10, struct.pack("=I", self.index(bridge)))
            + one_queue
        )
        self._ask(RTM_NEWLINK, NLM_F_CREATE_EXCL, near + info)

    def isolate_port(self, name: str) -> None:
        """Forbid traffic between this bridge port and the other isolated ones."""
        self._ask(
            RTM_SETLINK,
            0,
            _link(family=socket.AF_BRIDGE, index=self.index(name))
            + nested(12, attribute(33, b"\1")),
        )

    def set_up(self, interface: str) -> None:
        """Bring an interface up."""
        self._set_flags(interface, IFF_UP)

    def set_down(self, interface: str) -> None:
        """Take an interface down."""
        self._set_flags(interface, 0)

    def add_address(self, interface: str, address: Address, *, nodad: bool = False) -> None:
        """Add an address; IPv4 gets its broadcast address, IPv6 its DAD unless `nodad`."""
        index = self.index(interface)
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        packed = address.ip.packed
        prefix = address.network.prefixlen
        message = struct.pack(
            "=BBBBi", family, prefix, IFA_F_NODAD if nodad else 0, 0, index
        ) + attribute(1, packed)
        if address.version == 4:
            message += attribute(2, packed)
            message += attribute(4, address.network.broadcast_address.packed)
        self._ask(RTM_NEWADDR, NLM_F_CREATE_EXCL, message)

    def add_route(self, interface: str, network: Network, via: bytes | None) -> None:
        """Add a route in the main table; `via` is the gateway's packed address or None."""
        family = socket.AF_INET if network.version == 4 else socket.AF_INET6
        scope = 0 if via else (253 if network.version == 4 else 0)
        message = struct.pack(
            "=BBBBBBBBI", family, network.prefixlen, 0, 0, 254, 3, scope, 1, 0
        ) + attribute(4, struct.pack("=I", self.index(interface)))
        if network.prefixlen:
            message += attribute(1, network.network_address.packed)
        if via:
            message += attribute(5, via)
        self._ask(RTM_NEWROUTE, NLM_F_CREATE_EXCL, message)

    def add_local(self, network: Network) -> None:
        """Make every address of `network` this host's own (AnyIP: `ip route add local`)."""
        family = socket.AF_INET if network.version == 4 else socket.AF_INET6
        message = struct.pack("=BBBBBBBBI", family, network.prefixlen, 0, 0, 255, 3, 254, 2, 0)
        message += attribute(1, network.network_address.packed)
        message += attribute(4, struct.pack("=I", self.index("lo")))
        self._ask(RTM_NEWROUTE, NLM_F_CREATE_EXCL, message)

    def mute(self, family: int) -> None:
        """Discard what local sockets and the stack send through routing (a blackhole rule).

        ARP, ND and MLD do not pass the rules and go on.
        """
        rule = struct.pack("=BBBBBBBBI", family, 0, 0, 0, 0, 0, 0, 6, 0)
        message = rule + attribute(3, b"lo\0") + attribute(6, struct.pack("=I", 10))
        self._ask(RTM_NEWRULE, NLM_F_CREATE_EXCL, message)

    def links(self) -> Iterator[LinkState]:
        """Every interface of the namespace."""
        for message in self._dump(RTM_GETLINK, _link()):
            index, flags = struct.unpack_from("=iI", message, 4)
            found: Attributes = parse_attributes(message[16:])
            yield LinkState(
                index=index,
                name=found.get(3, b"").rstrip(b"\0").decode(),
                mac=found.get(1, b"").hex(":"),
                up=bool(flags & IFF_UP),
            )

    def addresses(self) -> Iterator[LinkAddress]:
        """Every address of the namespace."""
        for message in self._dump(RTM_GETADDR, struct.pack("=BBBBi", 0, 0, 0, 0, 0)):
            family, prefix, short, scope, index = struct.unpack_from("=BBBBi", message)
            found = parse_attributes(message[8:])
            packed = found.get(2) if family == socket.AF_INET else None
            packed = packed or found.get(1)
            if packed is None or family not in (socket.AF_INET, socket.AF_INET6):
                continue
            flags = struct.unpack("=I", found[8])[0] if 8 in found else short
            yield LinkAddress(
                index=index,
                address=str(ipaddress.ip_address(packed)),
                prefix_length=prefix,
                scope={0: "global", 253: "link", 254: "host"}.get(scope, str(scope)),
                flags=flag_names(flags, family),
            )

    def _set_flags(self, interface: str, flags: int) -> None:
        self._ask(RTM_SETLINK, 0, _link(index=self.index(interface), flags=flags, change=IFF_UP))

    def _ask(self, kind: int, flags: int, body: bytes) -> None:
        with self._lock:
            self._send(kind, flags | NLM_F_ACK, body)
            for _ in self._replies():
                pass

    def _dump(self, kind: int, body: bytes) -> Iterator[bytes]:
        with self._lock:
            self._send(kind, NLM_F_DUMP, body)
            return iter(list(self._replies()))

    def _send(self, kind: int, flags: int, body: bytes) -> None:
        self._sequence += 1
        header = struct.pack(
            "=IHHII", 16 + len(body), kind, flags | NLM_F_REQUEST, self._sequence, 0
        )
        self._socket.send(header + body)

    def _replies(self) -> Iterator[bytes]:
        while True:
            data = self._socket.recv(1 << 18)
            offset = 0
            while offset + 16 <= len(data):
                length, kind, _flags, sequence, _port = struct.unpack_from("=IHHII", data, offset)
                body = data[offset + 16 : offset + length]
                offset += (length + 3) & ~3
                if sequence != self._sequence:
                    continue
                if kind == 3:  # NLMSG_DONE
                    return
                if kind == 2:  # NLMSG_ERROR; code 0 is the acknowledgement
                    code = -struct.unpack_from("=i", body)[0]
                    if code:
                        raise OSError(code, f"netlink: {os.strerror(code)}")
                    return
                yield body


def _link(*, family: int = 0, index: int = 0, flags: int = 0, change: int | None = None) -> bytes:
    if change is None:
        change = flags
    return struct.pack("=BBHiII", family, 0, 0, index, flags, change)
