"""One multicast question on every link in scope, and the unicast answers that come back.

For protocols whose answers are believed from the answering address alone. Each link and family is
asked again after an hour: what comes up meanwhile announces itself, and the tap hears it.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from functools import partial
from typing import Final, Literal

import msgspec

from collectors.contract import CollectorError, Context, NoData
from collectors.datagrams import Datagram, Opener, open_endpoint
from collectors.memory import memory_of
from collectors.pace import pace_of
from collectors.places import is_host_in_scope
from collectors.scope import Link

AGAIN_S: Final = 3600.0
MAX_ANSWERS: Final = 4096  # of one run
MAX_ANSWERS_OF_ONE: Final = 64  # of one address
# The groups of these protocols may be routed; with one hop nothing leaves the link.
open_on_link: Opener = partial(open_endpoint, hops=1)


class Question(msgspec.Struct, frozen=True):
    """What is sent where: the same packets `times` times, then there is `wait_s` to answer."""

    name: str
    payloads: tuple[bytes, ...]
    groups: dict[Literal[4, 6], str]
    port: int
    wait_s: float
    times: int = 2
    gap_s: float = 0.25


class Heard(msgspec.Struct, frozen=True):
    """A datagram and the interface that it was asked for on."""

    datagram: Datagram
    interface: str


async def answers(
    context: Context, question: Question, opener: Opener
) -> AsyncGenerator[Heard, None]:
    """Yield what hosts in scope send back, within bounds.

    Raises NoData when no link has an address or none is due, CollectorError when nothing can be
    sent on any.
    """
    links = context.scope.links
    places: list[tuple[Link, Literal[4, 6]]] = [(link, 4) for link in links if link.ipv4]
    places += [(link, 6) for link in links if link.ipv6]
    if not places:
        raise NoData("no link in scope has an address to send multicast from")
    asked = memory_of(context, f"{question.name}_asked")
    now = context.clock()
    due = [place for place in places if not asked.holds(_key(*place), now)]
    if not due:
        raise NoData("every link in scope was asked within the last hour")
    arrived: asyncio.Queue[Heard | None] = asyncio.Queue(MAX_ANSWERS)
    failures: list[str] = []

    async def inquire(link: Link, version: Literal[4, 6]) -> None:
        try:
            await _inquire(context, question, opener, link, version, arrived)
        except OSError as error:
            failures.append(f"{link.interface}: {error}")
        else:
            asked.put(_key(link, version), context.clock() + AGAIN_S)

    async def inquire_all() -> None:
        try:
            await asyncio.gather(*(inquire(*place) for place in due))
        finally:
            await arrived.put(None)

    work = asyncio.create_task(inquire_all())
    counted: dict[str, int] = {}
    try:
        while (heard := await arrived.get()) is not None:
            address = heard.datagram.address
            if not is_host_in_scope(address, context.scope):
                continue
            counted[address] = counted.get(address, 0) + 1
            if counted[address] <= MAX_ANSWERS_OF_ONE and len(counted) <= MAX_ANSWERS:
                yield heard
        await work
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    context.progress(len(due), len(due))
    if len(failures) == len(due):
        raise CollectorError(f"no {question.name} question can be sent: {'; '.join(failures)}")


async def _inquire(
    context: Context,
    question: Question,
    opener: Opener,
    link: Link,
    version: Literal[4, 6],
    arrived: "asyncio.Queue[Heard | None]",
) -> None:
    pace = pace_of(context)
    now: Callable[[], float] = asyncio.get_running_loop().time
    endpoint = opener(version, link.index)
    try:
        for number in range(question.times):
            for payload in question.payloads:
                await pace.datagrams.take()
                endpoint.send(payload, question.groups[version], question.port, link.index)
            last = number + 1 == question.times
            end = now() + (question.wait_s if last else question.gap_s)
            while (left_s := end - now()) > 0:
                datagram = await endpoint.receive(left_s)
                if datagram is None:
                    break
                await arrived.put(Heard(datagram, link.interface))
    finally:
        endpoint.close()


def _key(link: Link, version: int) -> str:
    return f"{link.interface} {version}"
