"""Kernel settings that give a host its habits: pure, from the plan to (path, value) pairs."""

import hashlib
import ipaddress

from agent.lab.topology import Host, Nic

FAST_RETRANSMIT_MS = 100
NORMAL_RETRANSMIT_MS = 1000


def before_links(host: Host) -> list[tuple[str, str]]:
    """Settings to write under /proc/sys in an empty namespace, before its links exist.

    The random delays before duplicate address detection and router solicitations are off.
    """
    router = "router" in host.behaviours
    several = len(host.nics) > 1
    settings = [
        ("net/ipv4/ip_forward", "1" if router else "0"),
        ("net/ipv4/conf/all/rp_filter", "0"),
        ("net/ipv4/conf/default/rp_filter", "0"),
        # A card answers and asks with its own addresses only, as separate devices would.
        ("net/ipv4/conf/all/arp_ignore", "1" if several else "0"),
        ("net/ipv4/conf/all/arp_announce", "2" if several else "0"),
        ("net/ipv4/conf/default/accept_redirects", "0"),
        ("net/ipv4/icmp_echo_ignore_all", "1" if "ignore_echo" in host.behaviours else "0"),
        ("net/ipv6/conf/default/disable_ipv6", "0"),
        ("net/ipv6/conf/all/forwarding", "1" if router else "0"),
        # A router is there before its hosts: it needs its address at once.
        ("net/ipv6/conf/default/accept_dad", "0" if router else "1"),
        ("net/ipv6/conf/default/dad_transmits", "0" if router else "1"),
        ("net/ipv6/conf/default/router_solicitation_delay", "0"),
        ("net/ipv6/conf/default/router_solicitation_interval", "1"),
    ]
    if "ignore_echo" in host.behaviours:
        settings.append(("net/ipv6/icmp/echo_ignore_all", "1"))
    if "ignore_multicast_echo" in host.behaviours:
        settings.append(("net/ipv6/icmp/echo_ignore_multicast", "1"))
    return settings


def for_card(host: Host, nic: Nic, interface: str) -> list[tuple[str, str]]:
    """Settings of one card, to be written while its link is down.

    Duplicate address detection is real but runs ten times faster until `after_settling`.
    """
    base = f"net/ipv6/conf/{interface}"
    if nic.ipv6 == "none":
        return [(f"{base}/disable_ipv6", "1")]
    listens = nic.ipv6 != "static" and "router" not in host.behaviours
    settings = [
        (f"net/ipv6/neigh/{interface}/retrans_time_ms", str(FAST_RETRANSMIT_MS)),
        (f"{base}/accept_ra", "1" if listens else "0"),
        (f"{base}/autoconf", "1" if listens else "0"),
        (f"{base}/use_tempaddr", "2" if nic.ipv6 == "temporary" else "0"),
    ]
    if nic.ipv6 in ("stable", "temporary"):
        settings.append((f"{base}/stable_secret", _secret(host.name, interface)))
        settings.append((f"{base}/addr_gen_mode", "2"))
    else:
        settings.append((f"{base}/addr_gen_mode", "0"))
    return settings


def after_settling(host: Host) -> list[tuple[str, str]]:
    """Settings that end the haste of the build: the timers of a common host."""
    return [
        (f"net/ipv6/neigh/{interface}/retrans_time_ms", str(NORMAL_RETRANSMIT_MS))
        for interface, nic in zip(interfaces(host), host.nics, strict=True)
        if nic.ipv6 != "none"
    ]


def interfaces(host: Host) -> tuple[str, ...]:
    """Names of the host's cards: eth0, eth1, …"""
    return tuple(f"eth{number}" for number in range(len(host.nics)))


def _secret(name: str, interface: str) -> str:
    digest = hashlib.sha256(f"{name}/{interface}".encode()).digest()
    return str(ipaddress.IPv6Address(digest[:16]))
