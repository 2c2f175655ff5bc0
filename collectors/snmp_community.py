"""Whether devices answer to the communities that the whole world knows (opt-in).

One SNMPv2c GET of sysDescr.0 (RFC 3416 §4.2.1, RFC 3418) with `public`; with `private` only where
that stayed unanswered. Each device is asked once in 24 hours. Nothing is ever set: that `private`
often may write is not tried out.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from importlib import import_module
from typing import Any, Protocol

import msgspec

from collectors.contract import CollectorError, Context, NoData, Target
from collectors.memory import DAY_S, QUARANTINE, Until, memory_of
from collectors.observation import AnyObservation, CommunityTried
from collectors.pace import Pace, pace_of
from collectors.parallel import in_parallel
from collectors.places import Place, places_of
from collectors.wire.text import clean_text

NAME = "snmp_community"
OPTION = "default_community"  # option: true when the officer opted in
TRIED = "communities_tried"  # option: an `Until` of devices that were asked

PORT = 161
SYSTEM_DESCRIPTION = "1.3.6.1.2.1.1.1.0"
MAX_DESCRIPTION_CHARACTERS = 255
TIMEOUT_S = 1.0


class Try(msgspec.Struct, frozen=True):
    """A community and how often the question is repeated; a wrong `private` can lock us out."""

    community: str
    retries: int


TRIES = (Try("public", 1), Try("private", 0))


class Snmp(Protocol):
    """Asks one agent for its description."""

    async def description(self, place: Place, tried: Try) -> bytes | None:
        """What sysDescr.0 holds, b"" when it is answered but not with text, None for silence.

        Raises OSError when nothing can be sent.
        """


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Yield a CommunityTried per community that a device was asked with.

    Raises NoData without the opt-in or when nobody is left to ask, CollectorError when nothing can
    be sent.
    """
    if context.options.get(OPTION) is not True:
        raise NoData("asking with default SNMP communities is not switched on (opt-in)")
    async with PysnmpEngine() as snmp, aclosing(ask(context, snmp)) as observations:
        async for observation in observations:
            yield observation


async def ask(context: Context, snmp: Snmp) -> AsyncGenerator[AnyObservation, None]:
    """The same with an SNMP engine of one's own, and without looking for the opt-in."""
    targets = _targets(context)
    if not targets:
        raise NoData("no known device in scope is left that was not asked in the last 24 hours")
    run = _Run(context, snmp, pace_of(context), memory_of(context, TRIED))
    width = context.limits.devices_in_parallel
    work = in_parallel(targets, run.ask_device, width, context.progress)
    async with aclosing(work) as observations:
        async for observation in observations:
            yield observation
    if run.errors and len(run.errors) == len(targets):
        raise CollectorError(f"no SNMP question can be sent: {run.errors[0]}")


class PysnmpEngine:
    """One pysnmp dispatcher for all questions of a run; leave it to have its sockets closed."""

    def __init__(self) -> None:
        self._dispatcher: Any = None

    async def __aenter__(self) -> "PysnmpEngine":
        snmp = await asyncio.to_thread(import_module, "pysnmp.hlapi.v1arch.asyncio")
        self._dispatcher = snmp.SnmpDispatcher()
        return self

    async def __aexit__(self, *_: object) -> None:
        timer = self._dispatcher.transport_dispatcher.loopingcall
        self._dispatcher.close()
        if timer is not None:
            # pysnmp cancels its timer but does not wait for it; sockets close with the next turn.
            await asyncio.wait((timer,))

    async def description(self, place: Place, tried: Try) -> bytes | None:
        """See Snmp."""
        from pysnmp.error import PySnmpError
        from pysnmp.hlapi.v1arch import asyncio as snmp

        kind = snmp.UdpTransportTarget if place.version == 4 else snmp.Udp6TransportTarget
        address = f"{place.address}%{place.interface}" if place.link else place.address
        try:
            target = await kind.create((address, PORT), timeout=TIMEOUT_S, retries=tried.retries)
            failure, status, _, bindings = await snmp.get_cmd(
                self._dispatcher,
                snmp.CommunityData(tried.community, mpModel=1),  # noqa: S508 - what is asked is just that
                target,
                snmp.ObjectType(snmp.ObjectIdentity(SYSTEM_DESCRIPTION)),
                lookupMib=False,
            )
        except PySnmpError as error:
            raise OSError(str(error)) from error
        if failure:
            return None
        if status or not bindings:
            return b""
        value = bindings[0][1]
        return bytes(value) if isinstance(value, snmp.OctetString) else b""


class _Run:
    """Asks devices, each of them at one address."""

    def __init__(self, context: Context, snmp: Snmp, pace: Pace, tried: Until) -> None:
        self.errors: list[str] = []
        self._context = context
        self._snmp = snmp
        self._pace = pace
        self._tried = tried

    async def ask_device(self, target: Target) -> AsyncGenerator[AnyObservation, None]:
        place = places_of(target, self._context.scope, 1)[0]
        for tried in TRIES:
            await self._pace.datagrams.take()
            try:
                found = await self._snmp.description(place, tried)
            except OSError as error:
                self.errors.append(str(error))
                return
            self._tried.put(target.device, self._context.clock() + DAY_S)
            yield CommunityTried(
                at=self._context.clock(),
                source=NAME,
                interface=place.interface,
                address=place.address,
                community=tried.community,
                answered=found is not None,
                system_description=clean_text(found or b"", MAX_DESCRIPTION_CHARACTERS),
            )
            if found is not None:
                return


def _targets(context: Context) -> list[Target]:
    tried = memory_of(context, TRIED)
    quarantine = memory_of(context, QUARANTINE)
    now = context.clock()
    return [
        target
        for target in context.targets
        if places_of(target, context.scope, 1)
        and not tried.holds(target.device, now)
        and not quarantine.holds(target.device, now)
    ]
