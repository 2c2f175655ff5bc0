"""Which IPv6 addresses a station may have, from what is known of it: pure, and bounded.

A node reports the solicited-node group of each of its addresses, which is the address's last three
octets (RFC 4291 §2.7.1, RFC 3810). A guess whose group the station did not report is wrong, so the
guesses that remain are few. Patterns as in RFC 7707 §3 and §4.
"""

import ipaddress
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

import msgspec

from collectors.wire.address import (
    eui64_interface_id,
    ip_bytes,
    ipv6_bytes,
    ipv6_text,
    is_solicited_node,
    link_local,
    mac_bytes,
    solicited_node,
)

MAX_PREFIXES: Final = 16
MAX_PER_STATION: Final = 512
MAX_INTERFACE_IDS: Final = 64
SEQUENCE_DISTANCE: Final = 4096  # how far addresses of one DHCPv6 pool lie apart


class Station(msgspec.Struct, frozen=True):
    """One MAC on one link: addresses seen, addresses claimed (DAD), groups reported.

    `complete` says that `groups` is the whole list. A router would pass a wrong guess on, so
    nothing is guessed for it without its groups.
    """

    mac: str
    addresses: frozenset[str] = frozenset()
    claimed: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    complete: bool = False
    router: bool = False


class Guess(msgspec.Struct, frozen=True):
    """An address to ask one station for; `reported`: a group that it reported speaks for it."""

    address: str
    mac: str
    reported: bool


def guesses(stations: Iterable[Station], prefixes: Iterable[str]) -> tuple[Guess, ...]:
    """What to ask each station for; `prefixes` are the link's /64s, fe80::/64 is implied.

    Addresses already seen are not asked for again, and never the prefix itself, which is every
    router's (the subnet-router anycast address, RFC 4291 §2.6.1).
    """
    stations = tuple(stations)
    starts = _starts(prefixes)
    neighbours = _interface_ids(
        address for station in stations for address in station.addresses | station.claimed
    )
    return tuple(
        chain.from_iterable(_of_station(station, starts, neighbours) for station in stations)
    )


def unexplained_groups(station: Station) -> tuple[str, ...]:
    """Reported solicited-node groups of which no address is known: so many addresses exist more.

    The group of the subnet-router anycast address counts for none.
    """
    known = {solicited_node(address) for address in _ipv6(station.addresses | station.claimed)}
    return tuple(
        group
        for group in sorted(station.groups)
        if any(_suffix(group)) and ipv6_bytes(group) not in known
    )


def _of_station(
    station: Station, starts: tuple[bytes, ...], neighbours: tuple[bytes, ...]
) -> Iterator[Guess]:
    suffixes = {suffix for group in station.groups if (suffix := _suffix(group))}
    seen = set(_ipv6(station.addresses))
    own = dict.fromkeys(
        (
            eui64_interface_id(mac_bytes(station.mac)),
            *_interface_ids(station.addresses | station.claimed),
        )
    )
    if suffixes and station.complete:
        patterns = (own, _embedded(station.addresses), _sequential(suffixes, neighbours))
        wanted = [
            one for one in dict.fromkeys(chain(*patterns)) if one[5:] in suffixes and any(one)
        ]
    elif station.router:
        wanted = []
    else:
        wanted = list(own)
    exact = [address for address in _ipv6(station.claimed) if address[:8] in starts]
    combined = (start + interface_id for interface_id in wanted for start in starts)
    count = 0
    for address in dict.fromkeys(chain(exact, combined)):
        if address not in seen and count < MAX_PER_STATION:
            count += 1
            yield Guess(ipv6_text(address), station.mac, address[13:] in suffixes)


def _starts(prefixes: Iterable[str]) -> tuple[bytes, ...]:
    """The upper halves of the link's /64s, the link-local one first."""
    networks = (ipaddress.IPv6Network(prefix, strict=False) for prefix in prefixes if ":" in prefix)
    halves = (one.network_address.packed[:8] for one in networks if one.prefixlen == 64)
    return tuple(dict.fromkeys((link_local(bytes(8))[:8], *halves)))[:MAX_PREFIXES]


def _embedded(addresses: Iterable[str]) -> Iterator[bytes]:
    """Interface identifiers that spell an IPv4 address, as people write them (RFC 7707 §4.1)."""
    for text in addresses:
        if ":" in text:
            continue
        octets = ip_bytes(text)
        spelt = [int(str(octet), 16).to_bytes(2, "big") for octet in octets]  # ::10:66:7:9
        yield bytes(4) + octets  # ::0a42:0709
        yield b"".join(spelt)
        yield b"".join(bytes((0, octet)) for octet in octets)  # ::a:42:7:9
        yield bytes(4) + spelt[2] + spelt[3]  # ::7:9
        yield bytes(6) + spelt[3]
        yield bytes(7) + octets[3:]


def _sequential(suffixes: Iterable[bytes], neighbours: Iterable[bytes]) -> Iterator[bytes]:
    """Low numbers (::1, ::53, ::1020), and neighbours of identifiers seen on the link (DHCPv6)."""
    others = tuple(neighbours)
    for suffix in suffixes:
        if not suffix[0]:
            yield bytes(5) + suffix
        number = int.from_bytes(suffix, "big")
        for other in others:
            distance = abs(int.from_bytes(other[5:], "big") - number)
            if distance <= SEQUENCE_DISTANCE:
                yield other[:5] + suffix


def _interface_ids(addresses: Iterable[str]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(address[8:] for address in _ipv6(addresses)))[:MAX_INTERFACE_IDS]


def _ipv6(addresses: Iterable[str]) -> Iterator[bytes]:
    return (ipv6_bytes(address) for address in sorted(addresses) if ":" in address)


def _suffix(group: str) -> bytes:
    """The last three octets of a solicited-node group; empty for another group."""
    octets = ipv6_bytes(group)
    return octets[13:] if is_solicited_node(octets) else b""
