"""How the own host's IPv6 is set up: addresses, routes, settings, listeners, tunnels, filters.

In a container this is the container's network namespace, not the machine's.
"""

import ipaddress
from collections.abc import AsyncIterator, Iterable
from typing import Final

import msgspec

from collectors.contract import Context
from collectors.netlink.kernel import Interface, in_thread_async, read_interfaces
from collectors.observation import (
    AnyObservation,
    Family,
    Listener,
    StackAddress,
    StackRoute,
    StackSeen,
)
from collectors.own_resolvers import own_resolvers
from collectors.stack import filters, listeners, procfs, routes
from collectors.stack.counted import OPTION, Counted

NAME: Final = "stack"

MAX_ADDRESSES: Final = 256
MAX_INTERFACES: Final = 64
TUNNEL_KINDS: Final = frozenset({"sit", "gre", "ip6gre", "ip6tnl", "ipip", "gretap", "ip6gretap"})
SIX_TO_FOUR: Final = ipaddress.IPv6Network("2002::/16")
TEREDO: Final = ipaddress.IPv6Network("2001::/32")
ISATAP: Final = frozenset({0x00005EFE, 0x02005EFE})  # above the IPv4 address (RFC 5214 §6.1)


class Readings(msgspec.Struct, frozen=True):
    """What was read of the kernel and its files, before it is put together."""

    interfaces: tuple[Interface, ...]
    routes: tuple[StackRoute, ...]
    listeners: tuple[Listener, ...]
    resolvers: tuple[str, ...]
    present: bool
    settings: dict[str, str]
    per_interface: dict[str, dict[str, str]]
    prefers_ipv4: bool | None
    filters: dict[Family, bool | None]
    filtered_icmpv6: tuple[int, ...]
    counters: dict[str, int]


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Yield one StackSeen; sends nothing. Raises CollectorError without netlink."""
    in_scope = frozenset(link.interface for link in context.scope.links)
    read = await in_thread_async(lambda: readings(in_scope))
    memory = context.options.get(OPTION)
    counted = memory if isinstance(memory, Counted) else Counted()
    yield seen(read, counted, context.clock())


def readings(in_scope: frozenset[str]) -> Readings:
    """Read everything. Blocks for some tens of milliseconds; for a thread."""
    interfaces = read_interfaces()
    chosen = uplinks(interfaces, in_scope)
    families, icmpv6 = filters.read(procfs.setting("all", "forwarding") == "1")
    return Readings(
        interfaces=interfaces,
        routes=routes.read(),
        listeners=listeners.read(),
        resolvers=own_resolvers(),
        present=procfs.has_ipv6(),
        settings=procfs.settings(),
        per_interface={name: procfs.interface_settings(name) for name in chosen},
        prefers_ipv4=procfs.prefers_ipv4(),
        filters=families,
        filtered_icmpv6=icmpv6,
        counters=procfs.counters(),
    )


def uplinks(interfaces: Iterable[Interface], in_scope: frozenset[str]) -> tuple[str, ...]:
    """The links in scope; with none, the LAN links that are up and hold an address."""
    found = [
        link.name
        for link in interfaces
        if link.up
        and not link.loopback
        and (link.name in in_scope if in_scope else link.carrier and link.mac and link.addresses)
    ]
    return tuple(found[:MAX_INTERFACES])


def seen(read: Readings, counted: Counted, at: float) -> StackSeen:
    """The observation that follows from what was read."""
    return StackSeen(
        at=at,
        source=NAME,
        enabled=_is_enabled(read),
        settings=read.settings,
        interfaces=read.per_interface,
        addresses=tuple(
            StackAddress(own.address, link.name, own.flags)
            for link in read.interfaces
            if not link.loopback
            for own in link.addresses
            if ":" in own.address
        )[:MAX_ADDRESSES],
        routes=read.routes,
        resolvers=read.resolvers,
        listeners=read.listeners,
        tunnels=tunnels(read.interfaces),
        prefers_ipv4=read.prefers_ipv4,
        filters=read.filters,
        filtered_icmpv6=read.filtered_icmpv6,
        counters=counted.since(read.counters),
    )


def tunnels(interfaces: Iterable[Interface]) -> tuple[str, ...]:
    """Tunnels that are up or hold an address of their own, as `NAME (KIND)`.

    `sit0`, `gre0` and their like appear with the kernel's module; down and bare they are nothing.
    """
    found = []
    for link in interfaces:
        kinds = [_tunnel_address(own.address) for own in link.addresses]
        kind = next(filter(None, kinds), "")
        if link.kind in TUNNEL_KINDS and (link.up or link.addresses):
            kind = kind or link.kind
        if kind:
            found.append(f"{link.name} ({kind})")
    return tuple(found)[:MAX_INTERFACES]


def _tunnel_address(text: str) -> str:
    address = ipaddress.ip_address(text)
    if not isinstance(address, ipaddress.IPv6Address):
        return ""
    if address in SIX_TO_FOUR:
        return "6to4"
    if address in TEREDO:
        return "teredo"
    return "isatap" if (int(address) >> 32) & 0xFFFFFFFF in ISATAP else ""


def _is_enabled(read: Readings) -> bool:
    """A link's own setting wins over that for all."""
    if not read.present:
        return False
    each = [found.get("disable_ipv6") for found in read.per_interface.values()]
    if any(value == "0" for value in each):
        return True
    return read.settings.get("disable_ipv6") != "1" and not (each and set(each) == {"1"})
