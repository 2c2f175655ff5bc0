"""Which IPv6 addresses to ask all stations of a link for, as more than one may have them: bounded.

A station that has an address belongs to its solicited-node group and reports that (RFC 3810). So an
address whose group another station reported is worth a question that both hear. Stations that
report nothing are found by asking for some of all known addresses in each pass, in turn.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from typing import Final

from collectors.candidates import Station
from collectors.memory import Until
from collectors.wire.address import ip_text, ipv6_bytes, solicited_node

MAX_SUSPECTED: Final = 128  # of one link and pass
MAX_IN_TURN: Final = 32


def doubted(
    stations: Iterable[Station],
    own: Collection[str],
    usable: Callable[[str], bool],
    asked: Until,
    now: float,
) -> tuple[str, ...]:
    """The addresses, suspected ones first; `asked` remembers when each of the others had its turn.

    Left out are own addresses and the subnet-router anycast address, which is every router's by
    design (RFC 4291 §2.6.1).
    """
    holders: defaultdict[str, set[str]] = defaultdict(set)
    members: defaultdict[str, set[str]] = defaultdict(set)
    for station in stations:
        for address in station.addresses | station.claimed:
            if ":" in address and not address.endswith("::"):
                holders[address].add(station.mac)
        for group in station.groups:
            members[group].add(station.mac)
    candidates = [one for one in sorted(holders) if one not in own and usable(one)]
    suspected = [
        one for one in candidates if len(holders[one] | members.get(_group(one), set())) > 1
    ]
    suspected = suspected[:MAX_SUSPECTED]
    last = dict(asked)
    rest = sorted(set(candidates).difference(suspected), key=lambda one: (last.get(one, 0.0), one))
    for one in rest[:MAX_IN_TURN]:
        asked.put(one, now)
    return (*suspected, *rest[:MAX_IN_TURN])


def _group(address: str) -> str:
    return ip_text(solicited_node(ipv6_bytes(address)))
