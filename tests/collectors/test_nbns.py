"""NetBIOS names: who is asked, what is asked, which answers count."""

import asyncio
from typing import Any, Literal

import pytest

from collectors.contract import CollectorError, NoData, Target
from collectors.datagrams import Datagram, Endpoint
from collectors.memory import Until
from collectors.nbns import ask
from collectors.observation import AnyObservation, NameSeen
from collectors.wire.nbns import NodeName, NodeStatus, NodeStatusRequest, encode, parse
from tests.collectors.contexts import NOW, context, gathered
from tests.collectors.endpoints import Answer, PlayedEndpoint
from tests.collectors.virtual_time import now, run

ACTIVE, GROUP, CONFLICT = 0x0400, 0x8000, 0x0800
PC = Target("d-1", ("10.66.0.9",), kind="workstation")
STATUS = (
    NodeName(b"PC-KETOAN-03", 0x00, ACTIVE),
    NodeName(b"STC", 0x00, ACTIVE | GROUP),
    NodeName(b"PC-KETOAN-03", 0x20, ACTIVE),
    NodeName(b"NGUYEN.THI.LAN", 0x03, ACTIVE),
    NodeName(b"IS~PC-KETOAN-03", 0x00, ACTIVE),
    NodeName(b"OLDNAME", 0x20, ACTIVE | CONFLICT),
    NodeName(b"FILES", 0x20, ACTIVE),
)


class Net:
    """Opens one played endpoint."""

    def __init__(self, answer: Answer, error: OSError | None = None) -> None:
        self.endpoint: PlayedEndpoint | None = None
        self._answer = answer
        self._error = error

    def __call__(self, version: Literal[4, 6], link: int = 0) -> Endpoint:
        assert (version, link) == (4, 0)
        self.endpoint = PlayedEndpoint(self._answer, self._error)
        return self.endpoint


def answering(names: tuple[NodeName, ...], source: str = "", port: int = 137) -> Answer:
    def answer(data: bytes, address: str) -> list[Datagram]:
        request = parse(data)
        assert isinstance(request, NodeStatusRequest)
        status = NodeStatus(request.transaction_id, names, b"\x02\0\0\0\0\x09")
        return [Datagram(encode(status), source or address, port)]

    return answer


def silence(data: bytes, address: str) -> list[Datagram]:
    return []


def survey(net: Net, *targets: Target, **options: Any) -> list[AnyObservation]:
    return run(gathered(ask(context(*targets, **options), net, lambda limit: 0x1234)))


def test_unique_computer_and_server_names_count_once() -> None:
    net = Net(answering(STATUS))
    found = survey(net, PC)
    assert found == [
        NameSeen(at=NOW, source="nbns", name="PC-KETOAN-03", address="10.66.0.9"),
        NameSeen(at=NOW, source="nbns", name="FILES", address="10.66.0.9"),
    ]
    assert net.endpoint is not None
    assert net.endpoint.closed


def test_the_question_is_the_fifty_octets_to_port_137() -> None:
    net = Net(answering(STATUS))
    survey(net, PC)
    assert net.endpoint is not None
    ((_, data, address, port, _),) = net.endpoint.sent
    assert data == bytes.fromhex(
        "1234 0000 0001 0000 0000 0000 20"
    ) + b"CK" + b"A" * 30 + bytes.fromhex("00 0021 0001")
    assert (len(data), address, port) == (50, "10.66.0.9", 137)


