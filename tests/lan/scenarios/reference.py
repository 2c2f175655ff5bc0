"""Writes the page of the scenarios: `python -m tests.lan.scenarios.reference`."""

from pathlib import Path

from tests.lan.scenarios import beyond, managed, routers, stations
from tests.lan.scenarios.table import HEALTHY, Scenario

PAGE = Path(__file__).parents[3] / "docs/reference/checks/scenarios.md"
FAMILIES = {
    "What routers say": routers.SCENARIOS,
    "Hosts": stations.SCENARIOS,
    "The way out, resolvers, IPv6-mostly": beyond.SCENARIOS,
    "Devices managed over SNMP": managed.SCENARIOS,
}
HEAD = f"""\
# Scenarios of the IPv6 checks

Each row is a test: a small office in network namespaces with real daemons (radvd, dnsmasq, unbound,
nftables, snmpd), one fault, one scan. Exactly the checks under *fails* fail, and no other check
warns than those under *warns*. Then the fault is taken away, and a scan with an empty memory must
find nothing.
The healthy office is scanned 20 times in a row: no check fails, its level is {HEALTHY.level}.

`@` tells the subject: the network, the agent's own host, the organisation, or a device by name
(`gw` router, `srv-web` server, `pc-1` and `pc-2`, `printer`, `agent`). Without a census of DHCP
servers, which takes ten seconds, the level of a network without other faults is N2. Where no level
is given, the fault leaves none that is asserted.

This page is made from the tests: `python -m tests.lan.scenarios.reference`.
"""


def page() -> str:
    """The page as Markdown."""
    parts = [HEAD]
    for title, scenarios in FAMILIES.items():
        parts.append(f"\n## {title}\n\n| scenario | how | fails | warns | unknown | level |\n")
        parts.append("|---|---|---|---|---|---|\n")
        parts += map(_row, scenarios)
    return "".join(parts)


def _row(one: Scenario) -> str:
    level = one.level or (HEALTHY.level if one.census else "N2")
    unknown = [f"{key} ({reason})" for key, reason in one.unknown.items()]
    may = [f"{key} (at times)" for key in sorted(one.may_warn)]
    cells = (
        one.name,
        one.told,
        _listed(sorted(one.fail)),
        _listed([*sorted(one.warn), *may]),
        _listed(unknown),
        "" if level == "?" else level,
    )
    return f"| {' | '.join(cells)} |\n"


def _listed(keys: list[str]) -> str:
    return ", ".join(
        f"`{key.partition(' ')[0]}`{key[len(key.partition(' ')[0]) :]}" for key in keys
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
