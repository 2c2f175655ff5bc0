"""Which devices run SNMPv3, and the identifier of their engine (RFC 3414 §4).

One message of about 60 octets without user, password or variable; an engine answers it with a
report that names itself, as it must before anybody could log in. Nothing of its data is asked for.
"""

import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Final, Literal

import msgspec

from collectors.contract import CollectorError, Context, NoData
from collectors.datagrams import Datagram, Endpoint, Opener, open_endpoint, received
from collectors.memory import QUARANTINE, Until, memory_of
from collectors.observation import AnyObservation, EngineSeen
from collectors.pace import pace_of
from collectors.parallel import in_parallel
from collectors.places import Place, places_of
from collectors.wire.errors import DecodeError
from collectors.wire.snmpv3 import PORT, build_discovery, parse_report

NAME: Final = "snmp_engine"
ASKED: Final = "snmp_engine_asked"  # option: an `Until` of devices that were asked
WAIT_S: Final = 1.0
TRIES: Final = 2
AGAIN_S: Final = 20 * 3600.0  # less than a day, see collectors.talk.visits

_log = logging.getLogger(__name__)


class Question(msgspec.Struct, frozen=True):
    """A device, where it is asked, and the number that its answer must repeat."""

    device: str
    place: Place
    message_id: int


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Yield an EngineSeen per device whose SNMPv3 engine answers.

    Each device is asked at one address, once a day: one packet and one retry. Raises NoData
    when none is due, CollectorError when nothing can be sent.
    """
    async with aclosing(ask(context, open_endpoint, random.randrange)) as observations:
        async for observation in observations:
            yield observation


async def ask(
    context: Context, opener: Opener, randrange: Callable[[int], int]
) -> AsyncGenerator[AnyObservation, None]:
    """The same with sockets and chance of one's own."""
    questions = _questions(context, randrange)
    if not questions:
        raise NoData("no known device in scope is left that was not asked in the last 20 hours")
    versions: list[Literal[4, 6]] = [4, 6]
    survey = _Survey(context, len(questions))
    groups = [
        (version, [one for one in questions if one.place.version == version])
        for version in versions
    ]

    async def ask_family(
        group: tuple[Literal[4, 6], list[Question]],
    ) -> AsyncGenerator[AnyObservation, None]:
        try:
            endpoint = opener(group[0])
        except OSError as error:
            survey.refused.extend(str(error) for _ in group[1])
            return
        try:
            async with aclosing(survey.run(endpoint, group[1])) as observations:
                async for observation in observations:
                    yield observation
        finally:
            endpoint.close()

    present = [group for group in groups if group[1]]
    async with aclosing(in_parallel(present, ask_family, len(present))) as observations:
        async for observation in observations:
            yield observation
    survey.report()


class _Survey:
    """Asks a family's devices and takes their answers, with what all families share."""

    def __init__(self, context: Context, total: int) -> None:
        self.refused: list[str] = []
        self._context = context
        self._total = total
        self._answered = 0
        self._skipped = 0
        self._asked = memory_of(context, ASKED)

    async def run(
        self, endpoint: Endpoint, questions: list[Question]
    ) -> AsyncGenerator[AnyObservation, None]:
        pace = pace_of(self._context)
        silent = {one.place.address: one for one in questions}
        for attempt in range(TRIES):
            for one in tuple(silent.values()):
                await pace.datagrams.take()
                try:
                    endpoint.send(
                        build_discovery(one.message_id), one.place.address, PORT, one.place.link
                    )
                except OSError as error:
                    if attempt == 0:
                        self.refused.append(str(error))
                    continue
                self._asked.put(one.device, self._context.clock() + AGAIN_S)
            async with aclosing(received(endpoint, WAIT_S)) as datagrams:
                async for datagram in datagrams:
                    seen = self._answer(datagram, silent)
                    if seen is not None:
                        yield seen
                    if not silent:
                        return

    def _answer(self, datagram: Datagram, silent: dict[str, Question]) -> EngineSeen | None:
        question = silent.get(datagram.address)
        try:
            engine = parse_report(datagram.data)
        except DecodeError:
            self._skipped += 1
            return None
        if question is None or datagram.port != PORT or engine.message_id != question.message_id:
            self._skipped += 1
            return None
        del silent[datagram.address]
        self._answered += 1
        self._context.progress(self._answered, self._total)
        return EngineSeen(
            at=self._context.clock(),
            source=NAME,
            interface=question.place.interface,
            address=question.place.address,
            engine_id=engine.engine_id.hex(),
            enterprise=engine.enterprise,
        )

    def report(self) -> None:
        """Raise when nothing could be sent, and say how much was skipped."""
        self._context.progress(self._total, self._total)
        if len(self.refused) == self._total:
            raise CollectorError(f"no SNMP question can be sent: {self.refused[0]}")
        if self._skipped:
            _log.info("%d SNMP datagrams were skipped: unasked for or malformed", self._skipped)


def _questions(context: Context, randrange: Callable[[int], int]) -> list[Question]:
    asked: Until = memory_of(context, ASKED)
    quarantine = memory_of(context, QUARANTINE)
    now = context.clock()
    return [
        Question(target.device, place, 1 + randrange((1 << 31) - 1))
        for target in context.targets
        if not asked.holds(target.device, now) and not quarantine.holds(target.device, now)
        for place in places_of(target, context.scope, 1)[:1]
    ]