def test_one_retry_for_the_silent_and_no_more() -> None:
    async def main() -> tuple[list[float], float]:
        net = Net(silence)
        assert await gathered(ask(context(PC), net, lambda limit: 1)) == []
        assert net.endpoint is not None
        return [at for at, *_ in net.endpoint.sent], now()

    sent, took_s = run(main())
    assert sent == [0.0, 1.0]
    assert took_s == pytest.approx(2.0)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(answering(STATUS, source="10.66.0.66"), id="from somebody else"),
        pytest.param(answering(STATUS, port=1024), id="from another port"),
        pytest.param(lambda data, address: [Datagram(b"\0" * 9, address, 137)], id="too short"),
        pytest.param(lambda data, address: [Datagram(data, address, 137)], id="our own question"),
        pytest.param(
            lambda data, address: [Datagram(encode(NodeStatus(0x4321, STATUS)), address, 137)],
            id="another transaction",
        ),
        pytest.param(answering(()), id="no names"),
        pytest.param(answering((NodeName(b"", 0x00, ACTIVE),)), id="an empty name"),
    ],
)
def test_what_is_no_answer_gives_no_name(answer: Answer) -> None:
    assert survey(Net(answer), PC) == []


def test_a_flood_of_rubbish_does_not_hold_the_survey_up() -> None:
    async def main() -> float:
        endpoint: list[PlayedEndpoint] = []

        def opener(version: Literal[4, 6], link: int = 0) -> Endpoint:
            endpoint.append(PlayedEndpoint(silence))
            return endpoint[0]

        async def flood() -> None:
            while not endpoint or not endpoint[0].closed:
                await asyncio.sleep(0.01)
                if endpoint:
                    endpoint[0]._arrive(Datagram(b"rubbish", "10.66.0.9", 137))

        flooding = asyncio.create_task(flood())
        assert await gathered(ask(context(PC), opener, lambda limit: 1)) == []
        took_s = now()
        await flooding
        return took_s

    assert run(main()) == pytest.approx(2.0, abs=0.05)


def test_hostile_names_are_cleaned() -> None:
    net = Net(answering((NodeName(b"\x1b[31m<b>\xff\xfe", 0x00, ACTIVE),)))
    (seen,) = survey(net, PC)
    assert isinstance(seen, NameSeen)
    assert seen.name == "[31m<b>\ufffd\ufffd"


def test_only_suitable_devices_in_scope_are_asked() -> None:
    quarantine = Until()
    quarantine.put("d-6", NOW + 1)
    net = Net(silence)
    survey(
        net,
        PC,
        Target("d-2", ("10.66.0.10",), kind="printer"),
        Target("d-3", ("10.99.0.1",), kind="workstation"),
        Target("d-4", ("2001:db8:66::9",), kind="workstation"),
        Target("d-5", ("10.66.0.66",), kind="workstation"),
        Target("d-6", ("10.66.0.11",), kind="workstation"),
        Target("d-7", ("10.66.0.12", "10.66.0.13"), kind="unknown"),
        quarantine=quarantine,
    )
    assert net.endpoint is not None
    assert {address for _, _, address, *_ in net.endpoint.sent} == {
        "10.66.0.9", "10.66.0.12", "10.66.0.13",
    }  # fmt: skip


def test_at_most_sixty_questions_per_second() -> None:
    async def main() -> list[float]:
        net = Net(silence)
        targets = [Target(f"d-{number}", (f"10.66.0.{number}",)) for number in range(1, 200)]
        await gathered(ask(context(*targets), net, lambda limit: 1))
        assert net.endpoint is not None
        return [at for at, *_ in net.endpoint.sent]

    sent = run(main())
    for start in range(int(sent[-1])):
        assert sum(1 for at in sent if start <= at < start + 1) <= 60 + 6


def test_nobody_to_ask_is_said() -> None:
    with pytest.raises(NoData, match="NetBIOS"):
        survey(Net(silence), Target("d-2", ("10.66.0.10",), kind="printer"))


def test_a_network_that_takes_nothing_is_an_error() -> None:
    net = Net(silence, OSError(101, "Network is unreachable"))
    with pytest.raises(CollectorError, match="Network is unreachable"):
        survey(net, PC)
    assert net.endpoint is not None
    assert net.endpoint.closed


def test_no_socket_is_an_error() -> None:
    def refuse(version: Literal[4, 6], link: int = 0) -> Endpoint:
        raise OSError(24, "Too many open files")

    with pytest.raises(CollectorError, match="Too many open files"):
        run(gathered(ask(context(PC), refuse, lambda limit: 1)))
