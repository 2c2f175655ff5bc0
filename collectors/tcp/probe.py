"""One device's visit: which port next, and when to leave an address or the device alone."""

import asyncio
import math
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from typing import Literal

import msgspec

from collectors.contract import CollectorError, Context, Limits
from collectors.memory import DAY_S, QUARANTINE, Until, memory_of
from collectors.observation import AnyObservation, ServiceSeen, Unanswered
from collectors.pace import Pace, Sleep, pace_of
from collectors.places import Place
from collectors.ports import Port
from collectors.tcp.banner import evidence_of, text_of
from collectors.tcp.dial import Connection, Dialer, Refused

SOURCE = "tcp"

FIRST_PORTS = 3  # so many silent ports, and nothing else, make an address one that does not answer
# An attempt that stays silent no longer than this holds up the next one. It goes on waiting; only
# when it is answered late after all may two connections to a device overlap.
OVERTAKE_MOST_S = 0.2
OVERTAKE_LEAST_S = 0.02
OVERTAKE_ROUND_TRIPS = 4
MAX_PENDING = 16
# Where answers come quickly, silence is asked a second time instead of waited for: one lost packet
# is then no filter, and both tries together end sooner than one that waits to the end.
GIVE_UP_LEAST_S = 0.3
GIVE_UP_ROUND_TRIPS = 5
KERNEL_REPEATS_S = 1.0  # after so long the kernel asks again by itself (RFC 6298 §2.1)
QUIET_S = 0.2  # a banner is complete when nothing followed for so long
CANARY_STREAK = 3  # silent ports in a row, after a connection, that make us look after the device
CANARY_WAITS_S = (0.0, 2.0, 8.0)

SILENT = Refused("silent")

Attempt = asyncio.Future[Connection | Refused]


class _Asked(msgspec.Struct, frozen=True, gc=False):
    """What an attempt was for, when it began, and whether silence is asked once more."""

    port: Port
    began: float
    timeout_s: float
    again: bool


class Visit(msgspec.Struct, frozen=True):
    """A device, where to connect to, and the ports."""

    device: str
    places: tuple[Place, ...]
    ports: tuple[Port, ...]


class Tools(msgspec.Struct, frozen=True):
    """What all visits of a run share; `local_errors` gathers why the own host sent nothing."""

    dialer: Dialer
    limits: Limits
    pace: Pace
    quarantine: Until
    clock: Callable[[], float]
    sleep: Sleep
    local_errors: list[str]
    source: str = SOURCE

    def require_way_out(self) -> None:
        """Raise CollectorError when the own host sent nothing; for a run that nobody answered."""
        if self.local_errors:
            raise CollectorError(
                f"this host lets no connection out ({self.local_errors[0]}); "
                "check its routes, its own firewall and the service's IPAddressDeny"
            )


def tools_of(context: Context, dialer: Dialer, source: str) -> Tools:
    """The tools of one run of a collector, called `source`."""
    return Tools(
        dialer=dialer,
        limits=context.limits,
        pace=pace_of(context),
        quarantine=memory_of(context, QUARANTINE),
        clock=context.clock,
        sleep=asyncio.sleep,
        local_errors=[],
        source=source,
    )


async def visit_device(visit: Visit, tools: Tools) -> AsyncGenerator[AnyObservation, None]:
    """Yield what is found at one address after the other.

    Stops early, and keeps the device alone for 24 hours, when it answered before, was connected to,
    and answers no more.
    """
    async with (
        tools.pace.turns.of(visit.device),
        aclosing(_visit_places(visit, tools)) as observations,
    ):
        async for observation in observations:
            yield observation


async def _visit_places(visit: Visit, tools: Tools) -> AsyncGenerator[AnyObservation, None]:
    for place in visit.places:
        address = _AddressVisit(place, tools)
        try:
            async with aclosing(address.run(visit.ports)) as observations:
                async for observation in observations:
                    yield observation
        finally:
            address.abandon()
        if address.suffers:
            tools.quarantine.put(visit.device, tools.clock() + DAY_S)
            return


