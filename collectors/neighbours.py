"""Which stations the kernel remembers: its ARP and neighbour discovery tables, without a packet."""

from collections.abc import AsyncIterator, Iterable

from collectors.contract import Context, NoData
from collectors.netlink.kernel import Neighbour, in_thread_async, read_neighbours
from collectors.observation import AddressSeen, AnyObservation
from collectors.scope import Scope

NAME = "neighbours"

# RFC 4861 §7.3.2. Incomplete and failed entries are questions that nobody answered.
PROVEN = frozenset({"reachable", "stale", "delay", "probe", "permanent"})


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Yield an AddressSeen per entry on a link in scope; NoData when no link is in scope.

    `at` is when the kernel last had the entry confirmed, not now: a stale entry proves the past
    only. A permanent one proves what an administrator once set, and carries that time.
    """
    if not context.scope.links:
        raise NoData("no own interface holds a network in scope, so there is no table to read")
    entries = await in_thread_async(read_neighbours)
    for observation in observe(entries, context.scope, context.clock()):
        yield observation


def observe(entries: Iterable[Neighbour], scope: Scope, at: float) -> Iterable[AddressSeen]:
    """The observations that follow from table entries read at a time."""
    links = frozenset(link.interface for link in scope.links)
    for entry in entries:
        if entry.state in PROVEN and entry.interface in links and scope.contains(entry.address):
            yield AddressSeen(
                at=at - entry.age_s,
                source=NAME,
                interface=entry.interface,
                mac=entry.mac,
                address=entry.address,
                how="neighbour_table",
                router=entry.router,
            )
