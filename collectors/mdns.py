"""Names and services that hosts publish for themselves over multicast DNS, asked once (RFC 6762).

The questions leave from an ordinary port, so that responders answer the asker alone (§6.7) and
nothing need be joined. A name counts for the address that its record states, when that address is
in scope and the answer does not come from another known device.
"""

import ipaddress
import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing
from typing import Literal

import msgspec

from collectors.contract import CollectorError, Context, NoData
from collectors.datagrams import Datagram, Endpoint, Opener, open_endpoint, received
from collectors.dnssd import Instances
from collectors.observation import AnyObservation, DescriptionSeen, NameSeen, ServiceAdvertised
from collectors.pace import pace_of
from collectors.parallel import in_parallel
from collectors.places import is_host_in_scope, owners
from collectors.scope import Link
from collectors.service_text import Make, make_of
from collectors.wire import dns
from collectors.wire.address import ip_text
from collectors.wire.errors import DecodeError
from collectors.wire.name import Name, folded, from_text, to_text
from collectors.wire.text import clean_text

NAME = "mdns"

GROUPS: dict[Literal[4, 6], str] = {4: "224.0.0.251", 6: "ff02::fb"}
SERVICES: Name = (b"_services", b"_dns-sd", b"_udp", b"local")  # RFC 6763 §9
WAIT_S = 1.0
QUESTIONS_PER_PACKET = 16
MAX_QUESTIONS = 1024  # per link and family
MAX_TYPES = 32
MAX_NAMES = 4096
MAX_NAME_CHARACTERS = 255

_log = logging.getLogger(__name__)


class Place(msgspec.Struct, frozen=True):
    """A link and a family to ask over."""

    link: Link
    version: Literal[4, 6]


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Yield what the links in scope answer with.

    A NameSeen per name and address; a ServiceAdvertised per service with what its TXT record says;
    a DescriptionSeen per address whose services name its make. Asks for the names of known
    addresses, for the service types there are, for the instances of each type, and for what the
    answers left out of those. Raises NoData when no link in scope has an address of its own,
    CollectorError when nothing can be sent on any.
    """
    async with aclosing(ask(context, open_endpoint, random.randrange)) as observations:
        async for observation in observations:
            yield observation


async def ask(
    context: Context, opener: Opener, randrange: Callable[[int], int]
) -> AsyncGenerator[AnyObservation, None]:
    """The same with sockets and chance of one's own."""
    places = [Place(link, 4) for link in context.scope.links if link.ipv4]
    places += [Place(link, 6) for link in context.scope.links if link.ipv6]
    if not places:
        raise NoData("no link in scope has an address to send multicast from")
    listed = _Known(context)
    failures: list[str] = []

    async def inquire(place: Place) -> AsyncGenerator[AnyObservation, None]:
        inquiry = _Inquiry(context, place, listed, randrange(1 << 16))
        try:
            endpoint = opener(place.version, place.link.index)
        except OSError as error:
            failures.append(f"{place.link.interface}: {error}")
            return
        try:
            async with aclosing(inquiry.run(endpoint)) as observations:
                async for observation in observations:
                    yield observation
        except OSError as error:
            failures.append(f"{place.link.interface}: {error}")
        finally:
            endpoint.close()

    async with aclosing(
        in_parallel(places, inquire, len(places), context.progress)
    ) as observations:
        async for observation in observations:
            yield observation
    if len(failures) == len(places):
        raise CollectorError(f"no multicast DNS question can be sent: {'; '.join(failures)}")
    if listed.skipped:
        _log.info("%d multicast DNS datagrams or records were skipped", listed.skipped)


class _Known:
    """Who holds which address, and what was yielded already."""

    def __init__(self, context: Context) -> None:
        self.skipped = 0
        self._scope = context.scope
        self._owners = owners(context.targets)
        self._yielded: set[tuple[str, str]] = set()

    def accepts(self, stated: str, source: str) -> bool:
        """Whether an answer from `source` may speak of the address `stated`."""
        if not is_host_in_scope(stated, self._scope):
            return False
        owner = self._owners.get(stated)
        return stated == source or owner is None or owner == self._owners.get(source)

    def is_new(self, name: str, address: str) -> bool:
        """Whether this was not yielded yet; False when too much was."""
        pair = (name, address)
        if pair in self._yielded or len(self._yielded) >= MAX_NAMES:
            return False
        self._yielded.add(pair)
        return True


