"""UPnP: who answers a search, and whose description is fetched: its own, nobody else's."""

from collections.abc import Callable
from contextlib import aclosing
from typing import Any, Literal

import pytest

from collectors.contract import CollectorError, NoData, Target
from collectors.datagrams import Datagram, Endpoint
from collectors.memory import Until
from collectors.observation import AnyObservation, DescriptionSeen, ServiceAdvertised
from collectors.scope import Scope
from collectors.ssdp import SEARCH, ask
from collectors.wire import ssdp
from tests.collectors.contexts import NOW, SCOPE, context, gathered
from tests.collectors.endpoints import Answer, PlayedEndpoint
from tests.collectors.talk.played import Says, Server, Street
from tests.collectors.virtual_time import run
from tests.collectors.wire.test_upnp import DESCRIPTION, ENTITY

HOST = "10.66.0.9"
UUID = "9f0865b3-f5da-4ad5-85b7-7404637fdf37"
KNOWN = Target("d-1", (HOST,))
URL = f"http://{HOST}:1900/igd.xml"


def response(location: str = URL, target: str = "upnp:rootdevice", usn: str = "") -> bytes:
    usn = usn or f"uuid:{UUID}::{target}"
    headers = {"ST": target, "USN": usn, "LOCATION": location, "SERVER": "ipos/7.0 UPnP/1.0"}
    lines = [b"HTTP/1.1 200 OK", *(f"{key}: {value}".encode() for key, value in headers.items())]
    return b"\r\n".join((*lines, b"", b""))


def answering(*messages: bytes, source: str = HOST) -> Answer:
    def answer(data: bytes, address: str) -> list[Datagram]:
        return [] if ":" in address else [Datagram(one, source, 1900) for one in messages]

    return answer


def served(body: bytes = DESCRIPTION, status: str = "200 OK") -> Callable[[], Server]:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return lambda: Says(then=[head + body, None])


class Survey:
    """One run with played sockets."""

    def __init__(
        self,
        answer: Answer,
        doors: dict[tuple[str, int], Callable[[], Server]],
        *targets: Target,
        scope: Scope = SCOPE,
        error: OSError | None = None,
        **options: Any,
    ) -> None:
        self.endpoints: dict[tuple[int, int], PlayedEndpoint] = {}
        self.street = Street(doors)

        def opener(version: Literal[4, 6], link: int = 0) -> Endpoint:
            return self.endpoints.setdefault((version, link), PlayedEndpoint(answer, error))

        async def main() -> list[AnyObservation]:
            made = context(*targets, scope=scope, **options)
            async with aclosing(ask(made, opener, self.street)) as observations:
                return await gathered(observations)

        self.found = run(main())
        self.adverts = [item for item in self.found if isinstance(item, ServiceAdvertised)]
        self.descriptions = [item for item in self.found if isinstance(item, DescriptionSeen)]
        assert all(endpoint.closed for endpoint in self.endpoints.values())


def test_the_search_on_the_wire() -> None:
    message = ssdp.parse(SEARCH)
    assert (message.kind, message.target) == ("search", b"ssdp:all")
    assert message.header(b"man") == b'"ssdp:discover"'
    assert message.header(b"mx") == b"1"
    survey = Survey(answering(), {})
    sent = {key: [item[2:] for item in end.sent] for key, end in survey.endpoints.items()}
    assert sent == {
        (4, 7): [("239.255.255.250", 1900, 7)] * 2, (6, 7): [("ff02::c", 1900, 7)] * 2,
    }  # fmt: skip


def test_a_device_and_its_description() -> None:
    survey = Survey(answering(response(), response()), {(HOST, 1900): served()}, KNOWN)
    assert survey.found == [
        ServiceAdvertised(
            at=NOW, source="ssdp", interface="lan0", protocol="ssdp", mac="", address=HOST,
            kind="upnp:rootdevice", name=f"uuid:{UUID}", location=URL, server="ipos/7.0 UPnP/1.0",
        ),
        DescriptionSeen(
            at=NOW, source="ssdp", address=HOST, protocol="upnp", manufacturer="TP-Link",
            model="TL-WR840N 6.0", serial="21A4B7C9", uuid=UUID, name="TL-WR840N",
            device_type="urn:schemas-upnp-org:device:InternetGatewayDevice:1",
        ),
    ]  # fmt: skip
    (channel,) = survey.street.channels
    assert bytes(channel.sent).startswith(b"GET /igd.xml HTTP/1.1\r\nHost: 10.66.0.9:1900\r\n")


