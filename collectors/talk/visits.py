"""Visits to services that are known to be open: whom, how often, and when to leave one alone.

Every collector that says something over TCP goes through here, so that the bounds of the security
reference hold for all of them (G1 to G6): a device is talked to by one collector at a time, rests
after each connection, and is left alone for a day when it falls silent under a question.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from contextlib import aclosing
from typing import Final, TypeVar

import msgspec

from collectors.contract import Context, NoData, OpenPort, Target
from collectors.memory import DAY_S, QUARANTINE, Until, memory_of
from collectors.observation import AnyObservation
from collectors.pace import Sleep, pace_of
from collectors.parallel import in_parallel
from collectors.places import Place, places_of
from collectors.ports import NEVER
from collectors.talk.channel import Caller, Channel
from collectors.tcp.dial import Refused
from collectors.wire.errors import DecodeError

# A service is asked once a day. Less than 24 hours, or a daily job that begins some minutes earlier
# than the day before would ask every second day only.
AGAIN_S: Final = 20 * 3600.0
BOTH_FAMILIES: Final = "both_families"  # option: true to ask each port over IPv6 as well
EXCHANGE_S: Final = 5.0  # from the connection to its last octet, however slowly they drip
CANARY_WAITS_S: Final = (0.0, 2.0, 8.0)
MAX_ADDRESSES: Final = 64
MAX_SERVICES: Final = 16  # of one device in one visit
MEMORY: Final = 16384  # services that a collector remembers to have asked
# What prints, rings or keeps the power on gets no key exchange from us (security reference G3).
FRAGILE: Final = frozenset({"printer", "ups", "voip"})

Answer = TypeVar("Answer")
Exchange = Callable[[Channel], Awaitable[Answer]]

_log = logging.getLogger(__name__)


class Ended(Exception):
    """The peer did not say what was asked, and why: it closed, or speaks something else."""


class Call(msgspec.Struct, frozen=True):
    """A service to talk to."""

    place: Place
    port: int
    banner: str = ""


class Visit(msgspec.Struct, frozen=True):
    """A device and the services of it that are due, one address of each family for each port."""

    target: Target
    calls: tuple[Call, ...]


class Visitor:
    """What one visit may do: connect, one connection after the other."""

    def __init__(
        self,
        context: Context,
        caller: Caller,
        sleep: Sleep,
        skipped: Counter[str],
        remember: Callable[[Call], None],
    ) -> None:
        self.context = context
        self._remember = remember
        self._caller = caller
        self._sleep = sleep
        self._skipped = skipped
        self._pace = pace_of(context)
        self.suffers = False

    async def talk(self, call: Call, exchange: Exchange[Answer]) -> Answer | None:
        """Connect and let `exchange` talk; None, counted, when nothing came of it.

        `exchange` may raise DecodeError, Ended and OSError on the peer's account.
        """
        if call.port in NEVER:
            raise ValueError(f"port {call.port} must never be sent anything")
        if self.suffers:
            return None
        channel = await self._connected(call)
        if channel is None:
            return None
        self._remember(call)
        watched = _Watched(channel)
        try:
            async with asyncio.timeout(EXCHANGE_S):
                return await exchange(watched)
        except DecodeError as error:
            self._skipped[error.reason] += 1
        except Ended as error:
            self._skipped[str(error)] += 1
        except TimeoutError:
            self._skipped["too slow"] += 1
            self.suffers = watched.waits and await self._has_fallen_silent(call, channel)
        except OSError as error:
            self._skipped[error.strerror or "error"] += 1
        finally:
            try:
                await channel.close()
            finally:
                channel.abandon()
            await self._sleep(self.context.limits.device_gap_s)
        return None

    def skip(self, reason: str) -> None:
        """Count an answer that is of no use."""
        self._skipped[reason] += 1

    async def _connected(self, call: Call) -> Channel | None:
        await self._pace.attempt()
        timeout_s = self.context.limits.connect_timeout_s
        outcome = await self._caller(call.place, call.port, timeout_s)
        if isinstance(outcome, Refused):
            self._skipped[outcome.error or outcome.how] += 1
            return None
        self._pace.connections.spend()
        return outcome

    async def _has_fallen_silent(self, call: Call, channel: Channel) -> bool:
        """Whether the port that took our connection takes none any more (G4)."""
        await channel.close()
        for wait_s in CANARY_WAITS_S:
            await self._sleep(max(wait_s, self.context.limits.device_gap_s))
            again = await self._connected(call)
            if again is not None:
                await again.close()
                return False
        return True


Work = Callable[[Visitor, Visit], AsyncGenerator[AnyObservation, None]]


async def visited(
    context: Context,
    name: str,
    visits: list[Visit],
    work: Work,
    caller: Caller,
    *,
    sleep: Sleep = asyncio.sleep,
) -> AsyncGenerator[AnyObservation, None]:
    """Yield what `work` yields for each device; raises NoData when there is nobody to visit."""
    if not visits:
        raise NoData("no service of a known device in scope is due to be asked")
    quarantine = memory_of(context, QUARANTINE)
    asked = asked_of(context, name)
    turns = pace_of(context).turns
    skipped: Counter[str] = Counter()

    async def visit_one(visit: Visit) -> AsyncGenerator[AnyObservation, None]:
        device = visit.target.device
        async with turns.of(device):
            if quarantine.holds(device, context.clock()):
                return

            def remember(call: Call) -> None:
                asked.put(key_of_call(device, call), context.clock() + AGAIN_S)

            visitor = Visitor(context, caller, sleep, skipped, remember)
            async with aclosing(work(visitor, visit)) as observations:
                async for observation in observations:
                    yield observation
            if visitor.suffers:
                quarantine.put(device, context.clock() + DAY_S)

    width = context.limits.devices_in_parallel
    crew = in_parallel(visits, visit_one, width, context.progress)
    async with aclosing(crew) as observations:
        async for observation in observations:
            yield observation
    if skipped:
        told = ", ".join(f"{count} {reason}" for reason, count in sorted(skipped.items()))
        _log.info("%s: services that gave nothing: %s", name, told)


def due(
    context: Context, name: str, ports: Collection[int], spared: Collection[str] = FRAGILE
) -> list[Visit]:
    """Devices with an open port among `ports` that was not asked in the last 20 hours.

    Each port is visited at one address, IPv4 first; with the option, at one of each family. Left
    out: kinds in `spared`, devices in quarantine, addresses out of scope, and whatever must never
    be sent a byte.
    """
    quarantine = memory_of(context, QUARANTINE)
    asked = asked_of(context, name)
    now = context.clock()
    wanted = frozenset(ports) - NEVER
    found = []
    for target in context.targets:
        if target.kind in spared or quarantine.holds(target.device, now):
            continue
        calls = [
            call
            for call in calls_of(context, target)
            if call.port in wanted and not asked.holds(key_of_call(target.device, call), now)
        ]
        if calls:
            found.append(Visit(target, tuple(calls[:MAX_SERVICES])))
    return found


def calls_of(context: Context, target: Target) -> list[Call]:
    """The open ports of a device, each at the first address that has it, or one of each family."""
    both = context.options.get(BOTH_FAMILIES) is True
    found: dict[tuple[int, int], Call] = {}
    opened: dict[str, list[OpenPort]] = {}
    for service in target.open_ports:
        opened.setdefault(service.address, []).append(service)
    if not opened:
        return []
    for place in places_of(target, context.scope, MAX_ADDRESSES):
        for service in opened.get(place.address, ()):
            call = Call(place, service.port, service.banner)
            found.setdefault((place.version if both else 0, service.port), call)
    return [found[key] for key in sorted(found)]


def asked_of(context: Context, name: str) -> Until:
    """What the collector asked in the last 20 hours."""
    return memory_of(context, f"{name}_asked")


def key_of_call(device: str, call: Call) -> str:
    """What a service is remembered by."""
    # A service that greets otherwise is another one, and may be asked again.
    return f"{device} {call.place.version} {call.port} {call.banner}"


class _Watched:
    """A channel that knows whether the peer owes an answer."""

    def __init__(self, channel: Channel) -> None:
        self.waits = False
        self._channel = channel

    async def send(self, data: bytes) -> None:
        self.waits = True
        await self._channel.send(data)

    async def receive(self, limit: int) -> bytes:
        data = await self._channel.receive(limit)
        self.waits = False
        return data

    async def close(self) -> None:
        await self._channel.close()

    def abandon(self) -> None:
        self._channel.abandon()
