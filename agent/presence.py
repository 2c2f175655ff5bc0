"""Asking every known device, again and again, whether it is there; and suspects in a second way."""

import asyncio
import contextlib
import logging
import math
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol

from collectors.contract import CollectorError, Target
from collectors.observation import AddressSeen, AnyObservation
from collectors.scope import Link, Scope
from collectors.tap.messages import Candidate, Command, EchoProbe, Finished, Sender, Solicit
from inventory.duplicates import Crossing
from inventory.snapshot import Snapshot

TRIES = 2
WAIT_S = 0.5
SLOWEST_PACE = 50
SPREAD = 0.5  # the part of the interval over which the questions are spread
TCP_TIMEOUT_S = 1.0
MOST_SUSPECTS = 256
AT_ONCE = 32  # suspects that are tried over TCP at the same time

CROSSED_S = 0.3
TOLD_AGAIN_S = 1.4  # the tap tells the same thing once a second

# Behind a router there is only IP. Nearly every host that lives answers or refuses on one of these.
LIKELY_PORTS = (80, 443, 22)

log = logging.getLogger("lanwarden.presence")


class PresenceTap(Protocol):
    """The part of the tap's client that presence uses."""

    def next_id(self) -> int:
        """Return a fresh command id."""

    async def run(self, command: Command) -> Finished:
        """Run a command to its end."""

    def heard_since(self, at: float) -> Sequence[AnyObservation]:
        """Return what was heard since a moment."""


class Crosser(Protocol):
    """The part of the inventory that a crossed echo needs."""

    def crossings(self) -> tuple[Crossing, ...]:
        """Addresses that two MACs claim, perhaps two cards of one host."""

    def unite(self, crossing: Crossing, at: float) -> None:
        """Say that they are one host."""


class Watched(Crosser, Protocol):
    """The part of the inventory that presence uses."""

    def presence(self) -> tuple[Target, ...]:
        """Whom to ask now."""

    def suspects(self) -> tuple[Target, ...]:
        """Who missed enough."""

    def contested(self) -> tuple[Target, ...]:
        """Addresses that two stations claimed; asking everybody again decides."""

    def confirm(self, device: str, kind: str, answered: bool, at: float) -> None:
        """Say how the second kind of probe went."""

    def end_round(self, began_at: float, at: float) -> None:
        """Say that everybody was asked: a time to doubt oneself before suspects are."""


