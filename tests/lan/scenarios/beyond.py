"""Scenarios of the way out, of resolvers and of IPv6-mostly: black holes, DNS64, option 108."""

import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from agent.lab import daemons
from agent.lab.offers import DhcpServer
from tests.lan.far_side import IPV4 as FAR4
from tests.lan.far_side import IPV6 as FAR6
from tests.lan.far_side import Sinks
from tests.lan.scenarios.frames import OPTIONS, advertisement, discover, prefix_option
from tests.lan.scenarios.office import DHCP, ROUTER_MAC, Office
from tests.lan.scenarios.routers import GATEWAY, OWN_PREFIX, RESOLVER
from tests.lan.scenarios.table import CYCLES, Scenario

BLACK_HOLE = (
    'table ip6 fault { chain f { type filter hook forward priority 0; oifname "up0" drop; }; }'
)
FRAGMENTS = (
    "table ip6 fault { chain f { type filter hook forward priority -450;"
    " exthdr frag exists drop; }; }"
)
PORTAL = (
    "table ip fault { chain p { type nat hook prerouting priority -100;"
    ' iifname "eth0" ip daddr != 10.66.7.0/24 tcp dport { 80, 443 } redirect to :8880; };'
    " chain f { type filter hook forward priority 0; policy drop; }; };"
    " table ip6 fault { chain f { type filter hook forward priority 0; policy drop; }; }"
)
PREF64 = struct.pack("!BBH", 38, 2, 1800 // 8 << 3) + bytes.fromhex("20010db80064000000000000")
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


@contextmanager
def nat64(office: Office) -> Iterator[None]:
    """All that IPv6-mostly takes: tayga, unbound with DNS64, PREF64 and option 108."""
    options = prefix_option(OWN_PREFIX) + RESOLVER + PREF64
    frame = advertisement(ROUTER_MAC, GATEWAY, options)
    clients = {name: office.host(name).plan.mac for name in ("pc-2", "printer", "srv-web")}
    with ExitStack() as stack:
        stack.enter_context(office.translating())
        stack.enter_context(office.resolving(dns64=True))
        stack.enter_context(office.leasing(MOSTLY))
        stack.enter_context(office.silent_router())
        stack.enter_context(office.sending("gw", [frame], 0.5))
        for name, mac in clients.items():
            asking = discover(mac, ipv6_only=True)
            stack.enter_context(office.sending(name, [asking]))
        yield


@contextmanager
def captive(office: Office) -> Iterator[None]:
    """Before the log-in: each name leads to the portal, so does each connection over IPv4."""
    portal = Sinks(office.lan.hosts["gw"].namespace, 8880)
    try:
        with office.resolver_that(f"address=/#/{FAR4}.254"), office.filtered("gw", PORTAL):
            yield
    finally:
        portal.close()


@contextmanager
def served(office: Office) -> Iterator[None]:
    """A web server at the far addresses."""
    far = office.far.host
    web = daemons.start_nginx(far, office.lan.folder("nginx"), "So Tai chinh")
    try:
        yield
    finally:
        web.stop()


def portal_must_work(name: str) -> dict[str, dict[str, object]]:
    return {"ipv6": {"must_work": [f"portal = {name}:443"]}}


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
        name="fragments are dropped",
        told="The router drops every IPv6 fragment on its way out.",
        number="9",
        fault=lambda office: office.filtered("gw", FRAGMENTS),
        warn=frozenset({"fragments_pass@organisation"}),
    ),
    Scenario(
        name="captive portal",
        told="Before a log-in: every name and every connection over IPv4 leads to the portal.",
        fault=captive,
        config=portal_must_work("dual.example"),
        warn=frozenset({"dns64@organisation"}),
        unknown={
            "internet_reachable@organisation": "captive_portal",
            "masked_by_fallback@organisation": "no_control",
            "must_work_aaaa@service:portal": "no_control",
        },
        level="N1",
    ),
    Scenario(
        name="resolver lies",
        told="dnsmasq answers with the same addresses for every name.",
        fault=lambda office: office.resolver_that(f"address=/#/{FAR4}.80\naddress=/#/{FAR6}:80"),
        config=portal_must_work("v4only.example"),
        warn=frozenset({"dns64@organisation"}),
        unknown={"must_work_aaaa@service:portal": "no_control"},
    ),
    Scenario(
        name="resolver denies everything",
        told="dnsmasq answers NXDOMAIN for every name.",
        fault=lambda office: office.resolver_that("local=/#/"),
        config=portal_must_work("dual.example"),
        warn=frozenset({"dns64@organisation"}),
        unknown={"must_work_aaaa@service:portal": "not_told"},
    ),
    Scenario(
        name="resolver loops",
        told="A resolver answers by UDP with aliases that lead back to where they began.",
        fault=lambda office: office.nonsense("circle"),
        config=portal_must_work("dual.example"),
        warn=frozenset({"resolver_over_ipv6@organisation"}),
        unknown={"must_work_aaaa@service:portal": "not_told"},
    ),
    Scenario(
        name="resolver hides AAAA records",
        told="dnsmasq forwards, and strips every AAAA record from the answers.",
        number="12",
        fault=lambda office: office.resolver_that(f"server={FAR4}.53\nfilter-AAAA"),
        config=portal_must_work("dual.example"),
        fail=frozenset({"must_work_aaaa@service:portal"}),
    ),
    Scenario(
        name="AAAA record that leads nowhere",
        told="Of two own domains, one has an AAAA record with an address that nobody has.",
        number="12",
        fault=served,
        domains=True,
        config={"domains": {"names": ["stc.example", "lost.example"]}},
        fail=frozenset({"domain_web_reachable@domain:lost.example"}),
        passes=frozenset({"domain_web_reachable@domain:stc.example"}),
    ),
    Scenario(
        name="service over IPv6 alone",
        told="An own domain and a service that must work have an IPv6 address only.",
        number="13",
        fault=served,
        domains=True,
        config={"domains": {"names": ["v6only.example"]}, **portal_must_work("v6only.example")},
        passes=frozenset(
            {
                "domain_web_reachable@domain:v6only.example",
                "must_work_aaaa@service:portal",
            }
        ),
    ),
    Scenario(
        name="IPv6-mostly, healthy",
        told="tayga, unbound with DNS64, PREF64, option 108, and clients that list it.",
        number="25",
        fault=nat64,
        census=True,
        passes=frozenset(
            {
                "dns64@organisation",
                "nat64_works@organisation",
                "pref64@network",
                "pref64_agrees_with_dns64@network",
                "option_108@network",
                "option_108_without_nat64@network",
                "option_108_clients@network",
                "device_option_108@pc-2",
            }
        ),
        cycles=CYCLES,
        parity=True,
        level="N4",
        levels=dict.fromkeys(("pc-2", "printer", "srv-web"), "L4"),
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
