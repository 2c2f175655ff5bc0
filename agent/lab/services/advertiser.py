"""A router advertisement daemon that answers solicitations and speaks up (RFC 4861 §6.2)."""

import asyncio
import contextlib
import ipaddress
import random
import socket
import struct

from agent.lab.offers import Prefix, RouterAdvertiser
from agent.lab.services.stage import Place, Stage

ICMP6_FILTER = 1
ROUTER_SOLICITATION = 133
ALL_NODES = "ff02::1"
ALL_ROUTERS = "ff02::2"


async def start(offer: RouterAdvertiser, place: Place, stage: Stage) -> None:
    """Advertise on eth0; one advertisement goes out before this returns."""
    sock = place.namespace.socket(
        socket.AF_INET6, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.IPPROTO_ICMPV6
    )
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
    sock.setsockopt(socket.IPPROTO_ICMPV6, ICMP6_FILTER, _only(ROUTER_SOLICITATION))
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
    place.join(sock, ALL_ROUTERS)
    index = place.namespace.netlink.index("eth0")
    target = (ALL_NODES, 0, 0, index)
    advertisement = encode(offer, place.host.mac)

    def answer() -> None:
        data, ancillary, _flags, _peer = sock.recvmsg(1500, 64)
        if is_solicitation(data, _hop_limit(ancillary)):
            sock.sendto(advertisement, target)

    async def speak_up() -> None:
        while True:
            # A router does not stop because its link is down.
            with contextlib.suppress(OSError):
                sock.sendto(advertisement, target)
            # RFC 4861 §6.2.1: between MinRtrAdvInterval (0.33 of the maximum) and the maximum.
            await asyncio.sleep(offer.interval_s * random.uniform(0.33, 1.0))

    stage.reads(sock, answer)
    stage.spawn(speak_up())
    await asyncio.sleep(0)


def encode(offer: RouterAdvertiser, mac: str) -> bytes:
    """The advertisement; the kernel fills in the checksum (RFC 3542 §3.1)."""
    preference = {"medium": 0, "high": 1, "low": 3}[offer.preference]
    flags = (0x80 if offer.managed else 0) | (0x40 if offer.other else 0) | preference << 3
    message = struct.pack("!BBHBBHII", 134, 0, 0, 64, flags, offer.lifetime_s, 0, 0)
    message += b"\x01\x01" + bytes.fromhex(mac.replace(":", ""))
    if offer.mtu is not None:
        message += struct.pack("!BBHI", 5, 1, 0, offer.mtu)
    for prefix in offer.prefixes:
        message += _prefix_option(prefix)
    if offer.rdnss:
        addresses = b"".join(ipaddress.IPv6Address(one).packed for one in offer.rdnss)
        length = 1 + 2 * len(offer.rdnss)
        message += struct.pack("!BBHI", 25, length, 0, offer.lifetime_s or 1800) + addresses
    if offer.search:
        names = b"".join(_name(one) for one in offer.search)
        names += bytes(-len(names) % 8)
        message += struct.pack("!BBHI", 31, 1 + len(names) // 8, 0, 1800) + names
    if offer.pref64 is not None:
        message += _pref64_option(ipaddress.IPv6Network(offer.pref64), offer.lifetime_s)
    return message


def is_solicitation(data: bytes, hop_limit: int | None) -> bool:
    """Whether a message is a router solicitation that must be answered (RFC 4861 §6.1.1)."""
    return hop_limit == 255 and len(data) >= 8 and data[0] == ROUTER_SOLICITATION and data[1] == 0


def _prefix_option(prefix: Prefix) -> bytes:
    network = ipaddress.IPv6Network(prefix.prefix)
    flags = (0x80 if prefix.on_link else 0) | (0x40 if prefix.autonomous else 0)
    head = struct.pack(
        "!BBBBIII", 3, 4, network.prefixlen, flags, prefix.valid_s, prefix.preferred_s, 0
    )
    return head + network.network_address.packed


def _pref64_option(network: ipaddress.IPv6Network, lifetime_s: int) -> bytes:
    # RFC 8781 §4: a lifetime in units of eight seconds, and a code for the prefix length.
    code = {96: 0, 64: 1, 56: 2, 48: 3, 40: 4, 32: 5}[network.prefixlen]
    scaled = min(lifetime_s // 8, 8191)
    return struct.pack("!BBH", 38, 2, scaled << 3 | code) + network.network_address.packed[:12]


def _name(text: str) -> bytes:
    labels = text.rstrip(".").encode("ascii").split(b".")
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"


def _only(kind: int) -> bytes:
    # RFC 3542 §3.2: a set bit blocks its type.
    words = [0xFFFFFFFF] * 8
    words[kind >> 5] &= ~(1 << (kind & 31))
    return struct.pack("=8I", *words)


def _hop_limit(ancillary: list[tuple[int, int, bytes]]) -> int | None:
    for level, kind, data in ancillary:
        if level == socket.IPPROTO_IPV6 and kind == socket.IPV6_HOPLIMIT:
            return int(struct.unpack("=i", data[:4])[0])
    return None
