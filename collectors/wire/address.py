"""Addresses: wire form (`bytes`) to and from canonical text, and what follows from their bits.

Text to bytes raises `ValueError` on anything that is not an address; bytes to text raises it when
the number of octets is wrong.
"""

import re
import socket
from typing import Final

BROADCAST_MAC: Final = b"\xff" * 6
ZERO_MAC: Final = bytes(6)
UNSPECIFIED_IPV4: Final = bytes(4)
BROADCAST_IPV4: Final = b"\xff" * 4
UNSPECIFIED_IPV6: Final = bytes(16)
ALL_NODES: Final = bytes.fromhex("ff020000000000000000000000000001")
ALL_DHCP_SERVERS: Final = bytes.fromhex("ff020000000000000000000000010002")  # RFC 8415 §7.1
ALL_ROUTERS: Final = bytes.fromhex("ff020000000000000000000000000002")
ALL_MLDV2_ROUTERS: Final = bytes.fromhex("ff020000000000000000000000000016")
MDNS_IPV6: Final = bytes.fromhex("ff0200000000000000000000000000fb")
MDNS_IPV4: Final = bytes.fromhex("e00000fb")


def mac_text(mac: bytes) -> str:
    """Six octets as lower-case, colon-separated text."""
    if len(mac) != 6:
        raise ValueError(f"a MAC has 6 octets, not {len(mac)}")
    return mac.hex(":")


def mac_bytes(text: str) -> bytes:
    """Six pairs of hexadecimal digits, all separated by colons or all by hyphens, as octets."""
    if _MAC.fullmatch(text) is None:
        raise ValueError(f"not a MAC: {text[:40]!r}")
    return bytes.fromhex(text.replace(text[2], ""))


def ipv4_text(address: bytes) -> str:
    """Four octets in dotted decimal."""
    if len(address) != 4:
        raise ValueError(f"an IPv4 address has 4 octets, not {len(address)}")
    return socket.inet_ntoa(address)


def ipv4_bytes(text: str) -> bytes:
    """Strict dotted decimal as four octets."""
    return _pton(socket.AF_INET, text, "IPv4")


def ipv6_text(address: bytes) -> str:
    """Sixteen octets as RFC 5952 text; mapped addresses (::ffff:0:0/96) in mixed notation (§5)."""
    if len(address) != 16:
        raise ValueError(f"an IPv6 address has 16 octets, not {len(address)}")
    if address[:12] == _ZERO_96_BITS and address[12:14] != b"\0\0":
        # The C library writes ::/96 in dotted decimal; RFC 5952 §5 has that for known prefixes.
        high, low = int.from_bytes(address[12:14], "big"), int.from_bytes(address[14:], "big")
        return f"::{high:x}:{low:x}"
    return socket.inet_ntop(socket.AF_INET6, address)


def ipv6_bytes(text: str) -> bytes:
    """IPv6 text without a zone as sixteen octets."""
    return _pton(socket.AF_INET6, text, "IPv6")


def ip_text(address: bytes) -> str:
    """Four or sixteen octets as canonical text."""
    return ipv4_text(address) if len(address) == 4 else ipv6_text(address)


def ip_bytes(text: str) -> bytes:
    """IPv4 or IPv6 text as four or sixteen octets."""
    return ipv6_bytes(text) if ":" in text else ipv4_bytes(text)


def solicited_node(address: bytes) -> bytes:
    """The solicited-node group of an IPv6 address (RFC 4291 §2.7.1)."""
    return _SOLICITED_NODE + require_ipv6(address)[13:]


def is_solicited_node(group: bytes) -> bool:
    """Whether an address is a solicited-node group; its last three octets then name addresses."""
    return group[:13] == _SOLICITED_NODE


def multicast_mac(group: bytes) -> bytes:
    """The Ethernet group address of an IPv6 (RFC 2464 §7) or IPv4 (RFC 1112 §6.4) group."""
    if len(group) == 16:
        return b"\x33\x33" + group[12:]
    require_ipv4(group)
    return b"\x01\x00\x5e" + bytes((group[1] & 0x7F,)) + group[2:]


def eui64_interface_id(mac: bytes) -> bytes:
    """The eight octets of the modified EUI-64 interface identifier of a MAC (RFC 4291 App. A)."""
    require_mac(mac)
    return bytes((mac[0] ^ 0x02,)) + mac[1:3] + b"\xff\xfe" + mac[3:]


def eui64_address(prefix: bytes, mac: bytes) -> bytes:
    """The address that autoconfiguration makes of a /64 (its first 8 octets) and a MAC."""
    if len(prefix) not in (8, 16):
        raise ValueError(f"a /64 is given by 8 or 16 octets, not {len(prefix)}")
    return prefix[:8] + eui64_interface_id(mac)


def eui64_mac(address: bytes) -> bytes | None:
    """The MAC inside a modified EUI-64 address; None when there is none (by chance 1 in 65536)."""
    if len(address) != 16 or address[11:13] != b"\xff\xfe":
        return None
    return bytes((address[8] ^ 0x02,)) + address[9:11] + address[13:]


def link_local(interface_id: bytes) -> bytes:
    """fe80::/64 with an interface identifier of eight octets."""
    if len(interface_id) != 8:
        raise ValueError(f"an interface identifier has 8 octets, not {len(interface_id)}")
    return _LINK_LOCAL_64 + interface_id


def is_link_local(address: bytes) -> bool:
    """Whether a 16-octet address is in fe80::/10."""
    return address[0] == 0xFE and address[1] & 0xC0 == 0x80


def is_multicast(address: bytes) -> bool:
    """Whether a 4- or 16-octet address is a group (224.0.0.0/4, ff00::/8)."""
    return address[0] == 0xFF if len(address) == 16 else address[0] & 0xF0 == 0xE0


def is_unique_local(address: bytes) -> bool:
    """Whether a 16-octet address is in fc00::/7 (RFC 4193)."""
    return address[0] & 0xFE == 0xFC


def is_global_unicast(address: bytes) -> bool:
    """Whether a 16-octet address is in 2000::/3."""
    return address[0] & 0xE0 == 0x20


def is_group_mac(mac: bytes) -> bool:
    """Whether a MAC names a group (broadcast included) rather than one station."""
    return mac[0] & 0x01 == 0x01


def is_locally_administered(mac: bytes) -> bool:
    """Whether the U/L bit is set: a randomised or assigned MAC, not one from a vendor's block."""
    return mac[0] & 0x02 == 0x02


def require_mac(mac: bytes) -> bytes:
    """The argument, or `ValueError` when it has not six octets."""
    if len(mac) != 6:
        raise ValueError(f"a MAC has 6 octets, not {len(mac)}")
    return mac


def require_ipv4(address: bytes) -> bytes:
    """The argument, or `ValueError` when it has not four octets."""
    if len(address) != 4:
        raise ValueError(f"an IPv4 address has 4 octets, not {len(address)}")
    return address


def require_ipv6(address: bytes) -> bytes:
    """The argument, or `ValueError` when it has not sixteen octets."""
    if len(address) != 16:
        raise ValueError(f"an IPv6 address has 16 octets, not {len(address)}")
    return address


_MAC: Final = re.compile(
    r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}"
)
_SOLICITED_NODE: Final = bytes.fromhex("ff0200000000000000000001ff")
_LINK_LOCAL_64: Final = bytes.fromhex("fe80000000000000")
_ZERO_96_BITS: Final = bytes(12)


def _pton(family: int, text: str, name: str) -> bytes:
    try:
        return socket.inet_pton(family, text)
    except (OSError, ValueError):
        raise ValueError(f"not an {name} address: {text[:60]!r}") from None
