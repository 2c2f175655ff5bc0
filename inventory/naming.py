"""Names of a device: what each protocol says, bounded, and the one to show.

The order of trust: the officer's register, the own host's configuration, DNS, what a system
announces by LLDP or CDP, mDNS, NetBIOS and LLMNR, DHCP. Within one source the shown name stays
until it has been silent for `STALE_S` while another is heard, so a device that answers to two names
does not change its name with each answer. NetBIOS, DHCP, LLDP and CDP give one name at a time: a
new one replaces the old. Names that were made by a machine for a machine (`android-…`, a UUID, a
MAC, an address written as a name, a service instance) come last, whatever gave them.
"""

import ipaddress
import re
from collections.abc import Iterable
from functools import lru_cache

from inventory.record import LAST_SEEN_STEP_S, MAX_NAMES, NameRecord

STALE_S = 1800.0

_RANKS = {
    "register": 0, "host": 1, "rdns": 2, "reverse_dns": 2, "dns": 2, "lldp": 3, "cdp": 3, "mdns": 4,
    "nbns": 5, "llmnr": 5, "dhcp": 6, "dhcpv6": 6,
}  # fmt: skip
_LAST_RANK = 7
_ONE_AT_A_TIME = frozenset({"nbns", "dhcp", "dhcpv6", "lldp", "cdp", "host", "register"})
_GENERIC = frozenset({"localhost", "localhost.localdomain", "localhost.local", "unknown", "none"})
_CHOSEN = frozenset(
    {"register", "host"}
)  # a person wrote it, so it is a name whatever it looks like
_MEANINGLESS = re.compile(
    r"_|.*\._(tcp|udp)\b"  # a service, not a host (RFC 6763 §4.1)
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"  # RFC 9562 §4
    r"|(android|dhcp|host|ip|client|new-host|user|unknown|localhost|device)[-_]?[0-9a-f.-]*(\.|$)"
    r"|(?=[^.]*[0-9])([0-9a-f]{12}|[0-9a-f]{16,})(\.|$)"  # a MAC or a random number
    r"|([0-9a-f]{2}[:-]){5}[0-9a-f]{2}"
    r"|([0-9]{1,3}[-.]){3}[0-9]{1,3}(\.|$)"  # an address written as a name
    r"|[0-9]+(\.|$)|\(?(none|null)\)?$"
)
_SAID_BY = {
    "register": "the register", "host": "this host's own configuration", "rdns": "DNS",
    "reverse_dns": "DNS", "dns": "DNS", "lldp": "LLDP", "cdp": "CDP", "mdns": "mDNS",
    "nbns": "NetBIOS", "llmnr": "LLMNR", "dhcp": "DHCP", "dhcpv6": "DHCPv6",
}  # fmt: skip


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
        names.remove(max(names, key=lambda n: (*worth(n.name, n.source), -n.last_seen)))
    names.append(NameRecord(name, source, at, at, address))
    return True


def best(names: list[NameRecord], shown: str) -> str:
    """The name to show; `shown` is the present one. Empty when there is none."""
    if not names:
        return ""
    top = min(worth(known.name, known.source) for known in names)
    candidates = [known for known in names if worth(known.name, known.source) == top]
    newest = max(known.last_seen for known in candidates)
    for known in candidates:
        if known.name == shown and newest - known.last_seen <= STALE_S:
            return shown
    fresh = [known for known in candidates if newest - known.last_seen <= STALE_S]
    return min(fresh, key=lambda known: (known.first_seen, known.name)).name


def rank(source: str) -> int:
    """The place of a source in the order of trust, 0 the most trusted."""
    return _RANKS.get(source, _LAST_RANK)


def worth(name: str, source: str) -> tuple[bool, int]:
    """The place of a name in the order of trust: names that tell people nothing come last."""
    return (source not in _CHOSEN and is_meaningless(name), rank(source))


@lru_cache(maxsize=4096)
def is_meaningless(name: str) -> bool:
    """Whether a machine made the name up, so that it tells a person nothing."""
    return _MEANINGLESS.match(name.lower()) is not None


def why(shown: str, names: Iterable[tuple[str, str]]) -> str:
    """One sentence on where the shown name is from; `names` are all with their sources.

    Empty when there is none to explain.
    """
    given = sorted(names, key=lambda one: worth(*one))
    source = next((source for name, source in given if name == shown), "")
    if not source:
        return ""
    text = f"{_SAID_BY.get(source, source)} gives it"
    if worth(shown, source)[0]:
        return f"{text}; a machine made it up, and nothing gives a better one"
    better = [said for name, said in given if name != shown and rank(said) < rank(source)]
    if better:
        said = _SAID_BY.get(better[0], better[0])
        return f"{text}; what {said} gives was made up by a machine"
    others = dict.fromkeys(_SAID_BY.get(s, s) for n, s in given if n != shown and s != source)
    return f"{text}, which is trusted more than {' and '.join(others)}" if others else text
