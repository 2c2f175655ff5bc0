"""Ports that are open over one family and not over the other: asked for again, over both.

A single silence or refusal may be a lost packet, a service that was just restarted, or a busy
machine. It counts as a difference only when the port was open over the other family in between two
tries that failed.
"""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing

import msgspec

from collectors.observation import AnyObservation, ServiceSeen
from collectors.places import Place
from collectors.ports import Port
from collectors.tcp.probe import Tools, Visit, visit_device


async def asked_again(
    device: str,
    here: Place,
    there: Place,
    failed: Iterable[ServiceSeen],
    control: Port | None,
    tools: Tools,
) -> AsyncGenerator[ServiceSeen, None]:
    """Yield what the ports that failed `here` are `there` now, and then `here` once more.

    A port that fails again although it is open there gets that address as `against`. `control` is a
    port that answers here; where it does not answer any more, nothing is said of the others. None:
    nothing answers here, and silence is taken as it was proven before.
    """
    before = {one.port: one for one in failed}
    ports = tuple(Port(one.port, one.name) for one in before.values())
    there_now = await states(Visit(device, (there,), ports), tools)
    for one in there_now.values():
        yield one
    opened = tuple(
        port
        for port in ports
        if port.number in there_now and there_now[port.number].state == "open"
    )
    if not opened:
        return
    asked = opened if control is None else (control, *opened)
    here_now = await states(Visit(device, (here,), asked), tools)
    if control is None and not here_now:
        silent = (before[port.number] for port in opened)
        here_now = {
            one.port: msgspec.structs.replace(one, at=tools.clock())
            for one in silent
            if one.state == "filtered"
        }
    for port in opened:
        again = here_now.get(port.number)
        if again is not None and again.state != "open":
            again = msgspec.structs.replace(
                again,
                against=there.address,
                evidence=again.evidence or before[port.number].evidence,
            )
        if again is not None:
            yield again


async def states(visit: Visit, tools: Tools) -> dict[int, ServiceSeen]:
    """What a visit to one address says of its ports; empty when the address gave no sign."""
    found: dict[int, ServiceSeen] = {}
    if tools.quarantine.holds(visit.device, tools.clock()):
        return found
    async with aclosing(visit_device(visit, tools)) as observations:
        async for observation in observations:
            if isinstance(observation, ServiceSeen):
                found[observation.port] = observation
    return found


async def differences(
    visit: Visit, seen: Iterable[AnyObservation], tools: Tools
) -> AsyncGenerator[ServiceSeen, None]:
    """After a visit to several addresses of a device: ask again where the families differ."""
    by_place: dict[Place, dict[int, ServiceSeen]] = {place: {} for place in visit.places}
    places = {place.address: place for place in visit.places}
    for one in seen:
        if isinstance(one, ServiceSeen) and one.address in places:
            by_place[places[one.address]][one.port] = one
    rows = {port.number: port for port in visit.ports}
    done: set[tuple[Place, int]] = set()
    for here, mine in by_place.items():
        answered = [rows[one.port] for one in mine.values() if one.state != "filtered"]
        for there, others in by_place.items():
            failed = [
                one
                for one in mine.values()
                if here.version != there.version
                and one.state != "open"
                and (here, one.port) not in done
                and one.port in others
                and others[one.port].state == "open"
            ]
            done.update((here, one.port) for one in failed)
            if failed and answered:
                again = asked_again(visit.device, here, there, failed, answered[0], tools)
                async with aclosing(again) as found:
                    async for one in found:
                        yield one
