"""Whether neighbours are found by multicast as well as by unicast: broken MLD snooping shows here.

Only a sample of each link is asked, at 50 frames a second, those asked longest ago first.
"""

from collections.abc import AsyncIterator, Iterable
from typing import Final

from collectors.contract import Context, NoData
from collectors.memory import memory_of
from collectors.observation import AddressSeen, AnyObservation
from collectors.scope import Link
from collectors.tap.messages import Candidate, NeighbourCompare
from collectors.tap.scoping import run_all, sender_of

NAME: Final = "nd_compare"

COMPARED: Final = "nd_compared"  # option: when each station had its turn
MEMORY_S: Final = 1800.0
MAX_NEIGHBOURS: Final = 32  # of one link


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Ask known IPv6 stations; what came of it comes from the tap itself as `NeighbourCompared`.

    Stations that were heard within `MEMORY_S` come first, then those that the inventory knows.
    Raises NoData without a tap or without a known IPv6 neighbour.
    """
    tap = context.tap
    if tap is None:
        raise NoData(context.tap_missing)
    now = context.clock()
    heard = tap.heard_since(now - MEMORY_S)
    asked = memory_of(context, COMPARED)
    last = dict(asked)
    commands = []
    for link in context.scope.links:
        if not link.mac or not any(own.lower().startswith("fe80:") for own in link.ipv6):
            continue
        found = neighbours(context, link, heard)
        chosen = sorted(found, key=lambda one: last.get(one.mac, 0.0))[:MAX_NEIGHBOURS]
        for one in chosen:
            asked.put(one.mac, now)
        if chosen:
            commands.append(
                NeighbourCompare(id=tap.next_id(), sender=sender_of(link), candidates=tuple(chosen))
            )
    if not commands:
        raise NoData("no IPv6 neighbour is known")
    for observation in await run_all(context, tap, commands):
        yield observation


def neighbours(
    context: Context, link: Link, heard: Iterable[AnyObservation]
) -> tuple[Candidate, ...]:
    """One address in scope of each station on a link: the one heard last, else one that is known.

    Addresses that a station only wants to use are left out, and so is the agent itself.
    """
    latest: dict[str, str] = {}
    for seen in heard:
        if (
            type(seen) is AddressSeen
            and seen.interface == link.interface
            and seen.how != "dad"
            and ":" in seen.address
            and context.scope.contains(seen.address)
        ):
            latest[seen.mac] = seen.address
    for target in context.targets:
        if not target.mac or target.interface != link.interface:
            continue
        for address in target.addresses:
            plain = address.partition("%")[0]
            if ":" in plain and context.scope.contains(plain):
                latest.setdefault(target.mac, plain)
    own = {address.partition("/")[0] for address in link.ipv6}
    return tuple(
        Candidate(address, mac)
        for mac, address in latest.items()
        if mac != link.mac and address not in own
    )
