"""A station of its own on a link: a macvlan in a fresh network namespace that has no IPv4.

The calling thread becomes the station for good, so it must be a thread made for that purpose.
"""

import contextlib
import ctypes
import errno
import os
import select
import socket
import struct
import time
from ipaddress import IPv6Address, IPv6Network
from pathlib import Path
from typing import Final

import msgspec

from collectors.wire import nd
from collectors.wire.errors import DecodeError

INTERFACE: Final = "twin6"
SETTLE_S: Final = 20.0  # three router solicitations (RFC 4861 §6.3.7), DAD, and some more
RESOLVERS_S: Final = 4.0  # further, for an advertisement that names resolvers
_CLONE_NEWNET: Final = 0x40000000
_RTM_NEWLINK, _RTM_SETLINK = 16, 19
_REQUEST_ACK, _CREATE_EXCL = 0x5, 0x600
_IFLA_IFNAME, _IFLA_LINK, _IFLA_LINKINFO, _IFLA_NET_NS_FD = 3, 5, 18, 28
_MACVLAN_BRIDGE: Final = 4
_ICMP6_FILTER: Final = 1
_TENTATIVE, _DADFAILED = 0x40, 0x08
# The station hears advertisements, makes one address, and has no IPv4 to answer with.
_SYSCTLS: Final = (
    ("net/ipv4/conf/all/arp_ignore", "8"),
    ("net/ipv6/conf/default/accept_ra", "1"),
    ("net/ipv6/conf/default/autoconf", "1"),
    ("net/ipv6/conf/default/use_tempaddr", "0"),
)


class TwinRefused(Exception):
    """The twin cannot be made, or gets no IPv6; the text names the cause and the remedy."""


class Station(msgspec.Struct, frozen=True):
    """What the network gave the twin. `nat64` are prefixes of PREF64 options (RFC 8781)."""

    addresses: tuple[str, ...]
    routers: tuple[str, ...]
    resolvers: tuple[str, ...]
    nat64: tuple[str, ...] = ()


def become(interface: str, settle_s: float = SETTLE_S) -> Station:
    """Turn the calling thread into a station on the link of `interface`; wait for its addresses.

    Sends router solicitations, duplicate address detection and MLD reports, as any station that
    joins. Raises TwinRefused.
    """
    try:
        index = socket.if_nametoindex(interface)
    except OSError:
        raise TwinRefused(f"there is no interface {interface} on this machine") from None
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as outside:
        _unshare()
        with contextlib.ExitStack() as stack:
            own = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
            stack.callback(os.close, own)
            _add_macvlan(outside, interface, index, own)
    for path, value in _SYSCTLS:
        with contextlib.suppress(OSError):  # the defaults do as well
            Path(f"/proc/sys/{path}").write_text(value)
    with (
        socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as heard,
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as inside,
    ):
        heard.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
        passes = bytearray(b"\xff" * 32)
        passes[nd.ROUTER_ADVERTISEMENT // 8] &= ~(1 << nd.ROUTER_ADVERTISEMENT % 8) & 0xFF
        heard.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, bytes(passes))
        for name in ("lo", INTERFACE):
            _set_up(inside, socket.if_nametoindex(name))
        return _settle(heard, interface, settle_s)


