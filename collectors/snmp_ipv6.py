"""What managed devices say of their IPv6 over SNMP: read, with the office's own credentials.

ipv6IpForwarding, ipv6InterfaceTable, ipAddressTable, tcpListenerTable, udpEndpointTable and
ipNetToPhysicalTable (RFC 4293, RFC 4022, RFC 4113). A device is asked only where a network of the
configuration names credentials for it, each of them once; nothing is ever set.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Final

from collectors.contract import CollectorError, Context, NoData, Target
from collectors.memory import QUARANTINE
from collectors.memory import memory_of as until_of
from collectors.observation import AnyObservation, Family, NeighbourTold, SnmpSeen
from collectors.observation.snmp import SnmpOutcome, TableState
from collectors.pace import Pace, pace_of
from collectors.parallel import in_parallel
from collectors.places import Place, places_of
from collectors.snmp_client import Answer, Client, Oid, PysnmpClient
from collectors.snmp_login import LOGINS, Login, Logins, User
from collectors.snmp_memory import memory_of
from collectors.snmp_tables import COLUMNS, IPV6_FORWARDING, SYSTEM_UPTIME, Parsed, parse
from collectors.snmp_walk import Budget, Column, Row, walk

NAME: Final = "snmp_ipv6"

WIDTH: Final = 8  # devices at a time (security reference G2)
TRIES: Final = 2
MAX_VARBINDS: Final = 20_000  # of a device, all tables together
MAX_DEVICE_S: Final = 60.0
SILENCES: Final = 2  # tables that a device did not answer for; it is asked for no more
REFUSALS: Final = 3  # by so many devices and answered by none: the secret must be wrong
DISCOVERY_DATAGRAMS: Final = 2  # of SNMPv3, before the first question
IPV6_PLACES: Final = 2

_log = logging.getLogger(__name__)


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Yield a SnmpSeen per device that was asked, and a NeighbourTold per entry of its ND table.

    Raises NoData without credentials or devices to ask, CollectorError when a credential cannot be
    used or is refused wherever it is tried; what was found is yielded before.
    """
    logins = _logins_of(context)
    async with PysnmpClient(logins.port) as client:
        async with aclosing(ask(context, client)) as observations:
            async for observation in observations:
                yield observation
        if client.dropped:
            _log.info("%d SNMP datagrams were dropped: unasked for or malformed", client.dropped)


async def ask(context: Context, client: Client) -> AsyncGenerator[AnyObservation, None]:
    """The same with a client of one's own."""
    run = _Run(context, client, _logins_of(context), pace_of(context))
    targets = [target for target in context.targets if run.may_ask(target)]
    if not targets and not run.problems():
        raise NoData("no known device in scope is due in the networks of [snmp]")
    width = min(WIDTH, context.limits.devices_in_parallel)
    work = in_parallel(targets, run.ask_device, width, context.progress)
    async with aclosing(work) as observations:
        async for observation in observations:
            yield observation
    problems = run.problems()
    if run.errors and len(run.errors) == len(targets):
        problems = (f"no SNMP question can be sent: {run.errors[0]}", *problems)
    if problems:
        raise CollectorError("; ".join(problems))


def _logins_of(context: Context) -> Logins:
    logins = context.options.get(LOGINS)
    if not isinstance(logins, Logins) or not (logins.rules or logins.problems):
        raise NoData("no network has SNMP credentials ([snmp] networks)")
    return logins


