"""Which of a device's addresses may be probed, and where they are."""

import ipaddress
from collections.abc import Iterable

import msgspec

from collectors.contract import Target
from collectors.scope import Scope


class Place(msgspec.Struct, frozen=True):
    """An address in scope; a link-local one has the index and the name of its link."""

    address: str
    link: int = 0
    interface: str = ""

    @property
    def version(self) -> int:
        """4 or 6."""
        return 6 if ":" in self.address else 4


def places_of(target: Target, scope: Scope, per_family: int) -> tuple[Place, ...]:
    """The target's addresses in scope, IPv4 first, at most so many per family.

    In a family those that reach further than the link come first; otherwise the target's order is
    kept. Left out: what is no host's address, or link-local on a link out of scope.
    """
    links = {link.interface: link.index for link in scope.links}
    found: dict[int, list[Place]] = {4: [], 6: []}
    for text in dict.fromkeys(target.addresses):
        address, _, zone = text.partition("%")
        if is_host_in_scope(address, scope):
            parsed = ipaddress.ip_address(address)
            interface = zone or target.interface
            if not (parsed.version == 6 and parsed.is_link_local):
                found[parsed.version].append(Place(str(parsed)))
            elif interface in links:
                found[6].append(Place(str(parsed), links[interface], interface))
    return tuple(
        place
        for places in found.values()
        for place in sorted(places, key=lambda place: place.link != 0)[:per_family]
    )


def is_host_in_scope(address: str, scope: Scope) -> bool:
    """Whether text is a unicast address that may be probed; False for what is no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if parsed.is_multicast or parsed.is_loopback or parsed.is_unspecified:
        return False
    return scope.contains(address)


def owners(targets: Iterable[Target]) -> dict[str, str]:
    """Which device holds an address (canonical text, no zone)."""
    return {
        address.partition("%")[0]: target.device
        for target in targets
        for address in target.addresses
    }


def split_host_port(text: str) -> tuple[str, int]:
    """`HOST:PORT` in its parts; an IPv6 address stands in brackets. Raises ValueError."""
    host, colon, digits = text.strip().rpartition(":")
    if not colon or not digits.isascii() or not digits.isdigit() or len(digits) > 5:
        raise ValueError(f'"{text}" has no port, as in "www.example.vn:443"')
    port = int(digits)
    if not 1 <= port <= 65535:
        raise ValueError(f'"{text}": port {port} is not between 1 and 65535')
    if host.startswith("[") and host.endswith("]"):
        return str(ipaddress.IPv6Address(host[1:-1])), port
    if ":" in host:
        raise ValueError(f'"{text}": an IPv6 address stands in brackets, as in "[2001:db8::1]:443"')
    if not host or len(host) > 253 or not host.isprintable() or " " in host or "/" in host:
        raise ValueError(f'"{text}" names no host')
    return host.rstrip(".").lower(), port
