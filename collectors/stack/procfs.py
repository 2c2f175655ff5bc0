"""What the kernel tells of IPv6 in files, and how programs choose among addresses (gai.conf(5)).

Everything here blocks, and what is not there is left out: a container has half of it, a kernel
without IPv6 nothing.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from collectors.own_resolvers import Read, read_text

# Of the thread, which may be in a network namespace of its own, not of the process.
NET: Final = "/proc/thread-self/net"
CONF: Final = "/proc/sys/net/ipv6/conf"
GAI_CONF: Final = "/etc/gai.conf"
OF_ALL: Final = ("disable_ipv6", "forwarding")
OF_INTERFACES: Final = (
    "accept_ra", "accept_ra_defrtr", "accept_ra_pinfo", "accept_ra_rtr_pref", "accept_redirects",
    "accept_dad", "addr_gen_mode", "autoconf", "dad_transmits", "disable_ipv6",
    "force_mld_version", "forwarding", "hop_limit", "mtu", "use_tempaddr",
)  # fmt: skip
COUNTERS: Final = (
    "Ip6ReasmFails", "Ip6ReasmTimeout", "Ip6InTooBigErrors", "Ip6InNoRoutes", "Ip6InAddrErrors",
    "Ip6OutNoRoutes", "Ip6FragFails", "Icmp6InPktTooBigs", "Icmp6InRouterAdvertisements",
    "Icmp6InRedirects",
)  # fmt: skip
MAX_VALUE: Final = 64

_PRECEDENCE = re.compile(r"\s*precedence\s+(\S+)\s+(\d+)")
MAPPED: Final = "::ffff:0:0/96"


def has_ipv6(exists: Callable[[str], bool] = lambda path: Path(path).exists()) -> bool:
    """Whether the kernel has IPv6 at all here: switched off at boot, the table is gone."""
    return exists(f"{NET}/if_inet6")


def settings(read: Read = read_text) -> dict[str, str]:
    """The settings that hold for all interfaces, and `bindv6only`, by their last name."""
    found = {name: _value(read, f"{CONF}/all/{name}") for name in OF_ALL}
    found["bindv6only"] = _value(read, "/proc/sys/net/ipv6/bindv6only")
    return {name: value for name, value in found.items() if value}


def setting(interface: str, name: str, read: Read = read_text) -> str:
    """One setting of an interface; "" when there is none."""
    return _value(read, f"{CONF}/{interface}/{name}")


def interface_settings(interface: str, read: Read = read_text) -> dict[str, str]:
    """The settings of one interface; none where IPv6 is gone."""
    found = {name: setting(interface, name, read) for name in OF_INTERFACES}
    return {name: value for name, value in found.items() if value}


def counters(read: Read = read_text) -> dict[str, int]:
    """What the kernel has counted since it began, or since the namespace did."""
    found = {}
    for line in (read(f"{NET}/snmp6") or "").splitlines():
        name, _, value = line.partition("\t")
        name, value = name.strip(), value.strip()
        if name in COUNTERS and value.isascii() and value.isdigit():
            found[name] = int(value)
    return found


def prefers_ipv4(read: Read = read_text) -> bool:
    """Whether gai.conf(5) puts IPv4 before IPv6; a line of it switches off all defaults."""
    given = {}
    for line in (read(GAI_CONF) or "").splitlines():
        if match := _PRECEDENCE.match(line):
            given[match[1].lower()] = int(match[2])
    if not given:
        return False
    return given.get(MAPPED, -1) > given.get("::/0", -1)


def _value(read: Read, path: str) -> str:
    return (read(path) or "").strip()[:MAX_VALUE]
