"""What an address is, from its bits and from what its owner knows of it first-hand."""

import ipaddress
import socket
from collections.abc import Collection, Iterable
from typing import Literal

import msgspec

from collectors.observation import Family
from inventory.address_kinds import TEMPORARY_LEFT_S, identifier
from inventory.snapshot import AddressKind, Assignment

LEFT_S = 7 * 86400.0  # a device that was seen since does not use such an address any more
_SHARED = ipaddress.ip_network("100.64.0.0/10")  # RFC 6598
_PRIVATE = tuple(
    ipaddress.ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
_UNIQUE_LOCAL = ipaddress.ip_network("fc00::/7")  # RFC 4193
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")  # RFC 4291 §2.4, as assigned by IANA
_GROUP_PREFIX = "ff02::1:ff"  # RFC 4291 §2.7.1


class Parsed(msgspec.Struct, frozen=True):
    """An address that a device can have, in canonical text."""

    address: str
    family: Family
    kind: AddressKind


def parse(text: str, macs: Iterable[str] = (), flags: Collection[str] = ()) -> Parsed | None:
    """Classify an address; None for what is no unicast address of a device.

    `macs` are the owner's: an interface identifier is `eui-64` only when it holds one of them
    (RFC 4291 appendix A). `flags` are the kernel's, known for own addresses alone; without them a
    stable-privacy address (RFC 7217) and a temporary one (RFC 8981) look alike: both `global`.
    Link-local and unique-local come first, so that `eui-64`, `stable-privacy`, `temporary`,
    `dhcpv6`, `manual` and `global` are always globally routable.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if address.is_multicast or address.is_unspecified:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        if int(address) == 0xFFFFFFFF or int(address) >> 24 == 0:
            return None
        return Parsed(str(address), "ipv4", _kind4(address))
    if address.scope_id is not None or address.ipv4_mapped is not None:
        return None
    return Parsed(str(address), "ipv6", _kind6(address, macs, flags))


def scoped(kind: AddressKind, assigned: Assignment) -> AddressKind:
    """The kind of an address whose assignment became known: only global ones tell it."""
    if kind not in _TELLING:
        return kind
    return "global" if assigned == "unknown" else assigned


def own_assignment(
    parsed: Parsed, macs: Iterable[str], flags: Collection[str], prefix_length: int
) -> Assignment:
    """How an own IPv6 address came about, by the kernel's flags (ip-address(8))."""
    if parsed.family != "ipv6":
        return "unknown"
    made = _made(ipaddress.IPv6Address(parsed.address), macs, flags)
    if made is not None:
        return made
    if "permanent" in flags and parsed.kind != "link-local":
        return "manual"
    return "dhcpv6" if prefix_length == 128 else "unknown"


def expires_s(known: Assignment) -> float:
    """How long an address may be silent while its owner is heard, before it is forgotten."""
    return TEMPORARY_LEFT_S if known == "temporary" else LEFT_S


def lasting(kind: AddressKind, assigned: Assignment) -> int:
    """How far an address can be relied on to stay: the lower the number, the longer."""
    if kind in ("private", "public"):
        return 0
    if assigned in _LASTING:
        return _LASTING[assigned]
    return 4 if kind in ("link-local", "unknown") else 5


def eui64(prefix: str, mac: str) -> str:
    """The address that a MAC makes in a /64 (RFC 4291 appendix A)."""
    network = ipaddress.IPv6Network(prefix)
    return str(network[identifier(mac)])


def solicited_group(address: str) -> str:
    """The solicited-node multicast group of an IPv6 address (RFC 4291 §2.7.1)."""
    packed = socket.inet_pton(socket.AF_INET6, address.partition("%")[0])
    return f"{_GROUP_PREFIX}{packed[13]:02x}:{packed[14] << 8 | packed[15]:x}"


def groups_without_address(groups: Iterable[str], addresses: Iterable[str]) -> int:
    """How many reported solicited-node groups belong to none of the addresses.

    Groups are compared, not counted: addresses with the same low 24 bits share one.
    """
    wanted = {group for group in groups if group.startswith(_GROUP_PREFIX)}
    if not wanted:
        return 0
    return len(wanted - {solicited_group(address) for address in addresses if ":" in address})


def _kind4(address: ipaddress.IPv4Address) -> AddressKind:
    if address.is_loopback:
        return "loopback"
    if address.is_link_local:
        return "link-local"
    if address in _SHARED or any(address in network for network in _PRIVATE):
        return "private"
    return "public" if int(address) >> 28 != 0xF else "unknown"


def _kind6(
    address: ipaddress.IPv6Address, macs: Iterable[str], flags: Collection[str]
) -> AddressKind:
    if address.is_loopback:
        return "loopback"
    if address.is_link_local:
        return "link-local"
    if address in _UNIQUE_LOCAL:
        return "unique-local"
    if address not in _GLOBAL_UNICAST:
        return "unknown"
    return _made(address, macs, flags) or "global"


def _made(
    address: ipaddress.IPv6Address, macs: Iterable[str], flags: Collection[str]
) -> Literal["eui-64", "temporary", "stable-privacy"] | None:
    """How an interface identifier was made; None when neither MACs nor flags tell."""
    low = int(address) & 0xFFFFFFFFFFFFFFFF
    if any(identifier(mac) == low for mac in macs):
        return "eui-64"
    if "temporary" in flags:
        return "temporary"
    if "stable-privacy" in flags or "stable_privacy" in flags:
        return "stable-privacy"
    return None


_TELLING: frozenset[AddressKind] = frozenset(
    {"eui-64", "stable-privacy", "temporary", "dhcpv6", "manual", "global"}
)
_LASTING: dict[Assignment, int] = {
    "manual": 0, "eui-64": 1, "stable-privacy": 2, "dhcpv6": 3, "temporary": 6,
}  # fmt: skip
