"""Scenarios of what routers say: missing, wrong, hostile, contradictory or malformed."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from agent.lab.offers import Prefix, RouterAdvertiser
from tests.lan.scenarios.frames import advertisement, malformed, option, prefix_option
from tests.lan.scenarios.office import GOOD_RA, IPV6, PC2, ROUTER_MAC, Office, kill
from tests.lan.scenarios.table import CYCLES, HEALTHY, Fault, Scenario

GATEWAY = "fe80::21c:73ff:fe00:701"
STRANGER = "fe80::fab1:56ff:fe00:766"
OWN_PREFIX = bytes.fromhex("20010db800660007") + bytes(8)
RESOLVER = option(25, bytes(2) + struct.pack("!I", 1800) + OWN_PREFIX[:15] + b"\x01")
SECOND_ROUTER = "94:18:82:00:07:0a"


def says(more: str = "", **changes: object) -> Fault:
    """The router's radvd says something else."""
    return lambda office: office.routing(msgspec.structs.replace(GOOD_RA, **changes), more)


def says_of_its_prefix(**changes: object) -> Fault:
    """The router's radvd says something else of its prefix."""
    return says(prefixes=(Prefix(prefix=f"{IPV6}::/64", **changes),))  # type: ignore[arg-type]


def sends(options: bytes, **fields: int) -> Fault:
    """The router sends what radvd refuses to say."""

    @contextmanager
    def fault(office: Office) -> Iterator[None]:
        frame = advertisement(ROUTER_MAC, GATEWAY, options, **fields)
        with office.silent_router(), office.sending("gw", [frame], 0.5):
            yield

    return fault


def rogue(office: Office) -> object:
    """A radvd in a PC that wants to be preferred, with its own resolver."""
    offer = RouterAdvertiser(
        prefixes=(Prefix(prefix="2001:db8:bad::/64"),),
        preference="high",
        rdnss=("2001:db8:bad::1",),
    )
    return office.second_router("pc-2", offer)


@contextmanager
def goodbye(office: Office) -> Iterator[None]:
    """A stranger that advertises itself and withdraws at once, over and over."""
    bad = prefix_option(bytes.fromhex("20010db80bad") + bytes(10))
    frames = [advertisement(PC2, STRANGER, bad, lifetime_s=lasts) for lasts in (1800, 0)]
    with office.sending("pc-2", frames):
        yield
    office.heal()


def wavering(office: Office) -> object:
    """The router says one thing and then another, in turn."""
    options = prefix_option(OWN_PREFIX) + RESOLVER
    frames = [
        advertisement(ROUTER_MAC, GATEWAY, options, hop_limit=hops, lifetime_s=lasts)
        for hops, lasts in ((64, 1800), (32, 9000))
    ]
    return office.sending("gw", frames, 0.7)


@contextmanager
def flood(office: Office) -> Iterator[None]:
    """Two hundred routers with two hundred prefixes at once, again and again."""
    frames = []
    for number in range(200):
        prefix = bytes.fromhex("20010db8") + struct.pack("!I", 0xBAD0000 + number) + bytes(8)
        mac = f"02:0b:ad:00:00:{number:02x}"
        frames.append(advertisement(mac, f"fe80::bad:{number:x}", prefix_option(prefix)))
    with office.sending("pc-2", frames, 2.0):
        yield
    office.heal()


def contradicting(office: Office) -> object:
    """A second, allowed router with another hop limit."""
    return office.second_router("srv-web", GOOD_RA, "AdvCurHopLimit 32;")


@contextmanager
def renumbered(office: Office) -> Iterator[None]:
    """The router comes back from a crash with another prefix and never takes back the old one."""
    offer = msgspec.structs.replace(GOOD_RA, prefixes=(Prefix(prefix="2001:db8:66:8::/64"),))
    office.ip("gw", "-6 addr add 2001:db8:66:8::1/64 dev eth0 nodad")
    with office.silent_router():
        radvd = office.start_radvd("gw", offer)
        try:
            office.settle("2001:db8:66:8::/64", but=("srv-web", "gw"))
            yield
        finally:
            kill(radvd)
            office.ip("gw", "-6 addr del 2001:db8:66:8::1/64 dev eth0")