class _Run:
    """Asks devices, each of them at one address, and notes which credentials are good."""

    def __init__(self, context: Context, client: Client, logins: Logins, pace: Pace) -> None:
        self.errors: list[str] = []
        self._context = context
        self._client = client
        self._logins = logins
        self._pace = pace
        self._memory = memory_of(context)
        self._quarantine = until_of(context, QUARANTINE)
        self._refused: Counter[Login] = Counter()
        self._good: set[Login] = set()

    def may_ask(self, target: Target) -> bool:
        if self._quarantine.holds(target.device, self._context.clock()):
            return False
        return bool(places_of(target, self._context.scope, 1)) and bool(self._order(target))

    def problems(self) -> tuple[str, ...]:
        wrong = [
            f"the credential {login.name} was refused by {self._refused[login]} devices and taken "
            "by none: look at its secret"
            for login in self._refused
            if self._is_wrong(login)
        ]
        return (*self._logins.problems, *wrong)

    async def ask_device(self, target: Target) -> AsyncGenerator[AnyObservation, None]:
        place = places_of(target, self._context.scope, 1)[0]
        tried: list[Login] = []
        answer, login = Answer("silent"), None
        for login in self._order(target):
            if self._is_wrong(login):
                continue
            tried.append(login)
            try:
                answer = await self._greet(place, login)
            except OSError as error:
                self.errors.append(str(error))
                return
            if answer.outcome == "answered":
                async for seen in self._read(target, place, login, answer):
                    yield seen
                return
            if answer.outcome == "refused":
                self._refused[login] += 1
                self._memory.refused(target.device, login, self._context.clock())
        if not tried:
            return
        self._memory.silent(target.device, tried, self._context.clock())
        yield self._seen(target, place, tried[-1], answer)

    def _order(self, target: Target) -> tuple[Login, ...]:
        wanted = self._logins.of(target.addresses)
        return self._memory.order(target.device, wanted, self._context.clock())

    def _is_wrong(self, login: Login) -> bool:
        return self._refused[login] >= REFUSALS and login not in self._good

    async def _greet(self, place: Place, login: Login) -> Answer:
        for _ in range(DISCOVERY_DATAGRAMS if isinstance(login, User) else 0):
            await self._pace.datagrams.take()
        await self._pace.datagrams.take()
        return await self._client.get(place, login, (SYSTEM_UPTIME, IPV6_FORWARDING), TRIES)

    async def _read(
        self, target: Target, place: Place, login: Login, greeting: Answer
    ) -> AsyncGenerator[AnyObservation, None]:
        self._good.add(login)
        self._memory.answered(target.device, login)
        columns, tables = await self._walks(place, login)
        found = parse(columns)
        forwarding = dict(greeting.bindings).get(IPV6_FORWARDING)
        forwards = {1: True, 2: False}.get(forwarding) if isinstance(forwarding, int) else None
        over_ipv6 = await self._over_ipv6(target, place, login)
        yield self._seen(target, place, login, greeting, found, tables, forwards, over_ipv6)
        if forwards is not False:
            for one in found.neighbours:
                if one.family == "ipv6":
                    yield NeighbourTold(
                        at=self._context.clock(), source=NAME, interface=target.interface,
                        router=place.address, mac=one.mac, address=one.address,
                    )  # fmt: skip

    async def _walks(
        self, place: Place, login: Login
    ) -> tuple[dict[Oid, tuple[Row, ...]], dict[str, TableState]]:
        now = asyncio.get_running_loop().time
        budget = Budget(MAX_VARBINDS, now() + MAX_DEVICE_S, now)

        async def ask_after(oid: Oid, most: int) -> Answer:
            await self._pace.datagrams.take()
            try:
                return await self._client.after(place, login, oid, most, TRIES)
            except OSError as error:
                return Answer("error", detail=type(error).__name__)

        columns: dict[Oid, tuple[Row, ...]] = {}
        tables: dict[str, TableState] = {}
        silences = 0
        for name, wanted in COLUMNS.items():
            walked: list[Column] = []
            for column in wanted:
                if silences >= SILENCES:
                    walked.append(Column("partial"))
                    break
                walked.append(await walk(ask_after, column, budget))
                columns[column] = walked[-1].rows
                if walked[-1].detail == "silent":
                    silences += 1
                    break
            tables[name] = _state(walked)
        return columns, tables

    async def _over_ipv6(
        self, target: Target, place: Place, login: Login
    ) -> dict[str, SnmpOutcome]:
        if place.version == 6:
            return {}
        lasting = tuple(one for one in target.addresses if one not in target.temporary)
        wanted = Target(target.device, lasting, target.mac, target.interface)
        six = [
            one for one in places_of(wanted, self._context.scope, IPV6_PLACES) if one.version == 6
        ]
        found: dict[str, SnmpOutcome] = {}
        for other in [one for one in six if not one.link] or six:
            try:
                answer = await self._greet(other, login)
            except OSError:
                continue  # the agent's own lack, not the device's
            found[other.address] = answer.outcome
        return found

    def _seen(
        self,
        target: Target,
        place: Place,
        login: Login,
        answer: Answer,
        found: Parsed | None = None,
        tables: dict[str, TableState] | None = None,
        forwarding: bool | None = None,
        over_ipv6: dict[str, SnmpOutcome] | None = None,
    ) -> SnmpSeen:
        neighbours: Counter[Family] = Counter(
            one.family for one in (found.neighbours if found is not None else ())
        )
        return SnmpSeen(
            at=self._context.clock(),
            source=NAME,
            interface=target.interface,
            address=place.address,
            mac=target.mac,
            outcome=answer.outcome,
            credential=login.name,
            version="v3" if isinstance(login, User) else "v2c",
            detail=answer.detail,
            forwarding=forwarding,
            tables=tables or {},
            interfaces=found.interfaces if found is not None else (),
            addresses=found.addresses if found is not None else (),
            listeners=found.listeners if found is not None else (),
            neighbours=dict(neighbours),
            over_ipv6=over_ipv6 or {},
            cut=found.cut if found is not None else 0,
        )


def _state(columns: list[Column]) -> TableState:
    """A table is as complete as the worst of its columns; absent only when all of them are."""
    states = {column.state for column in columns}
    for state in ("broken", "partial", "read"):
        if state in states:
            return state
    return "absent"
