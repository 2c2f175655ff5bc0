"""WS-Discovery: the probes, matches that count, and what cameras say in their scopes."""

import uuid
from collections.abc import Callable
from contextlib import aclosing
from typing import Any, Literal

import pytest

from collectors.contract import NoData
from collectors.datagrams import Datagram, Endpoint
from collectors.memory import Until
from collectors.observation import AnyObservation, DescriptionSeen, ServiceAdvertised
from collectors.wire import wsd
from collectors.wsd import ask
from tests.collectors.contexts import NOW, context, gathered
from tests.collectors.endpoints import Answer, PlayedEndpoint
from tests.collectors.virtual_time import run

HOST = "10.66.0.30"
ENDPOINT = "urn:uuid:0a6dc791-2be6-4991-9af1-454778a1917a"
CAMERA = wsd.Endpoint(
    ENDPOINT,
    ("NetworkVideoTransmitter", "Device"),
    (
        "onvif://www.onvif.org/type/video_encoder",
        "onvif://www.onvif.org/hardware/DS-2CD2043G2-I",
        "onvif://www.onvif.org/name/HIKVISION%20DS-2CD2043G2-I",
        "http://example.org/name/other",
    ),
    (f"http://{HOST}/onvif/device_service",),
)
COMPUTER = wsd.Endpoint(ENDPOINT, ("Device", "Computer"))


def identifiers() -> Callable[[], uuid.UUID]:
    numbers = iter(range(1, 99))
    return lambda: uuid.UUID(int=next(numbers))


def matching(*endpoints: wsd.Endpoint, relates_to: str = "", source: str = HOST) -> Answer:
    def answer(data: bytes, address: str) -> list[Datagram]:
        probe = wsd.parse(data)
        said = wsd.Wsd("probe_match", "urn:uuid:m", endpoints, relates_to or probe.message_id)
        return [] if ":" in address else [Datagram(wsd.encode(said), source, 3702)]

    return answer


def survey(answer: Answer, **options: Any) -> tuple[list[AnyObservation], list[PlayedEndpoint]]:
    opened: list[PlayedEndpoint] = []

    def opener(version: Literal[4, 6], link: int = 0) -> Endpoint:
        opened.append(PlayedEndpoint(answer))
        return opened[-1]

    async def main() -> list[AnyObservation]:
        async with aclosing(ask(context(**options), opener, identifiers())) as observations:
            return await gathered(observations)

    return run(main()), opened


def test_two_probes_twice_on_each_family() -> None:
    _, opened = survey(lambda data, address: [])
    assert [{item[2] for item in endpoint.sent} for endpoint in opened] == [
        {"239.255.255.250"}, {"ff02::c"},
    ]  # fmt: skip
    for endpoint in opened:
        probes = [wsd.parse(data) for _, data, *_ in endpoint.sent]
        assert [probe.action for probe in probes] == ["probe"] * 4
        assert probes[0] != probes[1]
        assert probes[:2] == probes[2:]
        assert b"<d:Types>wsdp:Device</d:Types>" in endpoint.sent[0][1]
        assert b"Types" not in endpoint.sent[1][1]


def test_a_camera() -> None:
    found, _ = survey(matching(CAMERA))
    assert found == [
        ServiceAdvertised(
            at=NOW, source="wsd", interface="lan0", protocol="wsd", mac="", address=HOST,
            kind="NetworkVideoTransmitter Device", name=ENDPOINT,
            location=f"http://{HOST}/onvif/device_service",
        ),
        DescriptionSeen(
            at=NOW, source="wsd", interface="lan0", address=HOST, protocol="wsd",
            model="DS-2CD2043G2-I", name="HIKVISION DS-2CD2043G2-I",
            uuid=ENDPOINT.removeprefix("urn:uuid:"),
            device_type="NetworkVideoTransmitter Device",
        ),
    ]  # fmt: skip


def test_a_computer_has_nothing_but_its_endpoint() -> None:
    _, description = survey(matching(COMPUTER))[0]
    assert isinstance(description, DescriptionSeen)
    assert (description.model, description.uuid) == ("", ENDPOINT.removeprefix("urn:uuid:"))


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(matching(CAMERA, relates_to="urn:uuid:other"), id="another's question"),
        pytest.param(matching(CAMERA, source="10.99.0.1"), id="out of scope"),
        pytest.param(matching(), id="no endpoint"),
        pytest.param(lambda data, _: [Datagram(data, HOST, 3702)], id="our own probe"),
        pytest.param(lambda *_: [Datagram(b"<a>" * 5000, HOST, 3702)], id="deep"),
        pytest.param(
            lambda *_: [Datagram(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', HOST, 3702)],
            id="an entity",
        ),
        pytest.param(lambda *_: [Datagram(b"\xff\x00" * 99, HOST, 3702)], id="garbage"),
    ],
)
def test_answers_that_do_not_count(answer: Answer) -> None:
    assert survey(answer)[0] == []


def test_a_link_is_asked_once_an_hour() -> None:
    asked = Until()
    assert survey(matching(CAMERA), wsd_asked=asked)[0]
    with pytest.raises(NoData, match="within the last hour"):
        survey(matching(CAMERA), wsd_asked=asked)
    assert survey(matching(CAMERA), wsd_asked=asked, clock=lambda: NOW + 3601.0)[0]
