"""Scenarios of a server that is managed over SNMP: a real snmpd, asked with a community."""

import ipaddress
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from agent.lab import daemons
from tests.lan.scenarios.office import IPV6, Office
from tests.lan.scenarios.table import Scenario

COMMUNITY = "c0mmunity"
SERVER = ipaddress.ip_address(f"{IPV6}::10")
CONFIG = {
    "snmp": {
        "credentials": {"servers": {"community_file": "community"}},
        "networks": {"10.66.7.10/32": ["servers"]},
    }
}
IPV4_ONLY = f"rocommunity {COMMUNITY} default\n"
DUPLICATE = "override .1.3.6.1.2.1.4.34.1.7.2.16.{} integer 7\n".format(
    ".".join(map(str, SERVER.packed))
)
# snmpd itself listens on a TCP port of IPv4 alone, 199.
LISTENERS = "snmp_listeners@srv-web"


def managed(community: str, more: str = "") -> Callable[[Office], AbstractContextManager[None]]:
    """snmpd on the server, which takes a community, with more lines of its configuration."""

    @contextmanager
    def fault(office: Office) -> Iterator[None]:
        office.beside_config("community", COMMUNITY)
        snmpd = daemons.start_snmpd(
            office.lan.hosts["srv-web"], office.lan.folder("snmpd"), community, more
        )
        try:
            yield
        finally:
            snmpd.stop()

    return fault


SCENARIOS = (
    Scenario(
        name="managed by SNMP",
        told="snmpd on the server, over both families.",
        number="22",
        fault=managed(COMMUNITY),
        config=CONFIG,
        warn=frozenset({LISTENERS}),
        passes=frozenset(
            {
                "snmp_ipv6_enabled@srv-web",
                "snmp_addresses@srv-web",
                "snmp_over_ipv6@srv-web",
            }
        ),
    ),
    Scenario(
        name="managed by SNMP over IPv4 only",
        told="snmpd on the server, whose access list names IPv4 alone.",
        number="22",
        fault=managed("another", IPV4_ONLY),
        config=CONFIG,
        warn=frozenset({"snmp_over_ipv6@srv-web", LISTENERS}),
    ),
    Scenario(
        name="a duplicate, by SNMP",
        told="snmpd on the server says that its address is a duplicate.",
        number="22",
        fault=managed(COMMUNITY, DUPLICATE),
        config=CONFIG,
        fail=frozenset({"snmp_addresses@srv-web"}),
        warn=frozenset({LISTENERS}),
    ),
    Scenario(
        name="another SNMP community",
        told="snmpd on the server takes another community than the configuration has.",
        number="22",
        fault=managed("another"),
        config=CONFIG,
        unknown=dict.fromkeys(
            (
                "snmp_ipv6_enabled@srv-web",
                "snmp_addresses@srv-web",
                LISTENERS,
            ),
            "device_unreachable",
        ),
    ),
)
