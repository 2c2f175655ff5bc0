"""Which services a device offers: TCP presence on a short list of ports, over both families.

A port is connected to and closed again; nothing is ever sent. What the peer says first is read
where the protocol makes it speak first. Printers' raw ports and control systems are not touched.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing

from collectors.contract import CollectorError, Context, NoData
from collectors.memory import QUARANTINE, memory_of
from collectors.observation import AnyObservation
from collectors.parallel import in_parallel
from collectors.places import places_of
from collectors.ports import Port, chosen, probed
from collectors.tcp.dial import Dialer, SocketDialer
from collectors.tcp.differing import differences
from collectors.tcp.probe import Tools, Visit, tools_of, visit_device

NAME = "tcp"
PORTS_OPTION = "ports"  # option: port numbers instead of the list
ADDRESSES_OPTION = "addresses_per_family"  # option: how many addresses of a device, default 1
MAX_ADDRESSES_PER_FAMILY = 16


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Yield a ServiceSeen per port that was tried, and an Unanswered per address that gave no sign.

    Raises NoData when no known device has an address in scope, CollectorError when a port must not
    be touched or when the own host lets nothing out.
    """
    async with aclosing(probe(context, SocketDialer())) as observations:
        async for observation in observations:
            yield observation


async def probe(context: Context, dialer: Dialer) -> AsyncGenerator[AnyObservation, None]:
    """The same with a dialer of one's own."""
    visits = visits_of(context)
    if not visits:
        raise NoData("no known device has an address in scope")
    tools = tools_of(context, dialer, NAME)
    answered = False
    width = context.limits.devices_in_parallel
    work = in_parallel(visits, lambda visit: _visited(visit, tools), width, context.progress)
    async with aclosing(work) as observations:
        async for observation in observations:
            answered = True
            yield observation
    if not answered:
        tools.require_way_out()


async def _visited(visit: Visit, tools: Tools) -> AsyncGenerator[AnyObservation, None]:
    """Visit a device; ports in which its families differ are asked for again, over both."""
    seen = []
    async with aclosing(visit_device(visit, tools)) as observations:
        async for observation in observations:
            seen.append(observation)
            yield observation
    async with aclosing(differences(visit, seen, tools)) as again:
        async for observation in again:
            yield observation


def visits_of(context: Context) -> list[Visit]:
    """Whom to visit: known devices that are not left alone, their addresses in scope, the ports."""
    quarantine = memory_of(context, QUARANTINE)
    ports = _ports(context)
    per_family = _addresses_per_family(context)
    now = context.clock()
    visits = []
    for target in context.targets:
        places = places_of(target, context.scope, per_family)
        if places and not quarantine.holds(target.device, now):
            visits.append(Visit(target.device, places, ports))
    return visits


def _ports(context: Context) -> tuple[Port, ...]:
    wanted = context.options.get(PORTS_OPTION)
    if wanted is None:
        return probed()
    if not isinstance(wanted, Iterable):
        raise CollectorError(f"{PORTS_OPTION} must be a list of port numbers, not {wanted!r}")
    try:
        return chosen(tuple(int(str(number)) for number in wanted))
    except ValueError as error:
        raise CollectorError(f"{PORTS_OPTION}: {error}") from error


def _addresses_per_family(context: Context) -> int:
    wanted = context.options.get(ADDRESSES_OPTION, 1)
    if not isinstance(wanted, int) or not 0 < wanted <= MAX_ADDRESSES_PER_FAMILY:
        raise CollectorError(
            f"{ADDRESSES_OPTION} must be 1 to {MAX_ADDRESSES_PER_FAMILY}, not {wanted!r}"
        )
    return wanted
