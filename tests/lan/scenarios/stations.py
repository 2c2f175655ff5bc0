"""Scenarios of hosts: duplicate addresses, wrong roles, walls on one family, the agent's own."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.lan.scenarios.frames import discover, tunnels
from tests.lan.scenarios.office import IPV6, PC2, Office
from tests.lan.scenarios.table import CYCLES, Scenario

INPUT = "table {} fault {{ chain i {{ type filter hook input priority 0; tcp dport {} drop; }}; }}"
SNOOPING = (
    "table bridge fault { chain f { type filter hook forward priority 0;"
    " ether daddr & ff:ff:ff:00:00:00 == 33:33:ff:00:00:00 drop; }; }"
)


WALL = (
    "table ip6 fault { chain i { type filter hook input priority 0; policy drop;"
    " icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert, mld-listener-query }"
    " accept; ct state established,related accept; }; }"
)
WINDOWS = discover(PC2, ipv6_only=False, vendor_class="MSFT 5.0")
TUNNELS = tunnels(PC2, "10.66.7.102")


@contextmanager
def duplicate(office: Office) -> Iterator[None]:
    """A PC takes the server's address and does not test it."""
    office.ip("pc-2", f"-6 addr add {IPV6}::10/64 dev eth0 nodad")
    yield
    office.ip("pc-2", f"-6 addr del {IPV6}::10/64 dev eth0")


@contextmanager
def forwarding(office: Office) -> Iterator[None]:
    """A PC forwards, as a forgotten container runtime makes it."""
    office.host("pc-2").sysctl(("net/ipv6/conf/all/forwarding", "1"))
    yield
    office.host("pc-2").sysctl(("net/ipv6/conf/all/forwarding", "0"))
    office.heal("pc-2")


@contextmanager
def agent_without_ipv6(office: Office) -> Iterator[None]:
    """IPv6 is off on the agent's own card."""
    office.host("agent").sysctl(("net/ipv6/conf/eth0/disable_ipv6", "1"))
    yield
    office.host("agent").sysctl(("net/ipv6/conf/eth0/disable_ipv6", "0"))
    office.heal("agent")


UNKNOWING = (
    "host_stack_enabled@host", "host_default_route@host", "host_global_address@host",
    "device_has_global_address@agent",
)  # fmt: skip


@contextmanager
def without_ipv6(office: Office) -> Iterator[None]:
    """The printer has IPv6 off; a PC has it and heeds no router."""
    office.host("printer").sysctl(("net/ipv6/conf/eth0/disable_ipv6", "1"))
    office.host("pc-2").sysctl(("net/ipv6/conf/eth0/accept_ra", "0"))
    office.ip("pc-2", "-6 addr flush dev eth0 scope global")
    office.ip("agent", "-6 neigh flush dev eth0")  # where earlier scans left them
    yield
    office.host("printer").sysctl(("net/ipv6/conf/eth0/disable_ipv6", "0"))
    office.host("pc-2").sysctl(("net/ipv6/conf/eth0/accept_ra", "1"))
    office.heal("printer", "pc-2")


SCENARIOS = (
    Scenario(
        name="addresses made from the MAC",
        told="A PC with Windows has an address that shows its MAC.",
        number="1",
        fault=lambda office: office.sending("pc-2", [WINDOWS]),
        warn=frozenset({"device_eui64_exposure@pc-2"}),
    ),
    Scenario(
        name="host behind a wall",
        told="A PC drops what comes in over IPv6, but ND, advertisements and MLD queries.",
        number="3",
        fault=lambda office: office.filtered("pc-2", WALL),
        passes=frozenset(
            {
                "device_speaks_ipv6@pc-2",
                "device_has_global_address@pc-2",
                "device_answers_nd@pc-2",
            }
        ),
        cycles=CYCLES,
        parity=True,
        fail=frozenset({"service_parity@pc-2"}),
    ),
    Scenario(
        name="devices without IPv6",
        told="IPv6 is off on the printer; a PC has it and heeds no router.",
        fault=without_ipv6,
        cycles=CYCLES,
        parity=True,
        fail=frozenset(
            {
                "device_speaks_ipv6@printer",
                "device_has_global_address@printer",
                "device_has_global_address@pc-2",
            }
        ),
        levels={"printer": "L0", "pc-2": "L1"},
    ),
    Scenario(
        name="tunnels",
        told="A PC sends 6in4, 6to4, GRE, Teredo, and asks for isatap.",
        number="18",
        fault=lambda office: office.sending("pc-2", list(TUNNELS.values())),
        fail=frozenset({"tunnel_leak@network"}),
        evidence={"tunnel_leak@network": (PC2, *TUNNELS)},
    ),
    Scenario(
        name="duplicate address",
        told="A PC has the server's address and did not test it.",
        number="17",
        fault=duplicate,
        census=True,
        fail=frozenset({"duplicate_address@network"}),
    ),
    Scenario(
        name="forgotten forwarding",
        told="A PC forwards IPv6, and so joins the group of all routers.",
        number="19",
        fault=forwarding,
        warn=frozenset({"role_leak@pc-2"}),
    ),
    Scenario(
        name="multicast gets lost",
        told="The bridge drops what goes to solicited-node groups, as broken MLD snooping does.",
        number="10",
        fault=lambda office: office.switch_filtered(SNOOPING),
        fail=frozenset({"multicast_nd@network"}),
        level="N2",
    ),
    Scenario(
        name="the agent has no IPv6",
        told="IPv6 is off on the agent's own card.",
        fault=agent_without_ipv6,
        unknown=dict.fromkeys(UNKNOWING, "agent_has_no_ipv6"),
        level="?",  # N1 where an advertisement happened to come by during the scan
    ),
    Scenario(
        name="wall over IPv6 only",
        told="The server drops port 80 over IPv6.",
        number="11",
        fault=lambda office: office.filtered(
            "srv-web",
            INPUT.format("ip6", 80),
        ),
        parity=True,
        cycles=CYCLES,
        fail=frozenset({"service_parity@srv-web"}),
        levels={"srv-web": "L2"},
    ),
    Scenario(
        name="forgotten IPv6 firewall",
        told="The server drops port 22 over IPv4, and not over IPv6.",
        number="11",
        fault=lambda office: office.filtered(
            "srv-web",
            INPUT.format("ip", 22),
        ),
        parity=True,
        cycles=CYCLES,
        fail=frozenset({"open_on_ipv6_only@srv-web"}),
        levels={"srv-web": "L2"},
    ),
)
