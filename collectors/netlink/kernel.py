"""Reads the kernel's tables of links, addresses, routes and neighbours into plain values.

Nothing is sent on any network. Everything goes through pyroute2, in a thread of its own: its
synchronous side refuses to run inside an event loop, and a thread made here is in the network
namespace of whoever asks, which one from a pool need not be.
"""

import asyncio
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, Literal, TypeVar

import msgspec

from collectors.contract import CollectorError
from collectors.observation import Family, InterfaceAddress

Message = Mapping[Any, Any]
Value = TypeVar("Value")

MAX_LINKS = 1024
MAX_ADDRESSES = 8192
MAX_ROUTES = 4096
MAX_NEIGHBOURS = 65536

ARPHRD_ETHER = 1
IFF_UP, IFF_LOOPBACK = 0x1, 0x8
RT_TABLE_MAIN, RTN_UNICAST, RTM_F_CLONED = 254, 1, 0x200
NTF_PROXY, NTF_ROUTER, NTF_EXT_LEARNED = 0x08, 0x80, 0x10
AF_INET, AF_INET6 = 2, 10
USER_HZ = 100  # the unit of cache times in netlink, whatever the kernel's own tick is

# include/uapi/linux/if_addr.h; names as `ip address` prints them.
ADDRESS_FLAGS: tuple[tuple[int, str], ...] = (
    (0x02, "nodad"), (0x04, "optimistic"), (0x08, "dadfailed"), (0x10, "homeaddress"),
    (0x20, "deprecated"), (0x40, "tentative"), (0x80, "permanent"), (0x100, "mngtmpaddr"),
    (0x200, "noprefixroute"), (0x400, "autojoin"), (0x800, "stable-privacy"),
)  # fmt: skip

# include/uapi/linux/neighbour.h
NUD_STATES: dict[int, str] = {
    0x01: "incomplete", 0x02: "reachable", 0x04: "stale", 0x08: "delay", 0x10: "probe",
    0x20: "failed", 0x40: "noarp", 0x80: "permanent",
}  # fmt: skip

_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")


class Interface(msgspec.Struct, frozen=True):
    """A link of this host; `mac` is empty unless it is Ethernet-like."""

    name: str
    index: int
    mac: str
    up: bool
    carrier: bool
    loopback: bool
    mtu: int
    kind: str
    addresses: tuple[InterfaceAddress, ...] = ()


class Route(msgspec.Struct, frozen=True):
    """A unicast route of the main table; `gateway` is empty for on-link destinations."""

    family: Family
    destination: str
    gateway: str
    interface: str


class Neighbour(msgspec.Struct, frozen=True):
    """An entry of a neighbour table; `age_s` is how long ago the kernel last had it confirmed."""

    interface: str
    address: str
    mac: str
    state: str
    router: bool
    age_s: float


def interfaces(links: Iterable[Message], addresses: Iterable[Message]) -> tuple[Interface, ...]:
    """Join link and address messages, ordered by index; addresses of unknown links are left out."""
    held: dict[int, list[InterfaceAddress]] = {}
    for message in addresses:
        if (address := _address(message)) is not None:
            held.setdefault(message["index"], []).append(address)
    return tuple(
        _interface(link, tuple(held.get(link["index"], ())))
        for link in sorted(links, key=lambda link: int(link["index"]))
        if link.get("ifname")
    )


def routes(messages: Iterable[Message], names: Mapping[int, str]) -> tuple[Route, ...]:
    """Main-table unicast routes, one for each next hop."""
    found: list[Route] = []
    for message in messages:
        if (
            message["family"] not in (AF_INET, AF_INET6)
            or message["type"] != RTN_UNICAST
            or message["flags"] & RTM_F_CLONED
            or (message.get("table") or message.get("rtm_table")) != RT_TABLE_MAIN
        ):
            continue
        found += _hops(message, names)
    return tuple(found)


def neighbours(messages: Iterable[Message], names: Mapping[int, str]) -> tuple[Neighbour, ...]:
    """Entries that hold an Ethernet address and that the kernel itself learnt or was told."""
    found = []
    for message in messages:
        state = NUD_STATES.get(message["state"])
        mac = str(message.get("lladdr") or "").lower()
        name = names.get(message["ifindex"])
        address = message.get("dst")
        if (
            state is None
            or name is None
            or not address
            or message["flags"] & (NTF_PROXY | NTF_EXT_LEARNED)
            or not _is_station(mac)
        ):
            continue
        found.append(
            Neighbour(
                interface=name,
                address=str(ipaddress.ip_address(address)),
                mac=mac,
                state=state,
                router=bool(message["flags"] & NTF_ROUTER),
                age_s=_age_s(message, state),
            )
        )
    return tuple(found)


def read_interfaces() -> tuple[Interface, ...]:
    """All links with their addresses. Blocks; for a thread."""
    return read_kernel(_interfaces_of)


