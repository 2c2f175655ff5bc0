"""UPnP devices: who answers a search on the link, and what each says of its make.

One M-SEARCH for everything (UPnP Device Architecture 2.0 §1.3) on each link in scope, an hour
apart; then the device description, fetched only from the very address that answered. A LOCATION
that names any other host is not followed: it would make the agent a tool of whoever answers.
"""

import logging
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Final

import msgspec

from collectors.contract import Context
from collectors.datagrams import Opener
from collectors.link_questions import Heard, Question, answers, open_on_link
from collectors.observation import AnyObservation, DescriptionSeen, ServiceAdvertised
from collectors.places import Place, owners
from collectors.ports import NEVER
from collectors.service_text import identifier
from collectors.talk.channel import Caller, Channel, call
from collectors.talk.visits import Call, Ended, Visit, Visitor, asked_of, key_of_call, visited
from collectors.talk.web import Way, fetch, host_header, resolve
from collectors.wire import ssdp, upnp
from collectors.wire.address import ip_text
from collectors.wire.errors import DecodeError
from collectors.wire.text import clean_text

NAME: Final = "ssdp"
DESCRIPTIONS: Final = "upnp_description"  # what is remembered: descriptions of the last 20 hours
ANSWER_WITHIN_S: Final = 1
WAIT_S: Final = 1.6
MAX_CHARACTERS: Final = 255
MAX_VISITS: Final = 512

SEARCH: Final = ssdp.encode(
    ssdp.Ssdp(
        "search",
        (
            (b"host", b"239.255.255.250:1900"),
            (b"man", b'"ssdp:discover"'),
            (b"mx", str(ANSWER_WITHIN_S).encode()),
            (b"st", b"ssdp:all"),
        ),
    )
)
QUESTION: Final = Question(
    NAME,
    (SEARCH,),
    {4: ip_text(ssdp.GROUP_IPV4), 6: ip_text(ssdp.GROUP_IPV6)},
    ssdp.PORT,
    WAIT_S,
)

_log = logging.getLogger(__name__)


class Location(msgspec.Struct, frozen=True):
    """Where an answering address keeps its description."""

    place: Place
    way: Way


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Yield a ServiceAdvertised per thing that answers, a DescriptionSeen per device description.

    Raises NoData when no link in scope is due, CollectorError when nothing can be sent.
    """
    async with aclosing(ask(context, open_on_link, call)) as observations:
        async for observation in observations:
            yield observation


async def ask(
    context: Context, opener: Opener, caller: Caller
) -> AsyncGenerator[AnyObservation, None]:
    """The same with sockets of one's own."""
    search = _Search(context)
    async with aclosing(answers(context, QUESTION, opener)) as heard:
        async for one in heard:
            advertised = search.take(one)
            if advertised is not None:
                yield advertised
    search.report()
    visits = search.visits()
    if visits:
        work = visited(context, DESCRIPTIONS, visits, search.describe, caller)
        async with aclosing(work) as observations:
            async for observation in observations:
                yield observation


class _Search:
    """What was answered, and the first description that each address pointed to on itself."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._owners = owners(context.targets)
        self._targets = {target.device: target for target in context.targets}
        self._links = {link.interface: link.index for link in context.scope.links}
        self._said: set[tuple[str, bytes, bytes]] = set()
        self._locations: dict[str, Location] = {}
        self._skipped: Counter[str] = Counter()

    def take(self, heard: Heard) -> ServiceAdvertised | None:
        """An observation for an answer that is new; None, counted, for what is none."""
        try:
            message = ssdp.parse(heard.datagram.data)
        except DecodeError as error:
            self._skipped[error.reason] += 1
            return None
        if message.kind != "response" or not message.target:
            self._skipped["no answer"] += 1
            return None
        address = heard.datagram.address
        usn = message.header(b"usn")
        told = (address, message.target, usn)
        if told in self._said:
            return None
        self._said.add(told)
        location = message.header(b"location")
        self._locate(heard, message.target, location)
        return ServiceAdvertised(
            at=self._context.clock(),
            source=NAME,
            interface=heard.interface,
            protocol="ssdp",
            mac="",
            address=address,
            kind=clean_text(message.target, MAX_CHARACTERS),
            name=clean_text(usn.partition(b"::")[0], MAX_CHARACTERS),
            location=clean_text(location, MAX_CHARACTERS),
            server=clean_text(message.header(b"server"), MAX_CHARACTERS),
        )

    def visits(self) -> list[Visit]:
        """Whose description is due; those of devices that nobody knows yet are left out."""
        asked = asked_of(self._context, DESCRIPTIONS)
        now = self._context.clock()
        found: dict[str, Visit] = {}
        for address, location in self._locations.items():
            target = self._targets.get(self._owners.get(address, ""))
            one = Call(location.place, location.way.port, location.way.path)
            if target is None or target.device in found or len(found) == MAX_VISITS:
                continue
            if not asked.holds(key_of_call(target.device, one), now):
                found[target.device] = Visit(target, (one,))
        return list(found.values())

    async def describe(
        self, visitor: Visitor, visit: Visit
    ) -> AsyncGenerator[AnyObservation, None]:
        """Fetch the description of one device."""
        (one,) = visit.calls
        location = self._locations[one.place.address]
        device = await visitor.talk(one, lambda channel: _description(channel, location))
        if device is not None:
            yield _seen(self._context, location.place, device)

    def report(self) -> None:
        """Say what was skipped."""
        if self._skipped:
            told = ", ".join(f"{count} {why}" for why, count in sorted(self._skipped.items()))
            _log.info("SSDP answers skipped: %s", told)

    def _locate(self, heard: Heard, target: bytes, location: bytes) -> None:
        address = heard.datagram.address
        if address in self._locations and target != b"upnp:rootdevice":
            return
        way = resolve(location, address)
        if way is None or way.secure or way.port in NEVER:
            if location:
                self._skipped["a location elsewhere"] += 1
            return
        local = address.startswith("fe80:")
        link = self._links.get(heard.interface, 0) if local else 0
        place = Place(address, link, heard.interface if local else "")
        self._locations[address] = Location(place, way)


async def _description(channel: Channel, location: Location) -> upnp.Device:
    way = location.way
    host = host_header(location.place.address, way.port, secure=False)
    response = await fetch(channel, host, way.path, upnp.MAX_DOCUMENT_BYTES, whole=True)
    if response.status != 200:
        raise Ended(f"status {response.status}")
    return upnp.parse(response.body)


def _seen(context: Context, place: Place, device: upnp.Device) -> DescriptionSeen:
    model = device.model_name
    if device.model_number and device.model_number not in model:
        model = f"{model} {device.model_number}"
    return DescriptionSeen(
        at=context.clock(),
        source=NAME,
        interface=place.interface,
        address=place.address,
        protocol="upnp",
        manufacturer=clean_text(device.manufacturer),
        model=clean_text(model, 128),
        serial=identifier(clean_text(device.serial_number)),
        uuid=identifier(clean_text(device.udn.lower().removeprefix("uuid:"))),
        name=clean_text(device.friendly_name, 128),
        device_type=clean_text(device.device_type, 128),
    )
