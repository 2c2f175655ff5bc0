"""The machine's own interfaces, read from the kernel over route netlink (rtnetlink(7)).

Needs no rights and, unlike ioctl, tells every address of an interface.
"""

import ipaddress
import socket
import struct
import sys
from collections.abc import Iterator
from typing import Final

import msgspec

Address = ipaddress.IPv4Interface | ipaddress.IPv6Interface

MAX_INTERFACES: Final = 512
MAX_ADDRESSES: Final = 4096


class OwnLink(msgspec.Struct, frozen=True):
    """An own interface; `mac` is empty unless it is Ethernet, `running` means up with carrier.

    A VLAN sub-interface has its `vlan` and the index of its `parent`; both are 0 for others.
    """

    name: str
    index: int
    mac: str
    running: bool
    addresses: tuple[Address, ...] = ()
    parent: int = 0
    vlan: int = 0

    def owns(self, address: str) -> bool:
        """Whether an address (canonical text) is one of its own."""
        return any(str(own.ip) == address for own in self.addresses)

    def touches(self, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
        """Whether one of its subnets overlaps a network."""
        return any(
            own.version == network.version and own.network.overlaps(network)
            for own in self.addresses
        )


def read_own_links() -> tuple[OwnLink, ...]:
    """All interfaces of this network namespace; raises OSError when netlink does not answer."""
    addresses: dict[int, list[Address]] = {}
    for _, body in _dump(_RTM_GETADDR, _IFADDRMSG.size):
        _add_address(addresses, body)
    links: list[OwnLink] = []
    for _, body in _dump(_RTM_GETLINK, _IFINFOMSG.size):
        link = _link(body, addresses)
        if link is not None and len(links) < MAX_INTERFACES:
            links.append(link)
    return tuple(links)


_RTM_NEWLINK: Final = 16
_RTM_GETLINK: Final = 18
_RTM_NEWADDR: Final = 20
_RTM_GETADDR: Final = 22
_NLMSG_ERROR: Final = 2
_NLMSG_DONE: Final = 3
_REQUEST_DUMP: Final = 0x301
_IFLA_ADDRESS: Final = 1
_IFLA_IFNAME: Final = 3
_IFLA_LINK: Final = 5
_IFLA_LINKINFO: Final = 18
_IFLA_INFO_KIND: Final = 1
_IFLA_INFO_DATA: Final = 2
_IFLA_VLAN_ID: Final = 1
_IFA_ADDRESS: Final = 1
_IFA_LOCAL: Final = 2
_UNUSABLE: Final = 0x48  # tentative or found to be a duplicate: not ours (yet)
_ARPHRD_ETHER: Final = 1
_IFF_RUNNING: Final = 0x40
_IFF_UP: Final = 0x01
_HEADER: Final = struct.Struct("=IHHII")
_IFINFOMSG: Final = struct.Struct("=BxHiII")
_IFADDRMSG: Final = struct.Struct("=BBBBI")
_ATTRIBUTE: Final = struct.Struct("=HH")


def _dump(kind: int, body_bytes: int) -> Iterator[tuple[int, bytes]]:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.settimeout(2.0)
        length = _HEADER.size + body_bytes
        netlink.send(_HEADER.pack(length, kind, _REQUEST_DUMP, 1, 0) + bytes(body_bytes))
        while True:
            data = netlink.recv(1 << 18)
            offset = 0
            while offset + _HEADER.size <= len(data):
                size, answer, _, _, _ = _HEADER.unpack_from(data, offset)
                if answer == _NLMSG_DONE or size < _HEADER.size:
                    return
                if answer == _NLMSG_ERROR:
                    raise OSError("route netlink refused the question")
                yield answer, data[offset + _HEADER.size : offset + size]
                offset += size + 3 & ~3


def _attributes(body: bytes, offset: int) -> dict[int, bytes]:
    found = {}
    while offset + _ATTRIBUTE.size <= len(body):
        size, kind = _ATTRIBUTE.unpack_from(body, offset)
        if size < _ATTRIBUTE.size:
            break
        found[kind & 0x3FFF] = body[offset + _ATTRIBUTE.size : offset + size]
        offset += size + 3 & ~3
    return found


def _add_address(addresses: dict[int, list[Address]], body: bytes) -> None:
    family, prefix_length, flags, _, index = _IFADDRMSG.unpack_from(body)
    if flags & _UNUSABLE:
        return
    attributes = _attributes(body, _IFADDRMSG.size)
    raw = attributes.get(_IFA_LOCAL) or attributes.get(_IFA_ADDRESS)
    if raw is None or sum(map(len, addresses.values())) >= MAX_ADDRESSES:
        return
    if family == socket.AF_INET and len(raw) == 4:
        own: Address = ipaddress.IPv4Interface((raw, prefix_length))
    elif family == socket.AF_INET6 and len(raw) == 16:
        own = ipaddress.IPv6Interface((raw, prefix_length))
    else:
        return
    addresses.setdefault(index, []).append(own)


def _link(body: bytes, addresses: dict[int, list[Address]]) -> OwnLink | None:
    _, hardware, index, flags, _ = _IFINFOMSG.unpack_from(body)
    attributes = _attributes(body, _IFINFOMSG.size)
    name = attributes.get(_IFLA_IFNAME, b"").rstrip(b"\0").decode("utf-8", "replace")
    raw = attributes.get(_IFLA_ADDRESS, b"")
    mac = raw.hex(":") if hardware == _ARPHRD_ETHER and len(raw) == 6 else ""
    running = flags & _IFF_UP != 0 and flags & _IFF_RUNNING != 0
    if not name:
        return None
    vlan = _vlan(attributes.get(_IFLA_LINKINFO, b""))
    parent = int.from_bytes(attributes.get(_IFLA_LINK, b""), sys.byteorder) if vlan else 0
    return OwnLink(name, index, mac, running, tuple(addresses.get(index, ())), parent, vlan)


def _vlan(content: bytes) -> int:
    """The number of a VLAN sub-interface, 0 for any other."""
    details = _attributes(content, 0)
    if details.get(_IFLA_INFO_KIND, b"").rstrip(b"\0") != b"vlan":
        return 0
    number = _attributes(details.get(_IFLA_INFO_DATA, b""), 0).get(_IFLA_VLAN_ID, b"")
    return int.from_bytes(number, sys.byteorder)
