"""The same service over the other family: every port that is open somewhere, tried everywhere.

A port that is open on one address of a device is connected to on every lasting address of the other
family, and closed again; nothing is sent. What is not open is tried once more, after the port has
been found open again where it was: so the families are compared at one time. Where pages and keys
are open over both, both are read.
Printers' raw ports and control systems are not touched, nor what the officer excluded.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import aclosing
from typing import Final

import msgspec

from collectors.contract import Context, NoData, OpenPort, Target
from collectors.memory import QUARANTINE, memory_of
from collectors.netlink.kernel import Neighbour, in_thread_async, read_neighbours
from collectors.observation import AnyObservation, ServiceSeen, Unanswered
from collectors.parallel import in_parallel
from collectors.places import Place, places_of
from collectors.ports import NEVER, PORTS, Port
from collectors.talk.channel import Caller, call
from collectors.talk.visits import BOTH_FAMILIES
from collectors.tcp.dial import Dialer, SocketDialer
from collectors.tcp.differing import asked_again
from collectors.tcp.probe import Tools, Visit, tools_of, visit_device

NAME: Final = "parity"
MAX_ADDRESSES: Final = 8  # of one family of one device
MAX_PORTS: Final = 64  # of one device
TRIES: Final = 2
FRESH_S: Final = 60.0  # a neighbour that the kernel had confirmed since is there
# States in which the kernel holds a neighbour's MAC (RFC 4861 §7.3.2).
_THERE: Final = frozenset({"reachable", "stale", "delay", "probe"})

Neighbours = Callable[[], Awaitable[Iterable[Neighbour]]]


class Errand(msgspec.Struct, frozen=True):
    """Ports to try at one address; `control` is one that is known to be open there.

    `elsewhere` says by port at which address of the other family it was open.
    """

    device: str
    place: Place
    ports: tuple[Port, ...]
    control: Port | None = None
    elsewhere: dict[int, Place] = {}


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Yield a ServiceSeen per port and address that was tried, a PageSeen and a KeySeen per family.

    An address that stays silent on all ports gets `filtered` only when it is proven to be there:
    by an answer to neighbour discovery, or by another port. Else it yields Unanswered. Raises
    NoData when no device with an open port has lasting addresses of the other family.
    """
    async with aclosing(compare(context, SocketDialer(), call, _kernel)) as observations:
        async for observation in observations:
            yield observation


async def compare(
    context: Context, dialer: Dialer, caller: Caller, neighbours: Neighbours
) -> AsyncGenerator[AnyObservation, None]:
    """The same with connections and a neighbour table of one's own."""
    errands = errands_of(context)
    if not errands:
        raise NoData("no device with an open TCP port has a lasting address of the other family")
    tools = tools_of(context, dialer, NAME)
    opened: dict[str, list[OpenPort]] = {}
    answered = False

    async def visit(device: list[Errand]) -> AsyncGenerator[AnyObservation, None]:
        for errand in device:
            async with aclosing(_tried(errand, tools, neighbours)) as observations:
                async for observation in observations:
                    if isinstance(observation, ServiceSeen) and observation.state == "open":
                        opened.setdefault(errand.device, []).append(_open_port(observation))
                    yield observation

    width = context.limits.devices_in_parallel
    work = in_parallel(errands, visit, width, context.progress)
    async with aclosing(work) as found:
        async for observation in found:
            answered = True
            yield observation
    if not answered:
        tools.require_way_out()
    async with aclosing(_contents(context, opened, caller)) as found:
        async for observation in found:
            yield observation


def errands_of(context: Context) -> list[list[Errand]]:
    """What to try where, one list for each device; devices in quarantine are left alone."""
    quarantine = memory_of(context, QUARANTINE)
    now = context.clock()
    found = []
    for target in context.targets:
        if target.open_ports and not quarantine.holds(target.device, now):
            errands = _errands(context, target)
            if errands:
                found.append(errands)
    return found


def _errands(context: Context, target: Target) -> list[Errand]:
    rows = {port.number: port for port in PORTS}
    opened: dict[int, set[int]] = {4: set(), 6: set()}
    at: dict[str, list[int]] = {}
    for service in target.open_ports:
        if service.port in NEVER:
            continue
        opened[6 if ":" in service.address else 4].add(service.port)
        at.setdefault(service.address, []).append(service.port)

    def row(number: int) -> Port:
        return rows.get(number, Port(number, ""))

    passing = frozenset(target.temporary)
    lasting = msgspec.structs.replace(
        target,
        addresses=tuple(a for a in target.addresses if a.partition("%")[0] not in passing),
    )
    everywhere = places_of(target, context.scope, MAX_ADDRESSES)
    found = []
    for place in places_of(lasting, context.scope, MAX_ADDRESSES):
        wanted = sorted(opened[4 if place.version == 6 else 6])[:MAX_PORTS]
        if not wanted:
            continue
        known = sorted(set(at.get(place.address, ())) - set(wanted))
        control = row(known[0]) if known else None
        elsewhere = {
            port: other
            for other in reversed(everywhere)
            if other.version != place.version
            for port in at.get(other.address, ())
            if port in wanted
        }
        errand = Errand(target.device, place, tuple(map(row, wanted)), control, elsewhere)
        found.append(errand)
    return found