SCENARIOS = (
    Scenario(
        name="no router advertisement",
        told="The router's radvd is killed.",
        fault=lambda office: office.silent_router(),
        cycles=CYCLES,
        fail=frozenset({"ra_present@network"}),
        level="N0",
        levels=dict.fromkeys(HEALTHY.levels, "L1"),
    ),
    Scenario(
        name="unique local prefix only",
        told="radvd offers fd66:7::/64 in place of the global prefix.",
        number="21",
        fault=says(prefixes=(Prefix(prefix="fd66:7::/64"),)),
        warn=frozenset({"prefix_scope@network"}),
        level="N1",
    ),
    Scenario(
        name="hop limit 1",
        told="radvd tells hosts to use a hop limit of 1.",
        fault=says("AdvCurHopLimit 1;"),
        fail=frozenset({"hop_limit@network", "internet_reachable@organisation"}),
        level="N1",
    ),
    Scenario(
        name="short router lifetime",
        told="radvd is a default router for 10 s.",
        fault=says(lifetime_s=10),
        fail=frozenset({"router_lifetime@network"}),
        level="N1",
    ),
    Scenario(
        name="wrong prefix length",
        told="radvd offers a /80 for hosts to make addresses in.",
        fault=says(prefixes=(Prefix(prefix=f"{IPV6}::/80"),)),
        fail=frozenset({"prefix_length@network"}),
        level="N1",
    ),
    Scenario(
        name="no resolver",
        told="radvd names no RDNSS, and there is no DHCPv6.",
        fault=says(rdnss=()),
        fail=frozenset({"rdnss@network"}),
        level="N1",
    ),
    Scenario(
        name="managed without DHCPv6",
        told="radvd sets the M flag; no DHCPv6 server answers.",
        fault=says(managed=True),
        census=True,
        fail=frozenset({"managed_flag@network"}),
        level="N1",
    ),
    Scenario(
        name="other without DHCPv6",
        told="radvd sets the O flag; no DHCPv6 server answers.",
        fault=says(other=True),
        census=True,
        warn=frozenset({"other_flag@network"}),
    ),
    Scenario(
        name="no autonomous prefix",
        told="radvd clears the A flag; there is no DHCPv6.",
        fault=says_of_its_prefix(autonomous=False),
        fail=frozenset({"prefix_flags@network"}),
        level="N1",
    ),
    Scenario(
        name="infinite lifetimes",
        told="radvd keeps the prefix valid for ever.",
        fault=says_of_its_prefix(valid_s=0xFFFFFFFF, preferred_s=0xFFFFFFFF),
        warn=frozenset({"prefix_lifetimes@network"}),
    ),
    Scenario(
        name="preferred for longer than valid",
        told="The router sends a preferred lifetime above the valid one.",
        fault=sends(prefix_option(OWN_PREFIX, valid_s=600, preferred_s=1200) + RESOLVER),
        fail=frozenset({"prefix_lifetimes@network"}),
        level="N1",
    ),
    Scenario(
        name="MTU beyond the link's",
        told="The router advertises an MTU of 9000 on Ethernet.",
        fault=sends(prefix_option(OWN_PREFIX) + RESOLVER + struct.pack("!BBHI", 5, 1, 0, 9000)),
        warn=frozenset({"mtu_option@network"}),
    ),
    Scenario(
        name="MTU below 1280",
        told="The router advertises an MTU of 1000.",
        fault=sends(prefix_option(OWN_PREFIX) + RESOLVER + struct.pack("!BBHI", 5, 1, 0, 1000)),
        fail=frozenset({"mtu_option@network"}),
    ),
    Scenario(
        name="every option repeated",
        told="The router sends each of its options twice.",
        fault=sends(
            2 * (prefix_option(OWN_PREFIX) + RESOLVER + struct.pack("!BBHI", 5, 1, 0, 1500))
        ),
    ),
    Scenario(
        name="every option malformed",
        told="A PC sends each option truncated, of length zero and too long.",
        fault=lambda office: office.sending("pc-2", malformed(PC2, STRANGER), 2.0),
        fail=frozenset({"ra_valid@network"}),
        level="N1",
    ),
    Scenario(
        name="rogue router",
        told="radvd in a PC: another prefix, preference high, an own resolver.",
        number="4",
        fault=rogue,
        fail=frozenset(
            {
                "rogue_ra@network",
                "router_preference@network",
                "prefix_is_ours@network",
                "internet_reachable@organisation",
            }
        ),
        warn=frozenset(
            {
                "host_default_route@host",
                "resolver_over_ipv6@organisation",
            }
        ),
        may_warn=frozenset({"role_leak@pc-2"}),
        level="N1",
    ),
    Scenario(
        name="rogue router that says goodbye",
        told="A PC advertises another prefix and withdraws at once; hosts keep the addresses.",
        number="4",
        fault=goodbye,
        fail=frozenset({"rogue_ra@network", "prefix_is_ours@network"}),
    ),
    Scenario(
        name="router that contradicts itself",
        told="The router says a hop limit of 64 and one of 32 in turn, with two lifetimes.",
        fault=wavering,
    ),
    Scenario(
        name="flood of advertisements",
        told="200 routers with 200 prefixes, within a second, several times.",
        number="5",
        fault=flood,
        fail=frozenset({"ra_flood@network", "rogue_ra@network", "prefix_is_ours@network"}),
        warn=frozenset({"host_default_route@host"}),
        may_warn=frozenset({"host_router_alive@host"}),
        most_routers=32,
    ),
    Scenario(
        name="contradicting routers",
        told="A second, allowed router: another hop limit.",
        fault=contradicting,
        config={"ipv6": {"routers": [ROUTER_MAC, SECOND_ROUTER]}},
        warn=frozenset({"ra_consistency@network"}),
    ),
    Scenario(
        name="flash renumbering",
        told="radvd is killed and comes back with another prefix; hosts keep both.",
        number="20",
        fault=renumbered,
        before=1,
        fail=frozenset({"stale_prefix@network"}),
        evidence={"stale_prefix@network": ("preferred_here",)},
    ),
)