class Presence:
    """Makes rounds. `ports` gives addresses and TCP ports known to be open on a device."""

    def __init__(
        self,
        watched: Watched,
        tap: Callable[[], PresenceTap | None],
        scope: Callable[[], Scope],
        ports: Callable[[str], Sequence[tuple[str, int]]],
        clock: Callable[[], float],
        connect: "Connect | None" = None,
    ) -> None:
        self._watched = watched
        self._tap = tap
        self._scope = scope
        self._ports = ports
        self._clock = clock
        self._connect = connect or answers_tcp
        self.rounds = 0

    async def round(self, interval_s: float) -> None:
        """Ask everybody once, then the suspects in a second way. Does nothing without a tap.

        A link that cannot be asked on does not keep the others from their round.
        """
        tap, scope = self._tap(), self._scope()
        if tap is None or not scope.networks:
            return
        began = self._clock()
        targets = self._watched.presence()
        asked = await asyncio.gather(
            *(self._ask(tap, link, targets, scope, interval_s) for link in scope.links)
        )
        if scope.links and not any(asked):
            return
        try:
            self._watched.end_round(began, self._clock())
            await self._ask_suspects(tap, scope)
            await cross(tap, scope, self._watched, self._clock)
            await ask_contested(tap, scope, self._watched.contested())
        except CollectorError as error:
            log.debug("presence round given up: %s", error)
            return
        self.rounds += 1

    async def _ask(
        self,
        tap: PresenceTap,
        link: Link,
        targets: Iterable[Target],
        scope: Scope,
        interval_s: float,
    ) -> bool:
        """Ask on one link; whether that could be done."""
        candidates = tuple(
            Candidate(address=address, mac=target.mac)
            for target in targets
            if target.interface == link.interface
            for address in one_per_family(target, scope)
        )
        if not candidates:
            return True
        pace = math.ceil(len(candidates) * TRIES / (interval_s * SPREAD))
        question = Solicit(
            id=tap.next_id(),
            sender=sender_of(link),
            candidates=candidates,
            tries=TRIES,
            wait_s=WAIT_S,
            pace_per_second=max(SLOWEST_PACE, pace),
            report_silence=True,
        )
        try:
            await tap.run(question)
        except CollectorError as error:
            log.debug("nobody can be asked on %s: %s", link.interface, error)
            return False
        return True

    async def _ask_suspects(self, tap: PresenceTap, scope: Scope) -> None:
        suspects = self._watched.suspects()[:MOST_SUSPECTS]
        if not suspects:
            return
        began = self._clock()
        free = asyncio.Semaphore(AT_ONCE)
        echoes = [self._echo(tap, link, suspects, scope) for link in scope.links]
        dials = [self._answers_on_a_port(target, scope, free) for target in suspects]
        sent, answers = await asyncio.gather(asyncio.gather(*echoes), asyncio.gather(*dials))
        echoed = frozenset[str]().union(*sent)
        heard = first_hand(tap.heard_since(began))
        for target, answered in zip(suspects, answers, strict=True):
            self._decide(target, heard, target.device in echoed, answered)

    async def _echo(
        self, tap: PresenceTap, link: Link, suspects: Sequence[Target], scope: Scope
    ) -> frozenset[str]:
        """Send echo requests to the suspects of one link; those that were sent one."""
        asked = {
            (target.device, Candidate(address=address, mac=target.mac))
            for target in suspects
            if target.interface == link.interface and target.mac
            for address in one_per_family(target, scope)
            if (link.ipv6 if ":" in address else link.ipv4)
        }
        if not asked:
            return frozenset()
        candidates = tuple(sorted((one for _, one in asked), key=lambda one: one.address))
        probe = EchoProbe(
            id=tap.next_id(), sender=sender_of(link), candidates=candidates, tries=TRIES
        )
        try:
            await tap.run(probe)
        except CollectorError as error:
            log.debug("no suspect can be sent an echo on %s: %s", link.interface, error)
            return frozenset()
        return frozenset(device for device, _ in asked)

    def _decide(
        self, target: Target, heard: frozenset[str], echoed: bool, answered: bool | None
    ) -> None:
        """Sweeps of routed networks are echo already, so TCP is the second kind of probe there."""
        now = self._clock()
        if target.mac in heard or any(bare(address) in heard for address in target.addresses):
            self._watched.confirm(target.device, "echo", True, now)
        elif answered:
            self._watched.confirm(target.device, "tcp", True, now)
        elif echoed or answered is not None:
            self._watched.confirm(target.device, "echo" if echoed else "tcp", False, now)

    async def _answers_on_a_port(
        self, target: Target, scope: Scope, free: asyncio.Semaphore
    ) -> bool | None:
        """Whether a port answers, known to be open or likely; None: none could be tried."""
        tried = list(self._ports(target.device)[:1])
        if not target.mac:
            tried += [(address, port) for address in target.addresses[:1] for port in LIKELY_PORTS]
        inside = dict.fromkeys(one for one in tried if scope.contains(bare(one[0])))
        if not inside:
            return None
        async with free:
            return any(await asyncio.gather(*(self._connect(*one) for one in inside)))