async def _tried(
    errand: Errand, tools: Tools, neighbours: Neighbours
) -> AsyncGenerator[AnyObservation, None]:
    """Try an address; when it is silent on everything, find out whether it is there at all.

    It is tried twice before it counts as silent: a lost packet must not look like a firewall.
    """
    visit = Visit(errand.device, (errand.place,), errand.ports)
    seen: dict[int, ServiceSeen] = {}
    silent: Unanswered | None = None
    for _ in range(TRIES):
        if tools.quarantine.holds(errand.device, tools.clock()):
            return
        silent = None
        async with aclosing(visit_device(visit, tools)) as observations:
            async for observation in observations:
                if isinstance(observation, ServiceSeen):
                    seen[observation.port] = observation
                    yield observation
                elif isinstance(observation, Unanswered):
                    silent = observation
        if silent is None:
            break
    control = errand.control
    if silent is not None:
        proof = await _proof(errand, tools, neighbours)
        if not proof:
            yield silent
            return
        seen = {one.port: one for one in _filtered(errand, silent.probes, proof, tools)}
        for one in seen.values():
            yield one
        control = None
    else:
        answered = [port for port in errand.ports if _answered(seen.get(port.number))]
        control = answered[0] if answered else control
    for there, failed in _elsewhere(errand, seen.values()).items():
        again = asked_again(errand.device, errand.place, there, failed, control, tools)
        async with aclosing(again) as found:
            async for one in found:
                yield one


def _answered(seen: ServiceSeen | None) -> bool:
    return seen is not None and seen.state != "filtered"


def _elsewhere(errand: Errand, seen: Iterable[ServiceSeen]) -> dict[Place, list[ServiceSeen]]:
    """What is not open, by the address of the other family where it was."""
    found: dict[Place, list[ServiceSeen]] = {}
    for one in seen:
        there = errand.elsewhere.get(one.port)
        if one.state != "open" and there is not None:
            found.setdefault(there, []).append(one)
    return found


def _filtered(errand: Errand, probes: int, proof: str, tools: Tools) -> Iterator[ServiceSeen]:
    for port in errand.ports[:probes]:
        yield ServiceSeen(
            at=tools.clock(),
            source=NAME,
            interface=errand.place.interface,
            address=errand.place.address,
            transport="tcp",
            port=port.number,
            state="filtered",
            name=port.name,
            evidence=proof,
        )


async def _proof(errand: Errand, tools: Tools, neighbours: Neighbours) -> str:
    """Why an address that is silent on some ports is there nevertheless; empty: it may be not."""
    for entry in await neighbours():
        if entry.address != errand.place.address or entry.state not in _THERE:
            continue
        if entry.age_s <= FRESH_S and errand.place.interface in ("", entry.interface):
            return "timeout; it answers neighbour discovery"
    if errand.control is None or tools.quarantine.holds(errand.device, tools.clock()):
        return ""
    visit = Visit(errand.device, (errand.place,), (errand.control,))
    async with aclosing(visit_device(visit, tools)) as observations:
        async for observation in observations:
            if isinstance(observation, ServiceSeen) and observation.state != "filtered":
                return f"timeout; port {errand.control.number} answers"
    return ""


async def _contents(
    context: Context, opened: dict[str, list[OpenPort]], caller: Caller
) -> AsyncGenerator[AnyObservation, None]:
    """Keys and pages over both families, of ports that are open over both."""
    from collectors import http_page, ssh_key, tls_key

    targets = []
    for target in context.targets:
        both = _open_over_both(target, opened.get(target.device, ()))
        if both:
            targets.append(msgspec.structs.replace(target, open_ports=both))
    if not targets:
        return
    made = msgspec.structs.replace(
        context,
        targets=tuple(targets),
        options={**context.options, BOTH_FAMILIES: True},
        progress=lambda done, total: None,
    )
    for ask in (ssh_key.ask, tls_key.ask, http_page.ask):
        try:
            async with aclosing(ask(made, caller)) as observations:
                async for observation in observations:
                    yield observation
        except NoData:
            continue  # nothing of the kind, or all of it was read a short while ago


def _open_over_both(target: Target, found: Iterable[OpenPort]) -> tuple[OpenPort, ...]:
    """Open ports of a device, old and new, on lasting addresses, whose number both families have.

    What was seen last time is kept where this time it was not looked at: the own family's ports.
    """
    passing = frozenset(target.temporary)
    known = {(one.address, one.port): one for one in target.open_ports}
    known |= {(one.address, one.port): one for one in found}
    lasting = [one for one in known.values() if one.address not in passing]
    by_family = {
        version: {one.port for one in lasting if (":" in one.address) is (version == 6)}
        for version in (4, 6)
    }
    shared = by_family[4] & by_family[6]
    return tuple(one for one in lasting if one.port in shared)


def _open_port(seen: ServiceSeen) -> OpenPort:
    return OpenPort(seen.address, seen.port, seen.banner)


async def _kernel() -> Iterable[Neighbour]:
    return await in_thread_async(read_neighbours)
