"""LANs by number instead of by name: for tests at scale and for the benchmark."""

import ipaddress
from collections.abc import Mapping

from agent.lab.offers import Prefix, RouterAdvertiser
from agent.lab.office import IPV6
from agent.lab.topology import Behaviour, Host, Ipv6Mode, LanPlan

EVERY_SORT: Mapping[str, int] = {
    "eui64": 1,
    "stable": 1,
    "temporary": 1,
    "echo_ignoring": 1,
    "drop_all": 1,
}


def sized(n: int, mix: Mapping[str, int] = EVERY_SORT) -> LanPlan:
    """`n` hosts in a steady rotation of sorts, a router (`gw`, not counted) and the agent.

    Sorts: `eui64`, `stable`, `temporary`, `echo_ignoring` (temporary, deaf to multicast echo),
    `drop_all` (temporary, firewalled), `ipv4_only`, `ipv6_only`; `mix` gives each its share of a
    turn. Names are `SORT-NNN`. ValueError for an unknown sort or more than 1,000 hosts; one
    multicast echo is answered by some 150 namespaces at most, whatever their number.
    """
    unknown = sorted(set(mix) - set(_SORTS))
    if unknown:
        raise ValueError(f"unknown sort of host: {', '.join(unknown)}")
    turn = [sort for sort, share in mix.items() for _ in range(share)]
    if not 0 <= n <= MAX_HOSTS or (n and not turn):
        raise ValueError(f"between 0 and {MAX_HOSTS} hosts of at least one sort, not {n}")
    network = ipaddress.IPv4Network("10.66.7.0/24" if n <= 240 else "10.66.0.0/20")
    base = int(network.network_address)
    hosts = [_router(str(ipaddress.IPv4Address(base + 1)))]
    for number in range(n):
        sort = turn[number % len(turn)]
        mode, behaviours = _SORTS[sort]
        hosts.append(
            Host(
                name=f"{sort}-{number:03}",
                kind="other",
                mac=f"02:66:00:00:{number >> 8:02x}:{number & 0xFF:02x}",
                ipv4=None
                if sort == "ipv6_only"
                else str(ipaddress.IPv4Address(base + 10 + number)),
                ipv6=mode,
                behaviours=behaviours,
            )
        )
    return LanPlan(
        hosts=tuple(hosts),
        agent=_agent(str(ipaddress.IPv4Address(base + 2))),
        ipv4=str(network),
        gateway=str(ipaddress.IPv4Address(base + 1)),
        isolated=n > 40,
    )


def wide(network: str = "10.66.0.0/20") -> tuple[LanPlan, frozenset[str]]:
    """An IPv4 network with 26 of every 256 addresses alive (10.2 %), and those addresses.

    One namespace answers for all of them (AnyIP): it costs nothing, and all have one MAC. The
    agent sits at .2, which is not among them. IPv4 only; prefix lengths 16 to 24.
    """
    whole = ipaddress.IPv4Network(network)
    if not 16 <= whole.prefixlen <= 24:
        raise ValueError(f"a prefix length of 16 to 24, not {whole.prefixlen}")
    blocks = [
        ipaddress.IPv4Network((int(part.network_address) + offset, length))
        for part in whole.subnets(new_prefix=24)
        for offset, length in ((64, 28), (128, 29), (200, 31))
    ]
    target = Host(
        name="crowd",
        kind="other",
        mac="02:66:00:00:ff:01",
        ipv6="none",
        any_ip=tuple(str(block) for block in blocks),
    )
    plan = LanPlan(hosts=(target,), agent=_agent(str(whole[2])), ipv4=str(whole), gateway=None)
    return plan, frozenset(str(address) for block in blocks for address in block)


MAX_HOSTS = 1000

_SORTS: Mapping[str, tuple[Ipv6Mode, tuple[Behaviour, ...]]] = {
    "eui64": ("eui64", ()),
    "stable": ("stable", ()),
    "temporary": ("temporary", ()),
    "echo_ignoring": ("temporary", ("ignore_multicast_echo",)),
    "drop_all": ("temporary", ("drop_all",)),
    "ipv4_only": ("none", ()),
    "ipv6_only": ("eui64", ()),
}


def _router(ipv4: str) -> Host:
    return Host(
        name="gw",
        kind="router",
        mac="00:1c:73:00:07:01",
        ipv4=ipv4,
        ipv6="static",
        ipv6_static=(f"{IPV6}::1",),
        behaviours=("router",),
        offers=(RouterAdvertiser(prefixes=(Prefix(prefix=f"{IPV6}::/64"),)),),
    )


def _agent(ipv4: str) -> Host:
    return Host(name="agent", kind="server", mac="b8:27:eb:66:07:02", ipv4=ipv4)