class _Inquiry:
    """The questions over one link and family, and what the answers are worth."""

    def __init__(self, context: Context, place: Place, known: _Known, identifier: int) -> None:
        self._context = context
        self._place = place
        self._known = known
        self._identifier = identifier
        self._types: dict[Name, Name] = {}
        self._instances = Instances(known.accepts)

    async def run(self, endpoint: Endpoint) -> AsyncGenerator[AnyObservation, None]:
        """Ask for addresses and service types, then once for the instances of each type."""
        first = [SERVICES, *map(_reverse_name, self._addresses())]
        rounds: tuple[Callable[[], list[dns.Question]], ...] = (
            lambda: _pointers(first),
            lambda: _pointers(self._types.values()),
            self._instances.incomplete,
        )
        for questions in rounds:
            if asked := questions()[: MAX_QUESTIONS + 1]:
                async with aclosing(self._round(endpoint, asked)) as observations:
                    async for observation in observations:
                        yield observation
        for observation in self._services():
            yield observation

    async def _round(
        self, endpoint: Endpoint, asked: list[dns.Question]
    ) -> AsyncGenerator[AnyObservation, None]:
        pace = pace_of(self._context)
        group = GROUPS[self._place.version]
        for start in range(0, len(asked), QUESTIONS_PER_PACKET):
            await pace.datagrams.take()
            questions = asked[start : start + QUESTIONS_PER_PACKET]
            query = dns.build_query(questions, id=self._identifier)
            endpoint.send(query, group, dns.MDNS_PORT, self._place.link.index)
        async with aclosing(received(endpoint, WAIT_S)) as datagrams:
            async for datagram in datagrams:
                for observation in self._heard(datagram):
                    yield observation

    def _services(self) -> Iterator[AnyObservation]:
        self._known.skipped += self._instances.dropped
        details: dict[str, list[str]] = {}
        for found in self._instances.found():
            details.setdefault(found.address, []).extend(found.details)
            if self._known.is_new(f"{found.name}.{found.kind}", found.address):
                yield ServiceAdvertised(
                    at=self._context.clock(),
                    source=NAME,
                    interface=self._place.link.interface,
                    protocol="mdns",
                    mac="",
                    address=found.address,
                    kind=found.kind,
                    name=found.name,
                    port=found.port,
                    details=found.details,
                )
        for address, said in details.items():
            make = make_of(said)
            if make != Make() and self._known.is_new(repr(make), address):
                yield DescriptionSeen(
                    at=self._context.clock(),
                    source=NAME,
                    interface=self._place.link.interface,
                    address=address,
                    protocol="mdns",
                    manufacturer=make.manufacturer,
                    model=make.model,
                    serial=make.serial,
                    uuid=make.uuid,
                    name=make.name,
                    firmware=make.firmware,
                )

    def _addresses(self) -> list[str]:
        """Known addresses of the family that this link may hold."""
        found: dict[str, None] = {}
        for target in self._context.targets:
            for text in target.addresses:
                address, _, zone = text.partition("%")
                interface = zone or target.interface
                if (
                    (":" in address) == (self._place.version == 6)
                    and interface in {"", self._place.link.interface}
                    and is_host_in_scope(address, self._context.scope)
                ):
                    found[address] = None
        return list(found)[:MAX_QUESTIONS]

    def _heard(self, datagram: Datagram) -> Iterator[NameSeen]:
        message = self._response(datagram)
        if message is None:
            self._known.skipped += 1
            return
        self._known.skipped += message.errors
        for name, stated in _statements(message, datagram.address):
            text = clean_text(to_text(name), MAX_NAME_CHARACTERS)
            if not self._known.accepts(stated, datagram.address):
                self._known.skipped += 1
            elif text and self._known.is_new(text, stated):
                yield NameSeen(
                    at=self._context.clock(),
                    source=NAME,
                    interface=self._place.link.interface,
                    name=text,
                    address=stated,
                )
        self._instances.take(message, datagram.address)
        for record in message.answers:
            if folded(record.name) == SERVICES and isinstance(record.data, dns.Target):
                name = record.data.name
                if _is_local(name) and len(self._types) < MAX_TYPES:
                    self._types.setdefault(folded(name), name)

    def _response(self, datagram: Datagram) -> dns.Message | None:
        if datagram.port != dns.MDNS_PORT:
            return None
        if not is_host_in_scope(datagram.address, self._context.scope):
            return None
        try:
            message = dns.parse(datagram.data)
        except DecodeError:
            return None
        # §6.7 has the identifier repeated; some responders answer as to a multicast question.
        if not message.is_response or message.id not in {0, self._identifier}:
            return None
        return message


def _pointers(names: Iterable[Name]) -> list[dns.Question]:
    return [dns.Question(name, dns.PTR, unicast=True) for name in names]


def _statements(message: dns.Message, source: str) -> Iterator[tuple[Name, str]]:
    """Host names with the addresses that the records state them for."""
    services: dict[Name, Name] = {}
    stated = False
    for record in message.records:
        data = record.data
        if record.class_ != dns.IN:
            continue
        if isinstance(data, dns.Address):
            stated = True
            if _is_local(record.name):
                yield record.name, ip_text(data.address)
        elif isinstance(data, dns.Target) and record.type == dns.PTR:
            address = _reversed(record.name)
            if address and _is_local(data.name):
                yield data.name, address
        elif isinstance(data, dns.Service) and _is_local(data.target):
            services[folded(data.target)] = data.target
    if len(services) == 1 and not stated:
        # The services of one host, without its addresses: those of the one that answers.
        yield from ((target, source) for target in services.values())


def _is_local(name: Name) -> bool:
    """Whether multicast DNS may speak of the name at all (§3)."""
    return len(name) >= 2 and folded(name)[-1] == b"local"


def _reverse_name(address: str) -> Name:
    return from_text(ipaddress.ip_address(address).reverse_pointer)


def _reversed(name: Name) -> str:
    """The address of a name under in-addr.arpa or ip6.arpa, "" for any other name."""
    labels = folded(name)
    try:
        if len(labels) == 6 and labels[4:] == (b"in-addr", b"arpa"):
            octets = [label.decode("ascii") for label in reversed(labels[:4])]
            return str(ipaddress.IPv4Address(".".join(octets)))
        if len(labels) == 34 and labels[32:] == (b"ip6", b"arpa"):
            digits = "".join(label.decode("ascii") for label in reversed(labels[:32]))
            groups = [digits[at : at + 4] for at in range(0, len(digits), 4)]
            return str(ipaddress.IPv6Address(":".join(groups))) if len(digits) == 32 else ""
    except ValueError:
        return ""
    return ""
