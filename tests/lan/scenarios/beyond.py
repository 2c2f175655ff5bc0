"""Scenarios of the way out, of resolvers and of IPv6-mostly: black holes, DNS64, option 108."""

from collections.abc import Iterator
from contextlib import contextmanager

from agent.lab.offers import DhcpServer
from tests.lan.scenarios.frames import OPTIONS, advertisement, prefix_option
from tests.lan.scenarios.office import DHCP, ROUTER_MAC, Office
from tests.lan.scenarios.routers import GATEWAY, OWN_PREFIX, RESOLVER
from tests.lan.scenarios.table import Scenario

BLACK_HOLE = (
    'table ip6 fault { chain f { type filter hook forward priority 0; oifname "up0" drop; }; }'
)
NO_TOO_BIG = (
    "table inet fault { chain o { type filter hook output priority 0;"
    " icmpv6 type packet-too-big drop; }; }"
)
MOSTLY = DhcpServer(first=DHCP.first, last=DHCP.last, ipv6_only_s=1800)


@contextmanager
def small_mtu(office: Office) -> Iterator[None]:
    """The way out carries 1400 octets."""
    office.ip("gw", "link set up0 mtu 1400")
    try:
        yield
    finally:
        office.ip("gw", "link set up0 mtu 1500")
        office.heal("agent")  # it forgets the path's MTU


@contextmanager
def black_hole_for_large(office: Office) -> Iterator[None]:
    """The way out carries 1400 octets, and the router does not say so."""
    with small_mtu(office), office.filtered("gw", NO_TOO_BIG):
        yield


@contextmanager
def disagreeing(office: Office) -> Iterator[None]:
    """The resolver makes addresses in one prefix, the router announces another."""
    frame = advertisement(ROUTER_MAC, GATEWAY, prefix_option(OWN_PREFIX) + RESOLVER + OPTIONS[38])
    with (
        office.resolving(dns64=True), office.silent_router(), office.sending("gw", [frame], 0.5),
    ):  # fmt: skip
        yield


SCENARIOS = (
    Scenario(
        name="IPv6 leads nowhere",
        told="The router drops every IPv6 packet on its way out.",
        number="6",
        fault=lambda office: office.filtered("gw", BLACK_HOLE),
        fail=frozenset({"internet_reachable@organisation", "masked_by_fallback@organisation"}),
        level="N1",
    ),
    Scenario(
        name="small path MTU, told",
        told="The way out carries 1400 octets, and the router says so.",
        number="7",
        fault=small_mtu,
    ),
    Scenario(
        name="small path MTU, not told",
        told="The way out carries 1400 octets, and the router drops packet-too-big.",
        number="8",
        fault=black_hole_for_large,
        fail=frozenset({"pmtu_black_hole@organisation"}),
    ),
    Scenario(
        name="resolver is gone",
        told="unbound on the router is stopped.",
        fault=lambda office: office.no_resolver(),
        fail=frozenset({"resolver_over_ipv6@organisation"}),
    ),
    Scenario(
        name="DNS64 and PREF64 disagree",
        told="unbound makes addresses in 2001:db8:64::/96, the router announces 64:ff9b::/96.",
        number="14",
        fault=disagreeing,
        fail=frozenset({"pref64_agrees_with_dns64@network", "nat64_works@organisation"}),
    ),
    Scenario(
        name="option 108 without NAT64",
        told="dnsmasq gives option 108; there is no NAT64.",
        number="15",
        fault=lambda office: office.leasing(MOSTLY),
        census=True,
        fail=frozenset({"option_108_without_nat64@network"}),
    ),
    Scenario(
        name="rogue DHCPv6 server",
        told="dnsmasq in a PC leases IPv6 addresses.",
        number="16",
        fault=lambda office: office.second_dhcpv6("pc-2"),
        census=True,
        fail=frozenset({"rogue_dhcpv6@network"}),
        warn=frozenset({"managed_flag@network"}),
        may_warn=frozenset({"role_leak@pc-2"}),
        level="N2",
    ),
)
