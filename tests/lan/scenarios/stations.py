"""Scenarios of hosts: duplicate addresses, wrong roles, walls on one family, the agent's own."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.lan.scenarios.office import IPV6, Office
from tests.lan.scenarios.table import Scenario

INPUT = "table {} fault {{ chain i {{ type filter hook input priority 0; tcp dport {} drop; }}; }}"
SNOOPING = (
    "table bridge fault { chain f { type filter hook forward priority 0;"
    " ether daddr & ff:ff:ff:00:00:00 == 33:33:ff:00:00:00 drop; }; }"
)


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

SCENARIOS = (
    Scenario(
        name="duplicate address",
        told="A PC has the server's address and did not test it; three scans.",
        number="17",
        fault=duplicate,
        census=True,
        scans=3,
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
        level="?",
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
        fail=frozenset({"service_parity@srv-web"}),
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
        fail=frozenset({"open_on_ipv6_only@srv-web"}),
    ),
)
