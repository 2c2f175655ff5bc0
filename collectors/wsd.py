"""Devices that answer WS-Discovery: Windows hosts, printers, scanners, cameras.

A Probe for devices and one for everything (WS-Discovery 1.1 §5.2) on each link in scope, an hour
apart. What a match
says in its scopes of name and hardware is kept (ONVIF Core §7.3.2.2); no URL of it is followed.
"""

import logging
import uuid
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing
from typing import Final
from urllib.parse import unquote

from collectors.contract import Context
from collectors.datagrams import Opener
from collectors.link_questions import Heard, Question, answers, open_on_link
from collectors.observation import AnyObservation, DescriptionSeen, ServiceAdvertised
from collectors.service_text import identifier
from collectors.wire import wsd
from collectors.wire.address import ip_text
from collectors.wire.errors import DecodeError
from collectors.wire.text import clean_text

NAME: Final = "wsd"
WAIT_S: Final = 1.6  # a match may be delayed by half a second (SOAP-over-UDP 1.1 §3.2)
MAX_CHARACTERS: Final = 255
ONVIF: Final = "onvif://www.onvif.org/"

_log = logging.getLogger(__name__)


async def collect(context: Context) -> AsyncIterator[AnyObservation]:
    """Yield a ServiceAdvertised and a DescriptionSeen per service that matches.

    Raises NoData when no link in scope is due, CollectorError when nothing can be sent.
    """
    async with aclosing(ask(context, open_on_link, uuid.uuid4)) as observations:
        async for observation in observations:
            yield observation


async def ask(
    context: Context, opener: Opener, identifier: Callable[[], uuid.UUID]
) -> AsyncGenerator[AnyObservation, None]:
    """The same with sockets and chance of one's own."""
    # Some answer only when asked for devices by name, as Windows asks; cameras to any question.
    probes = {f"urn:uuid:{identifier()}": kinds for kinds in ("wsdp:Device", "")}
    question = Question(
        NAME,
        tuple(wsd.build_probe(message_id, kinds) for message_id, kinds in probes.items()),
        {4: ip_text(wsd.GROUP_IPV4), 6: ip_text(wsd.GROUP_IPV6)},
        wsd.PORT,
        WAIT_S,
    )
    said: set[tuple[str, str]] = set()
    skipped: Counter[str] = Counter()
    async with aclosing(answers(context, question, opener)) as heard:
        async for one in heard:
            try:
                message = wsd.parse(one.datagram.data)
            except DecodeError as error:
                skipped[error.reason] += 1
                continue
            if message.action != "probe_match" or message.relates_to.lower() not in probes:
                skipped["no answer of ours"] += 1
                continue
            for endpoint in message.endpoints:
                if (one.datagram.address, endpoint.address) not in said:
                    said.add((one.datagram.address, endpoint.address))
                    for observation in _seen(context, one, endpoint):
                        yield observation
    if skipped:
        told = ", ".join(f"{count} {why}" for why, count in sorted(skipped.items()))
        _log.info("WS-Discovery answers skipped: %s", told)


def _seen(context: Context, heard: Heard, endpoint: wsd.Endpoint) -> Iterator[AnyObservation]:
    yield ServiceAdvertised(
        at=context.clock(),
        source=NAME,
        interface=heard.interface,
        protocol="wsd",
        mac="",
        address=heard.datagram.address,
        kind=clean_text(" ".join(endpoint.types), MAX_CHARACTERS),
        name=clean_text(endpoint.address, MAX_CHARACTERS),
        location=clean_text(" ".join(endpoint.transports[:1]), MAX_CHARACTERS),
    )
    said = _onvif(endpoint.scopes)
    urn = endpoint.address.lower()
    named = urn.removeprefix("urn:uuid:") if urn.startswith("urn:uuid:") else ""
    if not said and not named:
        return
    yield DescriptionSeen(
        at=context.clock(),
        source=NAME,
        interface=heard.interface,
        address=heard.datagram.address,
        protocol="wsd",
        model=said.get("hardware", ""),
        name=said.get("name", ""),
        uuid=identifier(clean_text(urn.removeprefix("urn:uuid:")))
        if urn.startswith("urn:uuid:")
        else "",
        device_type=clean_text(" ".join(endpoint.types), MAX_CHARACTERS),
    )


def _onvif(scopes: tuple[str, ...]) -> dict[str, str]:
    """Name and hardware of an ONVIF device, the first of each."""
    found: dict[str, str] = {}
    for scope in scopes:
        if not scope.lower().startswith(ONVIF):
            continue
        key, _, value = scope[len(ONVIF) :].partition("/")
        if key.lower() in ("name", "hardware") and value:
            found.setdefault(key.lower(), clean_text(unquote(value), 128))
    return found