class _AddressVisit:
    """Tries the ports of one address in order."""

    def __init__(self, place: Place, tools: Tools) -> None:
        self.suffers = False
        self._place = place
        self._tools = tools
        self._loop = asyncio.get_running_loop()
        self._pending: dict[Attempt, _Asked] = {}
        self._found: list[AnyObservation] = []
        # Silence of a whole address says nothing of its ports, so claims wait until it answers.
        self._held: list[AnyObservation] = []
        self._tried = 0
        self._signs = 0
        self._answered_on: Port | None = None
        self._unproven = False  # connected to, and no sign of life since
        self._barred = False
        self._streak = 0
        self._looked_after = False
        self._round_trip_s: float | None = None
        self._quickest_s: float | None = None

    async def run(self, ports: tuple[Port, ...]) -> AsyncGenerator[AnyObservation, None]:
        """Yield claims as they become certain."""
        for port in ports:
            if not await self._may_go_on():
                break
            await self._try(port)
            for observation in self._taken():
                yield observation
            if await self._suffers_midway():
                return
        while self._pending:
            await self._wait(None)
            for observation in self._taken():
                yield observation
        for observation in self._taken():
            yield observation
        if self._unproven:
            self.suffers = await self._has_fallen_silent()
        elif self._tried and not self._signs and not self._barred:
            yield Unanswered(
                at=self._tools.clock(),
                source=self._tools.source,
                interface=self._place.interface,
                address=self._place.address,
                kind="tcp",
                probes=self._tried,
            )

    def abandon(self) -> None:
        """Give up what is pending, at once."""
        for attempt in self._pending:
            if attempt.done() and not attempt.cancelled():
                outcome = attempt.result()
                if not isinstance(outcome, Refused):
                    outcome.abandon()
            attempt.cancel()
        self._pending.clear()

    def _taken(self) -> Iterator[AnyObservation]:
        found, self._found = self._found, []
        return iter(found)

    async def _may_go_on(self) -> bool:
        while len(self._pending) >= max(MAX_PENDING, self._tools.limits.attempts_in_flight):
            await self._wait(None)
        while self._tried >= FIRST_PORTS and not self._signs and self._pending:
            await self._wait(None)
        return not self._barred and (self._tried < FIRST_PORTS or self._signs > 0)

    async def _try(self, port: Port) -> None:
        attempt = await self._ask(port)
        self._tried += 1
        if len(self._pending) < self._tools.limits.attempts_in_flight:
            return
        await self._wait(attempt)
        if not attempt.done() or attempt.result() == SILENT:
            self._streak += 1

    async def _ask(self, port: Port) -> Attempt:
        """Begin an attempt; it is made twice where both fit in before the kernel repeats it."""
        give_up_s, most_s = self._give_up_s(), self._tools.limits.connect_timeout_s
        twice = 2 * give_up_s <= most_s <= KERNEL_REPEATS_S
        return await self._dial(port, give_up_s if twice else most_s, again=twice)

    async def _dial(self, port: Port, timeout_s: float, again: bool = False) -> Attempt:
        await self._tools.pace.attempt()
        attempt = self._tools.dialer.dial(self._place, port.number, timeout_s)
        self._pending[attempt] = _Asked(port, self._loop.time(), timeout_s, again)
        return attempt

    def _give_up_s(self) -> float:
        """How long silence is worth waiting for, by the answers so far; for ever without any.

        By the quickest answer, since our own load makes the others look slow.
        """
        if self._quickest_s is None:
            return math.inf
        return max(GIVE_UP_LEAST_S, GIVE_UP_ROUND_TRIPS * self._quickest_s)

    async def _wait(self, attempt: Attempt | None) -> None:
        """Wait for one attempt until it may be overtaken, or for any; settle all that ended."""
        if attempt is None:
            await asyncio.wait(self._pending, return_when=asyncio.FIRST_COMPLETED)
        elif not attempt.done():
            await asyncio.wait((attempt,), timeout=self._patience_s())
        for ended in [pending for pending in self._pending if pending.done()]:
            asked = self._pending.pop(ended)
            if asked.again and ended.result() == SILENT:
                await self._dial(asked.port, asked.timeout_s)
            else:
                await self._settle(asked.port, asked.began, ended.result())

    def _patience_s(self) -> float:
        if self._round_trip_s is None:
            return OVERTAKE_MOST_S
        wanted_s = OVERTAKE_ROUND_TRIPS * self._round_trip_s
        return min(OVERTAKE_MOST_S, max(OVERTAKE_LEAST_S, wanted_s))

    async def _settle(self, port: Port, began: float, outcome: Connection | Refused) -> None:
        if isinstance(outcome, Refused):
            self._settle_refusal(port, began, outcome)
            return
        self._signed(port, began)
        self._unproven = True
        self._tools.pace.connections.spend()
        heard = b""
        try:
            if port.speaks_first:
                limits = self._tools.limits
                heard = await outcome.read(limits.banner_bytes, limits.banner_timeout_s, QUIET_S)
            await outcome.close()
        finally:
            outcome.abandon()
        self._claim(port, "open", text_of(port, heard), evidence_of(port, heard))
        await self._tools.sleep(self._tools.limits.device_gap_s)

    def _settle_refusal(self, port: Port, began: float, refused: Refused) -> None:
        if refused.how == "closed":
            self._signed(port, began)
            self._answered_on = port
            self._unproven = False
            self._claim(port, "closed")
        elif refused == SILENT:
            self._claim(port, "filtered", evidence="timeout")
        elif refused.how == "unreachable":
            self._signs += 1
            self._claim(port, "filtered", evidence="unreachable")
        else:
            self._barred = True
            self._tools.local_errors.append(refused.error)

    def _signed(self, port: Port, began: float) -> None:
        """The address itself answered."""
        self._signs += 1
        self._streak = 0
        took_s = self._loop.time() - began
        self._quickest_s = min(took_s, self._quickest_s or took_s)
        smoothed_s = took_s if self._round_trip_s is None else self._round_trip_s
        self._round_trip_s = smoothed_s + (took_s - smoothed_s) / 4
        if self._answered_on is None:
            self._answered_on = port
        self._found += self._held
        self._held.clear()

    def _claim(
        self,
        port: Port,
        state: Literal["open", "closed", "filtered"],
        banner: str = "",
        evidence: str = "",
    ) -> None:
        claim = ServiceSeen(
            at=self._tools.clock(),
            source=self._tools.source,
            interface=self._place.interface,
            address=self._place.address,
            transport="tcp",
            port=port.number,
            state=state,
            name=port.name,
            banner=banner,
            evidence=evidence,
        )
        (self._held if self._answered_on is None else self._found).append(claim)

    async def _suffers_midway(self) -> bool:
        if not self._unproven or self._looked_after or self._streak < CANARY_STREAK:
            return False
        self._looked_after = True
        self.suffers = await self._has_fallen_silent()
        self._unproven = self.suffers
        return self.suffers

    async def _has_fallen_silent(self) -> bool:
        """Whether the port that answered before answers no more (security reference G4)."""
        assert self._answered_on is not None
        for wait_s in CANARY_WAITS_S:
            await self._tools.sleep(wait_s)
            limits = self._tools.limits
            attempt = await self._dial(self._answered_on, limits.connect_timeout_s)
            await asyncio.wait((attempt,))
            del self._pending[attempt]
            outcome = attempt.result()
            if not isinstance(outcome, Refused):
                await outcome.close()
                self._tools.pace.connections.spend()
                await self._tools.sleep(self._tools.limits.device_gap_s)
                return False
            if outcome.how in {"closed", "local"}:
                return False
        return True