def has_ipv4() -> bool:
    """Whether the calling thread's namespace could send IPv4 anywhere; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.1", 9))
        except OSError:
            return False
    return True


def _settle(heard: socket.socket, interface: str, settle_s: float) -> Station:
    resolvers: dict[str, None] = {}
    nat64: dict[str, None] = {}
    deadline = time.monotonic() + settle_s
    ready_at: float | None = None
    while time.monotonic() < deadline:
        if select.select([heard], [], [], 0.1)[0]:
            _learn(heard, resolvers, nat64)
        if not (_addresses() and _routers()):
            continue
        if ready_at is None:
            ready_at = time.monotonic()
            deadline = max(deadline, ready_at + RESOLVERS_S)
        if resolvers or time.monotonic() > ready_at + RESOLVERS_S:
            break
    addresses, routers = _addresses(), _routers()
    if not addresses or not routers:
        lacks = "an IPv6 address" if not addresses else "a default route"
        raise TwinRefused(
            f"the twin got no {lacks.partition(' ')[2]} on {interface} within {settle_s:.0f} s: no "
            "router offers IPv6 there, or the switch port admits no second MAC"
        )
    return Station(addresses, routers, tuple(resolvers), tuple(nat64))


def _learn(heard: socket.socket, resolvers: dict[str, None], nat64: dict[str, None]) -> None:
    """Take resolvers and NAT64 prefixes from one advertisement; bad ones are skipped."""
    data, ancillary, _, peer = heard.recvmsg(4096, socket.CMSG_SPACE(4))
    limit = 0
    for level, kind, value in ancillary:
        if level == socket.IPPROTO_IPV6 and kind == socket.IPV6_HOPLIMIT and len(value) >= 4:
            limit = struct.unpack("=i", value[:4])[0]
    source = IPv6Address(str(peer[0]).partition("%")[0])
    try:
        message = nd.parse(data, source.packed, b"\xff\x02" + bytes(13) + b"\x01", limit)
    except DecodeError:
        return
    if not isinstance(message, nd.RouterAdvertisement):
        return
    for option in message.options.resolvers:
        if option.lifetime_s:
            for packed in option.addresses:
                address = IPv6Address(packed)
                zone = f"%{INTERFACE}" if address.is_link_local else ""
                resolvers.setdefault(f"{address}{zone}")
    for prefix in message.options.pref64:
        if prefix.lifetime_s:
            nat64.setdefault(str(IPv6Network((prefix.prefix, prefix.length), strict=False)))


def _addresses() -> tuple[str, ...]:
    """Addresses beyond the link that may be used (/proc/net/if_inet6)."""
    found = []
    for line in Path("/proc/thread-self/net/if_inet6").read_text(encoding="ascii").splitlines():
        digits, _, _, scope, flags, name = line.split()
        if name == INTERFACE and scope == "00" and not int(flags, 16) & (_TENTATIVE | _DADFAILED):
            found.append(str(IPv6Address(int(digits, 16))))
    return tuple(found)


def _routers() -> tuple[str, ...]:
    """Gateways of default routes (/proc/net/ipv6_route)."""
    found: dict[str, None] = {}
    for line in Path("/proc/thread-self/net/ipv6_route").read_text(encoding="ascii").splitlines():
        fields = line.split()
        if fields[9] == INTERFACE and not int(fields[0] + fields[1], 16) and int(fields[4], 16):
            found[str(IPv6Address(int(fields[4], 16)))] = None
    return tuple(found)


def _unshare() -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(ctypes.c_int(_CLONE_NEWNET)) == 0:
        return
    code = ctypes.get_errno()
    if code in (errno.EPERM, errno.EACCES):
        raise TwinRefused(
            "the twin needs a network namespace of its own, which takes the capabilities SYS_ADMIN "
            "and NET_ADMIN: run it as root"
        )
    raise TwinRefused(f"the kernel gave no network namespace: {os.strerror(code)}")


def _add_macvlan(outside: socket.socket, interface: str, index: int, namespace: int) -> None:
    """Make the station inside the namespace at once, so that it never stands outside."""
    mode = _attribute(1, struct.pack("=I", _MACVLAN_BRIDGE))
    info = _attribute(1, b"macvlan") + _attribute(2, mode)
    body = (
        struct.pack("=BxHiII", 0, 0, 0, 0, 0)
        + _attribute(_IFLA_LINK, struct.pack("=I", index))
        + _attribute(_IFLA_IFNAME, INTERFACE.encode() + b"\0")
        + _attribute(_IFLA_NET_NS_FD, struct.pack("=I", namespace))
        + _attribute(_IFLA_LINKINFO, info)
    )
    try:
        _ask(outside, _RTM_NEWLINK, _CREATE_EXCL, body)
    except OSError as error:
        if error.errno in (errno.EPERM, errno.EACCES):
            text = "that takes the capability NET_ADMIN: run it as root"
        else:
            text = f"the kernel says: {error.strerror}; Wi-Fi and some virtual cards admit none"
        raise TwinRefused(f"no second station (macvlan) on {interface}: {text}") from None


def _set_up(inside: socket.socket, index: int) -> None:
    try:
        _ask(inside, _RTM_SETLINK, 0, struct.pack("=BxHiII", 0, 0, index, 1, 1))
    except OSError as error:
        raise TwinRefused(f"the twin's interface does not come up: {error.strerror}") from None


def _attribute(kind: int, value: bytes) -> bytes:
    padding = bytes(-len(value) % 4)
    return struct.pack("=HH", len(value) + 4, kind) + value + padding


def _ask(sock: socket.socket, kind: int, flags: int, body: bytes) -> None:
    """Send one request and wait for the kernel's word; raises OSError."""
    sock.send(struct.pack("=IHHII", 16 + len(body), kind, _REQUEST_ACK | flags, 1, 0) + body)
    reply = sock.recv(4096)
    if len(reply) >= 20 and struct.unpack_from("=H", reply, 4)[0] == 2:
        code = -struct.unpack_from("=i", reply, 16)[0]
        if code:
            raise OSError(code, os.strerror(code))
