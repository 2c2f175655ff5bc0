"""Writes the page of the scenarios: `python -m tests.lan.scenarios.reference`."""

from collections.abc import Mapping
from pathlib import Path

from tests.lan.scenarios import beyond, managed, routers, stations
from tests.lan.scenarios.table import CYCLES, HEALTHY, Scenario

TESTS = Path(__file__).parents[1]
PAGE = Path(__file__).parents[3] / "docs/reference/checks/scenarios.md"
FAMILIES = {
    "What routers say": routers.SCENARIOS,
    "Hosts": stations.SCENARIOS,
    "The way out, resolvers, IPv6-mostly": beyond.SCENARIOS,
    "Devices managed over SNMP": managed.SCENARIOS,
}
# Every scenario that the table is held against, by number; more tests than those of the table as
# FILE:TEST.
EVERYTHING: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "1": (
        "Healthy dual stack",
        ("scenarios/test_truth_table.py:test_a_healthy_office_never_fails",),
    ),
    "2": (
        "Discovery matrix: which probe finds which host, and whether every address is found",
        (
            "test_tap.py:test_ipv6_finds_every_host_and_says_what_else_there_is",
            "test_tap.py:test_every_address_has_its_group_reported",
        ),
    ),
    "3": ("Host whose firewall drops all but neighbour discovery", ()),
    "4": ("Rogue router advertisements, and their goodbye", ()),
    "5": ("Flood of router advertisements", ()),
    "6": ("IPv6 that leads nowhere", ("test_upstream.py:test_ipv6_that_leads_nowhere",)),
    "7": ("Small path MTU, and the router says so", ("test_upstream.py:test_a_narrow_path",)),
    "8": ("Path MTU black hole", ("test_upstream.py:test_a_narrow_path",)),
    "9": ("Fragments are dropped", ()),
    "10": ("Broken MLD snooping", ("test_census.py:test_a_switch_that_loses_multicast",)),
    "11": ("Services and firewalls that differ by family", ("test_parity.py:test_verdicts",)),
    "12": (
        "DNS: no AAAA records, and AAAA records that lead nowhere",
        ("test_upstream.py:test_domains_with_faults",),
    ),
    "13": ("Service over IPv6 alone", ()),
    "14": ("DNS64 and PREF64 disagree", ()),
    "15": ("Option 108 without NAT64", ()),
    "16": (
        "Rogue DHCPv6 server",
        ("test_census.py:test_servers_that_give_what_the_router_says",),
    ),
    "17": ("Duplicate address", ("test_upstream.py:test_an_address_that_another_has",)),
    "18": ("Tunnels: 6in4, 6to4, Teredo, ISATAP", ("test_census.py:test_what_leads_hosts_astray",)),
    "19": ("Forgotten forwarding", ()),
    "20": ("Flash renumbering", ()),
    "21": ("Unique local prefix only", ()),
    "22": (
        "IPv6 tables of SNMP agents",
        (
            "test_snmp.py:test_what_net_snmp_serves",
            "test_snmp.py:test_a_wrong_credential",
            "test_snmp.py:test_an_interface_that_says_that_ipv6_is_off",
        ),
    ),
    "23": (
        "IPv6-only twin in a macvlan",
        ("test_twin.py:test_services", "test_twin.py:test_through_nat64"),
    ),
    "24": (
        "Rehearsal against IPv4 really switched off",
        ("test_rehearsal.py:test_precision_and_recall",),
    ),
    "25": (
        "Clients and offers with and without option 108",
        (
            "test_census.py:test_clients_say_whether_they_can_do_without_ipv4",
            "test_census.py:test_servers_that_give_what_the_router_says",
        ),
    ),
}
WHOLE = """
## The whole list

Every scenario of the list that the table was planned from, and where it is tested: by rows of the
tables above, or by other tests under `tests/lan`, which judge what single collectors saw.

This kernel builds all of them. Sit, gre and ip6tnl devices, VLANs, bonds and netem are not needed:
tunnels are sent as frames, VLANs are separate bridges.

| | scenario | tested by |
|---|---|---|
"""
HEAD = f"""\
# Scenarios of the IPv6 checks

Each row is a test: a small office in network namespaces with real daemons (radvd, dnsmasq, unbound,
tayga, nftables, snmpd), one fault, one scan if no other number is given. Exactly the checks under
*fails* fail, and no other check warns than those under *warns*. Then the fault is taken away, and a
scan with an empty memory must find nothing.
The healthy office is scanned 20 times in a row: no check fails, its level is {HEALTHY.level}.

`@` tells the subject: the network, the agent's own host, the organisation, or a device by name
(`gw` router, `srv-web` server, `pc-1` and `pc-2`, `printer`, `agent`). Without a census of DHCP
servers, which takes ten seconds, the level of a network without other faults is N2. Where
the level of a device is given, {CYCLES} quick passes of discovery go before; in the healthy office
every device is at {HEALTHY.levels["agent"]}.

This page is made from the tests: `python -m tests.lan.scenarios.reference`.
"""


def page() -> str:
    """The page as Markdown."""
    parts = [HEAD]
    for title, scenarios in FAMILIES.items():
        parts.append(f"\n## {title}\n\n| scenario | how | fails | warns | unknown | level |\n")
        parts.append("|---|---|---|---|---|---|\n")
        parts += map(_row, scenarios)
    parts.append(WHOLE)
    parts += [_place(number, *entry) for number, entry in EVERYTHING.items()]
    return "".join(parts)


def _place(number: str, title: str, tests: tuple[str, ...]) -> str:
    rows = [one.name for table in FAMILIES.values() for one in table if one.number == number]
    places = [f"*{name}*" for name in rows] + [f"`{test.replace(':', '::')}`" for test in tests]
    return f"| {number} | {title} | {', '.join(places)} |\n"


def _row(one: Scenario) -> str:
    level = one.level or (HEALTHY.level if one.census else "N2")
    unknown = [f"{key} ({reason})" for key, reason in one.unknown.items()]
    may = [f"{key} (at times)" for key in sorted(one.may_warn)]
    cells = (
        one.name,
        one.told if one.scans == 1 else f"{one.told} {one.scans} scans.",
        _listed(sorted(one.fail)),
        _listed([*sorted(one.warn), *may]),
        _listed(unknown),
        ", ".join([level, *(f"{name} {reached}" for name, reached in one.levels.items())]),
    )
    return f"| {' | '.join(cells)} |\n"


def _listed(keys: list[str]) -> str:
    return ", ".join(
        f"`{key.partition(' ')[0]}`{key[len(key.partition(' ')[0]) :]}" for key in keys
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
