"""Names of a device: what each protocol says, bounded, and the one to show.

The order of trust: the officer's register, the own host's configuration, DNS, what a system
announces by LLDP or CDP, mDNS, NetBIOS and LLMNR, DHCP. Within one source the shown name stays
until it has been silent for `STALE_S` while another is heard, so a device that answers to two names
does not change its name with each answer. NetBIOS, DHCP, LLDP and CDP give one name at a time: a
new one replaces the old.
"""

import ipaddress

from inventory.record import LAST_SEEN_STEP_S, MAX_NAMES, NameRecord

STALE_S = 1800.0

_RANKS = {
    "register": 0, "host": 1, "rdns": 2, "reverse_dns": 2, "dns": 2, "lldp": 3, "cdp": 3, "mdns": 4,
    "nbns": 5, "llmnr": 5, "dhcp": 6, "dhcpv6": 6,
}  # fmt: skip
_LAST_RANK = 7
_ONE_AT_A_TIME = frozenset({"nbns", "dhcp", "dhcpv6", "lldp", "cdp", "host", "register"})
_GENERIC = frozenset({"localhost", "localhost.localdomain", "localhost.local", "unknown", "none"})


def usable(name: str) -> str:
    """The name without its trailing dot; empty when it names nobody (an address, localhost)."""
    name = name.strip().rstrip(".")
    if not name or name.lower() in _GENERIC:
        return ""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name
    return ""


def add(names: list[NameRecord], name: str, source: str, address: str, at: float) -> bool:
    """Note a usable name; whether the list changed in a way worth showing.

    At the bound the one unheard for longest goes, the lowest in the order of trust first.
    """
    for known in names:
        if known.source == source and known.name == name:
            if at - known.last_seen < LAST_SEEN_STEP_S and known.address == address:
                return False
            known.last_seen = max(known.last_seen, at)
            known.address = address or known.address
            return True
    if source in _ONE_AT_A_TIME:
        names[:] = [known for known in names if known.source != source]
    elif source.endswith("dns") and source != "mdns" and address:
        names[:] = [k for k in names if not (k.source == source and k.address == address)]
    if len(names) >= MAX_NAMES:
        names.remove(max(names, key=lambda known: (rank(known.source), -known.last_seen)))
    names.append(NameRecord(name, source, at, at, address))
    return True


def best(names: list[NameRecord], shown: str) -> str:
    """The name to show; `shown` is the present one. Empty when there is none."""
    if not names:
        return ""
    top = min(rank(known.source) for known in names)
    candidates = [known for known in names if rank(known.source) == top]
    newest = max(known.last_seen for known in candidates)
    for known in candidates:
        if known.name == shown and newest - known.last_seen <= STALE_S:
            return shown
    fresh = [known for known in candidates if newest - known.last_seen <= STALE_S]
    return min(fresh, key=lambda known: (known.first_seen, known.name)).name


def rank(source: str) -> int:
    """The place of a source in the order of trust, 0 the most trusted."""
    return _RANKS.get(source, _LAST_RANK)
