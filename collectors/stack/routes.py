"""Default routes of both families as the kernel follows them now, and how their routers are."""

import ipaddress
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final

from collectors.netlink.kernel import (
    AF_INET,
    MAX_LINKS,
    MAX_NEIGHBOURS,
    MAX_ROUTES,
    NUD_STATES,
    RT_TABLE_MAIN,
    RTN_UNICAST,
    USER_HZ,
    Message,
    read_kernel,
)
from collectors.observation import StackRoute

MAX_DEFAULT_ROUTES: Final = 32
NTF_PROXY: Final = 0x08
PREFERENCES: Final = {0: "medium", 1: "high", 3: "low"}  # RFC 4191 §2.1


def read() -> tuple[StackRoute, ...]:
    """All default routes of the main table. Blocks; raises CollectorError without netlink."""

    def ask(ip: Any) -> tuple[StackRoute, ...]:
        names = {link["index"]: link.get("ifname") for link in islice(ip.get_links(), MAX_LINKS)}
        messages = list(islice(ip.get_default_routes(), MAX_ROUTES))
        entries = list(islice(ip.get_neighbours(), MAX_NEIGHBOURS))
        return default_routes(messages, entries, names)

    return read_kernel(ask)


def default_routes(
    messages: Iterable[Message], neighbours: Iterable[Message], names: Mapping[int, str]
) -> tuple[StackRoute, ...]:
    """Join routes with the neighbour state of their gateways, upper-case as ip(8) prints it."""
    states = {
        (entry["ifindex"], str(entry.get("dst"))): NUD_STATES.get(entry["state"], "").upper()
        for entry in neighbours
        if entry.get("dst") and not entry["flags"] & NTF_PROXY
    }
    found = []
    for message in messages:
        table = message.get("table") or message.get("rtm_table")
        if message["dst_len"] or message["type"] != RTN_UNICAST or table != RT_TABLE_MAIN:
            continue
        for hop in message.get("multipath") or [message]:
            route = _route(message, hop, states, names)
            if route is not None and route not in found:
                found.append(route)
    return tuple(found[:MAX_DEFAULT_ROUTES])


def _route(
    message: Message, hop: Message, states: Mapping[tuple[int, str], str], names: Mapping[int, str]
) -> StackRoute | None:
    index = int(hop.get("oif") or 0)
    if index not in names:
        return None
    via = hop.get("via")
    gateway = str(hop.get("gateway") or (via.get("addr") if via else "") or "")
    return StackRoute(
        family="ipv4" if message["family"] == AF_INET else "ipv6",
        gateway=str(ipaddress.ip_address(gateway)) if gateway else "",
        interface=names[index],
        expires_s=_expires_s(message),
        preference=PREFERENCES.get(message.get("pref") or 0, "medium"),
        gateway_state=states.get((index, gateway), ""),
    )


def _expires_s(message: Message) -> int | None:
    """How long the route lasts; None for one that lasts until it is taken away."""
    ticks = (message.get("cacheinfo") or {}).get("rta_expires") or 0
    return max(0, ticks // USER_HZ) if ticks else None