async def cross(
    tap: PresenceTap,
    scope: Scope,
    watched: Crosser,
    clock: Callable[[], float],
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Send an echo to each of the two MACs that claim an address, one after the other.

    When both are answered from the same MAC, and from no other, the two are one host: of two hosts
    each answers from its own card, or not at all. Raises CollectorError.
    """
    wanted = [one for one in watched.crossings() if scope.contains(one.address)]
    for link in scope.links:
        here = [one for one in wanted if one.link == link.interface]
        if not here or not link.ipv4:
            continue
        began = clock()
        answers = [await _answering(tap, link, here, 0, clock)]
        await pause(max(0.0, began + TOLD_AGAIN_S - clock()))
        answers.append(await _answering(tap, link, here, 1, clock))
        for crossing in here:
            first, second = (given.get(crossing.address, frozenset()) for given in answers)
            if first == second and len(first) == 1 and first <= set(crossing.macs):
                watched.unite(crossing, clock())


async def _answering(
    tap: PresenceTap,
    link: Link,
    crossings: Sequence[Crossing],
    turn: int,
    clock: Callable[[], float],
) -> dict[str, frozenset[str]]:
    """From which MACs each address answered an echo to the first or second MAC that claims it."""
    began = clock()
    await tap.run(
        EchoProbe(
            id=tap.next_id(),
            sender=sender_of(link),
            candidates=tuple(Candidate(one.address, one.macs[turn]) for one in crossings),
            tries=1,
            wait_s=CROSSED_S,
        )
    )
    found: dict[str, frozenset[str]] = {}
    for heard in tap.heard_since(began):
        if isinstance(heard, AddressSeen) and heard.how == "echo_reply":
            found[heard.address] = found.get(heard.address, frozenset()) | {heard.mac}
    return found


async def ask_contested(tap: PresenceTap, scope: Scope, targets: Sequence[Target]) -> None:
    """Ask all stations of a link for addresses that more than one of them claimed.

    Raises CollectorError.
    """
    for link in scope.links:
        candidates = tuple(
            Candidate(address=bare(address))
            for target in targets
            if target.interface == link.interface
            for address in target.addresses
        )
        if candidates:
            await tap.run(
                Solicit(id=tap.next_id(), sender=sender_of(link), candidates=candidates, tries=1)
            )


class Connect(Protocol):
    """Tries a TCP connection."""

    async def __call__(self, address: str, port: int) -> bool:
        """Whether the address answered, be it with a refusal."""


async def answers_tcp(address: str, port: int) -> bool:
    """Connect and close; a refusal is an answer too."""
    try:
        async with asyncio.timeout(TCP_TIMEOUT_S):
            _, writer = await asyncio.open_connection(address, port)
    except ConnectionRefusedError:
        return True
    except (OSError, TimeoutError):
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


def open_ports(snapshot: Snapshot, device: str) -> list[tuple[str, int]]:
    """Return addresses and ports that were open when they were last looked at, harmless ones."""
    from collectors.ports import NEVER

    for one in snapshot.devices:
        if one.id == device:
            return [
                (service.address, service.port)
                for service in one.services
                if service.state == "open" and service.port not in NEVER
            ]
    return []


def one_per_family(target: Target, scope: Scope) -> list[str]:
    """Return the first IPv4 and the first IPv6 address of a device that may be probed."""
    found: dict[bool, str] = {}
    for zoned in target.addresses:
        address = bare(zoned)
        is_ipv6 = ":" in address
        if is_ipv6 not in found and scope.contains(address):
            found[is_ipv6] = address
    return list(found.values())


def sender_of(link: Link) -> Sender:
    """Return who the tap is on a link."""
    return Sender(
        interface=link.interface,
        mac=link.mac,
        ipv4=tuple(own.partition("/")[0] for own in link.ipv4),
        ipv6=tuple(own.partition("/")[0] for own in link.ipv6),
    )


def first_hand(heard: Iterable[AnyObservation]) -> frozenset[str]:
    """Return the MACs and addresses of those that sent something themselves."""
    found: set[str] = set()
    for observation in heard:
        if isinstance(observation, AddressSeen) and observation.how not in (
            "neighbour_table", "dhcp", "own",
        ):  # fmt: skip
            found |= {observation.mac, observation.address}
    return frozenset(found - {""})


def bare(address: str) -> str:
    """Return an address without its zone."""
    return address.partition("%")[0]
