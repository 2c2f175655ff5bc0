"""SNMPv3 engines: who is asked, whose answer counts."""

from contextlib import aclosing
from typing import Any, Literal

import pytest

from collectors.contract import CollectorError, NoData, Target
from collectors.datagrams import Datagram, Endpoint
from collectors.memory import Until
from collectors.observation import EngineSeen
from collectors.snmp_engine import ask
from collectors.wire import snmpv3
from tests.collectors.contexts import NOW, context, gathered
from tests.collectors.endpoints import Answer, PlayedEndpoint
from tests.collectors.virtual_time import run

ENGINE_ID = bytes.fromhex("8000000903001b54000703")
SWITCH = Target("d-1", ("10.66.0.3",), kind="switch")


def report(source: str = "10.66.0.3", port: int = 161, shift: int = 0, times: int = 1) -> Answer:
    def answer(data: bytes, address: str) -> list[Datagram]:
        message_id = snmpv3.parse_discovery(data) + shift
        wire = snmpv3.encode_report(snmpv3.Engine(message_id, ENGINE_ID, 3, 99))
        return [Datagram(wire, source, port)] * times

    return answer


def silence(data: bytes, address: str) -> list[Datagram]:
    return []


def survey(
    answer: Answer, *targets: Target, error: OSError | None = None, **options: Any
) -> tuple[list[EngineSeen], list[PlayedEndpoint]]:
    opened: list[PlayedEndpoint] = []

    def opener(version: Literal[4, 6], link: int = 0) -> Endpoint:
        opened.append(PlayedEndpoint(answer, error))
        return opened[-1]

    async def main() -> list[EngineSeen]:
        made = context(*targets, **options)
        async with aclosing(ask(made, opener, lambda limit: 4)) as observations:
            return await gathered(observations)  # type: ignore[return-value]

    found = run(main())
    assert all(endpoint.closed for endpoint in opened)
    return found, opened


def test_an_engine_names_itself() -> None:
    found, (endpoint,) = survey(report(times=2), SWITCH)
    assert found == [
        EngineSeen(
            at=NOW,
            source="snmp_engine",
            address="10.66.0.3",
            engine_id=ENGINE_ID.hex(),
            enterprise=9,
        )
    ]
    ((_, data, address, port, _),) = endpoint.sent
    assert (data, address, port) == (snmpv3.build_discovery(5), "10.66.0.3", 161)


def test_silence_is_asked_twice_and_tomorrow_again() -> None:
    asked = Until()
    found, (endpoint,) = survey(silence, SWITCH, snmp_engine_asked=asked)
    assert found == []
    assert len(endpoint.sent) == 2
    with pytest.raises(NoData):
        survey(silence, SWITCH, snmp_engine_asked=asked)
    assert survey(report(), SWITCH, snmp_engine_asked=asked, clock=lambda: NOW + 72001.0)[0]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(report(source="10.66.0.8"), id="another address"),
        pytest.param(report(port=1161), id="another port"),
        pytest.param(report(shift=1), id="another question"),
        pytest.param(lambda data, _: [Datagram(data, "10.66.0.3", 161)], id="our own echo"),
        pytest.param(lambda *_: [Datagram(b"\x30\xff" * 700, "10.66.0.3", 161)], id="garbage"),
        pytest.param(lambda *_: [Datagram(b"", "10.66.0.3", 161)], id="empty"),
    ],
)
def test_answers_that_do_not_count(answer: Answer) -> None:
    assert survey(answer, SWITCH)[0] == []


def test_families_and_scope() -> None:
    targets = (
        Target("d-4", ("10.66.0.4", "2001:db8:66::4")),
        Target("d-6", ("fe80::6%lan0",), interface="lan0"),
        Target("d-x", ("10.99.0.1",)),
        Target("d-e", ("10.66.0.66",)),
    )
    _, opened = survey(silence, *targets)
    sent = {(address, link) for endpoint in opened for _, _, address, _, link in endpoint.sent}
    assert sent == {("10.66.0.4", 0), ("fe80::6", 7)}


def test_quarantine_is_kept() -> None:
    quarantine = Until()
    quarantine.put("d-1", NOW + 60)
    with pytest.raises(NoData):
        survey(silence, SWITCH, quarantine=quarantine)


def test_nothing_can_be_sent() -> None:
    asked = Until()
    with pytest.raises(CollectorError, match="Network is unreachable"):
        survey(
            silence,
            SWITCH,
            error=OSError(101, "Network is unreachable"),
            snmp_engine_asked=asked,
        )
    assert len(asked) == 0