@pytest.mark.parametrize(
    "location",
    [
        "http://10.66.0.8:1900/igd.xml", "http://127.0.0.1/", "http://169.254.169.254/latest/",
        "http://printer.local/", f"https://{HOST}/", f"ftp://{HOST}/", f"http://{HOST}:9100/x",
        f"http://{HOST}:502/", f"http://x:y@{HOST}/", f"http://{HOST}:0/", "/igd.xml", "",
        f"http://{HOST}/a b", "http://[::1", f"http://{HOST}/" + "a" * 600, f"//{HOST}/x",
    ],
)  # fmt: skip
def test_locations_that_are_not_followed(location: str) -> None:
    survey = Survey(answering(response(location)), {}, KNOWN)
    assert survey.street.called == []
    assert len(survey.adverts) == 1


def test_an_answer_from_out_of_scope_or_of_nobody_known_opens_no_connection() -> None:
    far = answering(response("http://10.99.0.1/x"), source="10.99.0.1")
    assert Survey(far, {}, KNOWN).found == []
    unknown = Survey(answering(response()), {})
    assert (len(unknown.adverts), unknown.street.called) == (1, [])


DESCRIPTIONS = {
    "not found": served(b"<html/>", "404 Not Found"),
    "an entity": served(ENTITY),
    "no XML": served(b"hello"),
    "endless": lambda: Says(then=[b"HTTP/1.1 200 OK\r\n\r\n", *[b" " * 4096] * 99]),
    "silent": Says,
    "closed": lambda: Says(None),
    "a redirect": served(b"", "302 Found\r\nLocation: http://10.66.0.8/"),
}


@pytest.mark.parametrize("case", DESCRIPTIONS)
def test_bad_descriptions_are_skipped(case: str) -> None:
    survey = Survey(answering(response()), {(HOST, 1900): DESCRIPTIONS[case]}, KNOWN)
    assert survey.descriptions == []
    assert {address for _, address, _ in survey.street.called} == {HOST}


def test_a_device_is_asked_for_one_description_a_day_and_a_link_once_an_hour() -> None:
    links, descriptions = Until(), Until()
    memory: dict[str, Any] = {"ssdp_asked": links, "upnp_description_asked": descriptions}
    doors = {(HOST, 1900): served()}
    other = response(f"http://{HOST}:80/b.xml", "urn:x:device:B:1", "uuid:b")
    assert len(Survey(answering(response(), other), doors, KNOWN, **memory).descriptions) == 1
    with pytest.raises(NoData, match="within the last hour"):
        Survey(answering(response()), doors, KNOWN, **memory)
    later = Survey(answering(response()), doors, KNOWN, clock=lambda: NOW + 3601.0, **memory)
    assert (len(later.adverts), later.descriptions) == (1, [])


def test_serial_numbers_that_were_left_empty_are_dropped() -> None:
    body = DESCRIPTION.replace(b"21A4B7C9", b"00000000")
    (seen,) = Survey(answering(response()), {(HOST, 1900): served(body)}, KNOWN).descriptions
    assert seen.serial == ""


def test_rubbish_and_floods() -> None:
    many = [response(target=f"urn:x:{number}", usn=f"uuid:{number}") for number in range(500)]
    rubbish = [
        b"",
        b"\xff" * 2000,
        SEARCH,
        b"NOTIFY * HTTP/1.1\r\nNT: a\r\n\r\n",
        b"HTTP/1.1 404\r\n",
    ]
    survey = Survey(answering(*rubbish, *many), {}, KNOWN)
    assert 0 < len(survey.adverts) <= 64


def test_hostile_text_is_cleaned() -> None:
    (seen,) = Survey(answering(response(target="\x1b[2Jx" + "y" * 400)), {}, KNOWN).adverts
    assert seen.kind.startswith("[2Jxy")
    assert len(seen.kind) == 255


def test_nothing_to_ask_on() -> None:
    with pytest.raises(NoData, match="no link in scope"):
        Survey(answering(), {}, scope=Scope(networks=("10.66.0.0/24",)))
    with pytest.raises(CollectorError, match=r"lan0: .*unreachable"):
        Survey(answering(), {}, error=OSError(101, "Network is unreachable"))