def read_routes() -> tuple[tuple[Interface, ...], tuple[Route, ...]]:
    """All links, and the routes of the main table (at most 4096). Blocks; for a thread."""

    def ask(ip: Any) -> tuple[tuple[Interface, ...], tuple[Route, ...]]:
        links = _interfaces_of(ip)
        names = {link.index: link.name for link in links}
        return links, routes(islice(ip.get_routes(), MAX_ROUTES * 2), names)[:MAX_ROUTES]

    return read_kernel(ask)


def read_neighbours() -> tuple[Neighbour, ...]:
    """The neighbour tables of both families. Blocks; for a thread."""

    def ask(ip: Any) -> tuple[Neighbour, ...]:
        names = {link["index"]: link.get("ifname") for link in islice(ip.get_links(), MAX_LINKS)}
        entries: list[Neighbour] = []
        for family in (AF_INET, AF_INET6):
            found = islice(ip.get_neighbours(family=family), MAX_NEIGHBOURS)
            entries += neighbours(found, names)
        return tuple(entries)

    return read_kernel(ask)


def in_thread(read: Callable[[], Value]) -> Value:
    """Call a blocking reader in a new thread of this namespace and wait for it."""
    with ThreadPoolExecutor(1, thread_name_prefix="netlink") as pool:
        return pool.submit(read).result()


async def in_thread_async(read: Callable[[], Value]) -> Value:
    """The same without blocking the event loop."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="netlink")
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, read)
    finally:
        pool.shutdown(wait=False)


def read_kernel(ask: Callable[[Any], Value]) -> Value:
    """Call with a netlink socket. Blocks; raises CollectorError without netlink."""
    from pyroute2 import IPRoute
    from pyroute2.netlink.exceptions import NetlinkError

    try:
        with IPRoute() as ip:
            return ask(ip)
    except (OSError, NetlinkError) as error:
        raise CollectorError(
            f"the kernel's network tables cannot be read: {error}; allow AF_NETLINK sockets"
        ) from error


def _interfaces_of(ip: Any) -> tuple[Interface, ...]:
    return interfaces(islice(ip.get_links(), MAX_LINKS), islice(ip.get_addr(), MAX_ADDRESSES))


def _interface(link: Message, addresses: tuple[InterfaceAddress, ...]) -> Interface:
    mac = str(link.get("address") or "").lower()
    ethernet = link["ifi_type"] == ARPHRD_ETHER and _MAC.fullmatch(mac) and mac.strip("0:")
    return Interface(
        name=str(link.get("ifname")),
        index=link["index"],
        mac=mac if ethernet else "",
        up=bool(link["flags"] & IFF_UP),
        carrier=bool(link.get("carrier")),
        loopback=bool(link["flags"] & IFF_LOOPBACK),
        mtu=int(link.get("mtu") or 0),
        kind=str(link.get(("linkinfo", "kind")) or ""),
        addresses=addresses,
    )


def _address(message: Message) -> InterfaceAddress | None:
    # On a point-to-point link IFA_ADDRESS is the peer's and IFA_LOCAL our own.
    text = message.get("local") or message.get("address")
    if message["family"] not in (AF_INET, AF_INET6) or not text:
        return None
    # The header holds eight bits; the attribute, where the kernel sends it, all of them.
    flags = message.get("IFA_FLAGS")
    flags = message["flags"] if flags is None else flags
    names = [name for bit, name in ADDRESS_FLAGS if flags & bit]
    if flags & 0x01:
        names.insert(0, "temporary" if message["family"] == AF_INET6 else "secondary")
    return InterfaceAddress(
        address=str(ipaddress.ip_address(text)),
        prefix_length=message["prefixlen"],
        scope=_scope(message["scope"]),
        flags=tuple(names),
    )


def _scope(number: int) -> Literal["global", "link", "host", "site"]:
    if number >= 254:
        return "host"
    if number == 253:
        return "link"
    return "site" if number >= 200 else "global"


def _hops(message: Message, names: Mapping[int, str]) -> list[Route]:
    family: Family = "ipv4" if message["family"] == AF_INET else "ipv6"
    target = message.get("dst") or ("0.0.0.0" if family == "ipv4" else "::")  # noqa: S104
    destination = f"{ipaddress.ip_address(target)}/{message['dst_len']}"
    hops = message.get("multipath") or [message]
    return [
        Route(family, destination, _gateway(hop), names[index])
        for hop in hops
        if (index := hop.get("oif")) in names
    ]


def _gateway(hop: Message) -> str:
    via = hop.get("via")  # RFC 8950: an IPv4 route through an IPv6 next hop
    gateway = hop.get("gateway") or (via.get("addr") if via else None)
    return str(ipaddress.ip_address(gateway)) if gateway else ""


def _is_station(mac: str) -> bool:
    return bool(_MAC.fullmatch(mac)) and mac != "00:00:00:00:00:00" and not int(mac[:2], 16) & 1


def _age_s(message: Message, state: str) -> float:
    cache = message.get("cacheinfo") or {}
    # Nobody ever confirms a permanent entry; its time is when it was set.
    ticks = cache.get("ndm_updated" if state == "permanent" else "ndm_confirmed")
    return max(0.0, float(ticks or 0) / USER_HZ)
