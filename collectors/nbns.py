"""Names that Windows hosts and Samba give when asked for their node status (RFC 1002 §4.2.17).

The unit id in the answer is a MAC that anybody may write there (Samba sends zeros): it proves
nothing, so it is not passed on.
"""

import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing

from collectors.contract import CollectorError, Context, NoData
from collectors.datagrams import Datagram, Endpoint, Opener, open_endpoint, received
from collectors.memory import QUARANTINE, memory_of
from collectors.observation import AnyObservation, NameSeen
from collectors.pace import pace_of
from collectors.places import places_of
from collectors.wire.errors import DecodeError
from collectors.wire.nbns import (
    FILE_SERVER,
    PORT,
    WORKSTATION,
    NodeStatus,
    build_node_status_request,
    parse,
)
from collectors.wire.text import clean_text

NAME = "nbns"

# Kinds that may speak NetBIOS and are not fragile (security reference G3).
KINDS = frozenset(
    {"workstation", "laptop", "server", "nas", "virtual_machine", "hypervisor", "other", "unknown"}
)
WAIT_S = 1.0
TRIES = 2
ADDRESSES_PER_DEVICE = 4
MAX_NAMES = 8
SERVICE_PREFIX = b"IS~"  # registered by IIS beside the computer's name

_log = logging.getLogger(__name__)


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Yield a NameSeen per unique computer or file server name of each node that answers.

    One packet of 50 octets and one retry per address. Raises NoData when no known device of a
    suitable kind has an IPv4 address in scope, CollectorError when nothing can be sent.
    """
    async with aclosing(ask(context, open_endpoint, random.randrange)) as observations:
        async for observation in observations:
            yield observation


async def ask(
    context: Context, opener: Opener, randrange: Callable[[int], int]
) -> AsyncGenerator[AnyObservation, None]:
    """The same with sockets and chance of one's own."""
    silent = _questions(context, randrange)
    if not silent:
        raise NoData("no known device that may speak NetBIOS has an IPv4 address in scope")
    try:
        endpoint = opener(4)
    except OSError as error:
        raise CollectorError(f"no UDP socket can be opened: {error}") from error
    try:
        async with aclosing(_Survey(context, endpoint, silent).run()) as observations:
            async for observation in observations:
                yield observation
    finally:
        endpoint.close()


class _Survey:
    """The addresses that were asked and have not answered, with their transaction ids."""

    def __init__(self, context: Context, endpoint: Endpoint, silent: dict[str, int]) -> None:
        self._context = context
        self._endpoint = endpoint
        self._silent = silent
        self._total = len(silent)
        self._skipped = 0

    async def run(self) -> AsyncGenerator[AnyObservation, None]:
        pace = pace_of(self._context)
        for _ in range(TRIES):
            refused: list[OSError] = []
            asked = list(self._silent.items())
            for address, transaction_id in asked:
                await pace.datagrams.take()
                try:
                    self._endpoint.send(build_node_status_request(transaction_id), address, PORT)
                except OSError as error:
                    refused.append(error)
            if asked and len(refused) == len(asked):
                raise CollectorError(f"no NetBIOS question can be sent: {refused[0]}")
            async with aclosing(self._heard()) as heard:
                async for observation in heard:
                    yield observation
        self._context.progress(self._total, self._total)
        if self._skipped:
            _log.info("%d NetBIOS datagrams were skipped: unasked for or malformed", self._skipped)

    async def _heard(self) -> AsyncGenerator[AnyObservation, None]:
        async with aclosing(received(self._endpoint, WAIT_S)) as datagrams:
            async for datagram in datagrams:
                for observation in self._answers(datagram):
                    yield observation
                self._context.progress(self._total - len(self._silent), self._total)
                if not self._silent:
                    return

    def _answers(self, datagram: Datagram) -> list[NameSeen]:
        try:
            status = parse(datagram.data)
        except DecodeError:
            self._skipped += 1
            return []
        wanted = self._silent.get(datagram.address)
        if (
            not isinstance(status, NodeStatus)
            or datagram.port != PORT
            or status.transaction_id != wanted
        ):
            self._skipped += 1
            return []
        del self._silent[datagram.address]
        at = self._context.clock()
        return [
            NameSeen(at=at, source=NAME, name=name, address=datagram.address)
            for name in _names(status)
        ]


def _names(status: NodeStatus) -> list[str]:
    found = (
        clean_text(name.name)
        for name in status.names
        if name.suffix in {WORKSTATION, FILE_SERVER}
        and not name.is_group
        and not name.is_in_conflict
        and not name.name.startswith(SERVICE_PREFIX)
    )
    return [name for name in dict.fromkeys(found) if name][:MAX_NAMES]


def _questions(context: Context, randrange: Callable[[int], int]) -> dict[str, int]:
    quarantine = memory_of(context, QUARANTINE)
    now = context.clock()
    return {
        place.address: randrange(1 << 16)
        for target in context.targets
        if target.kind in KINDS and not quarantine.holds(target.device, now)
        for place in places_of(target, context.scope, ADDRESSES_PER_DEVICE)
        if place.version == 4
    }
