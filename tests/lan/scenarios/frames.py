"""What no daemon of the lab would send, as frames: advertisements, tunnels, DHCP questions."""

import struct
from collections.abc import Sequence
from typing import Any

from collectors.wire.dhcpv4 import DEFAULT_PARAMETERS, IPV6_ONLY_PREFERRED, build_discover

EVERYBODY = "ff:ff:ff:ff:ff:ff"
ALL_NODES_MAC = "33:33:00:00:00:01"


def advertisement(
    mac: str, source: str, options: bytes = b"", *, lifetime_s: int = 1800, flags: int = 0,
    hop_limit: int = 64, ip_hop_limit: int = 255, code: int = 0, cut: int | None = None,
) -> bytes:  # fmt: skip
    """A router advertisement with a right checksum; `cut` shortens the ICMPv6 message."""
    message = struct.pack("!BBHBBHII", 134, code, 0, hop_limit, flags, lifetime_s, 0, 0) + options
    return icmpv6(mac, source, message[:cut], ip_hop_limit)


def icmpv6(mac: str, source: str, message: bytes, hop_limit: int = 255) -> bytes:
    """An ICMPv6 message to all nodes in a frame, with a right checksum."""
    from scapy.layers import inet6
    from scapy.layers.l2 import Ether

    layers: Any = inet6
    packet = layers.IPv6(src=source, dst="ff02::1", nh=58, hlim=hop_limit)
    checksum = layers.in6_chksum(58, packet, message)
    message = message[:2] + struct.pack("!H", checksum) + message[4:]
    return bytes(Ether(src=mac, dst=ALL_NODES_MAC, type=0x86DD) / packet / message)


def prefix_option(
    prefix: bytes, length: int = 64, *, flags: int = 0xC0, valid_s: int = 5400,
    preferred_s: int = 2700,
) -> bytes:  # fmt: skip
    """A prefix information option (RFC 4861 §4.6.2)."""
    return struct.pack("!BBBBIII", 3, 4, length, flags, valid_s, preferred_s, 0) + prefix


def option(kind: int, body: bytes) -> bytes:
    """An option of which the body fills whole units of eight octets with its two first octets."""
    return bytes([kind, (2 + len(body)) // 8]) + body


# Every option that an advertisement may carry, well formed: type → octets.
OPTIONS = {
    1: b"\x01\x01\x02\x66\x00\x00\x00\x01",
    3: prefix_option(bytes.fromhex("20010db80bad") + bytes(10)),
    5: struct.pack("!BBHI", 5, 1, 0, 1500),
    24: struct.pack("!BBBBI", 24, 2, 48, 0, 1800) + bytes.fromhex("20010db80bad0000"),
    25: struct.pack("!BBHI", 25, 3, 0, 1800) + bytes.fromhex("20010db80bad") + bytes(9) + b"\x01",
    31: struct.pack("!BBHI", 31, 2, 0, 1800) + b"\x03stc\x00\x00\x00\x00",
    37: b"\x25\x03https://stc.example/x\x00"[:24],
    38: struct.pack("!BBH", 38, 2, 1800 // 8 << 3) + bytes.fromhex("0064ff9b0000000000000000"),
}


def malformed(mac: str, source: str) -> Sequence[bytes]:
    """Every option truncated and of length zero, alone; each makes its advertisement void."""
    frames = []
    for option in OPTIONS.values():
        frames.append(advertisement(mac, source, option[:1] + b"\x00" + option[2:]))
        frames.append(advertisement(mac, source, option[:-1]))
        frames.append(advertisement(mac, source, option[:1] + b"\xff" + option[2:]))
    return [
        *frames,
        advertisement(mac, source, cut=12),
        advertisement(mac, source, code=7),
        advertisement(mac, source, ip_hop_limit=64),
    ]


def tunnels(mac: str, source: str) -> dict[str, bytes]:
    """IPv6 in IPv4 of each kind, to everybody, as a hub or an overflown switch shows it."""
    from scapy.layers.inet import IP, UDP
    from scapy.layers.inet6 import IPv6
    from scapy.layers.l2 import GRE, Ether
    from scapy.packet import Raw

    inner = IPv6(src="2001:db8:55::1", dst="2001:db8:56::1")
    question = bytes.fromhex("123401000001000000000000") + b"\x06isatap\0" + b"\0\1\0\1"
    told = {
        "6in4": IP(src=source, dst="198.51.100.1") / inner,
        "6to4": IP(src=source, dst="192.88.99.1") / inner,
        "gre": IP(src=source, dst="198.51.100.1") / GRE(),
        "teredo": IP(src=source, dst="198.51.100.1") / UDP(sport=50000, dport=3544) / inner,
        "isatap": IP(src=source, dst="10.66.7.255") / UDP(sport=50000, dport=53) / Raw(question),
    }
    return {kind: bytes(Ether(src=mac, dst=EVERYBODY) / packet) for kind, packet in told.items()}


def discover(mac: str, *, ipv6_only: bool, vendor_class: str = "") -> bytes:
    """A DHCP client's question; `ipv6_only` asks for option 108 (RFC 8925)."""
    from scapy.layers.inet import IP, UDP
    from scapy.layers.l2 import Ether
    from scapy.packet import Raw

    wanted = DEFAULT_PARAMETERS.replace(bytes((IPV6_ONLY_PREFERRED,)), b"")
    wanted += bytes((IPV6_ONLY_PREFERRED,)) if ipv6_only else b""
    payload = build_discover(
        bytes.fromhex(mac.replace(":", "")),
        0x6C77,
        vendor_class=vendor_class.encode() or None,
        parameters=wanted,
    )
    packet = IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67) / Raw(payload)
    return bytes(Ether(src=mac, dst=EVERYBODY) / packet)
