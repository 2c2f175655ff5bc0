"""Rounds of presence: whom they ask, and what decides on a suspect."""

import asyncio
from collections.abc import Sequence

import pytest

from agent.presence import Presence, cross, first_hand
from collectors.contract import CollectorError, Target
from collectors.observation import AddressSeen, AnyObservation, How
from collectors.scope import Link, Scope
from collectors.tap.messages import Candidate, Command, EchoProbe, Finished, Solicit
from inventory.duplicates import Crossing

LINK = Link("eth0", 2, "b8:27:eb:66:07:02", ("10.66.7.2/24",), ("fe80::2/64",))
SCOPE = Scope(networks=("10.66.7.0/24",), exclude=("10.66.7.9/32",), links=(LINK,))
MAC = "3c:52:82:00:07:14"
PRINTER = Target("d-printer", ("10.66.7.20", "fe80::20%eth0"), MAC, "eth0", "printer")


class FakeTap:
    """Takes commands; `answers` is what is heard after the first echo probe."""

    def __init__(self, answers: Sequence[AnyObservation] = (), lost: bool = False) -> None:
        self.commands: list[Command] = []
        self._answers = answers
        self._lost = lost

    def next_id(self) -> int:
        return len(self.commands) + 1

    async def run(self, command: Command) -> Finished:
        if self._lost:
            raise CollectorError("the tap is gone")
        self.commands.append(command)
        return Finished(id=command.id)

    def heard_since(self, at: float) -> Sequence[AnyObservation]:
        return self._answers


class FakeInventory:
    def __init__(
        self,
        presence: tuple[Target, ...] = (),
        suspects: tuple[Target, ...] = (),
        contested: tuple[Target, ...] = (),
    ) -> None:
        self._presence, self._suspects, self._contested = presence, suspects, contested
        self.confirmed: list[tuple[str, str, bool]] = []
        self.crossed: tuple[Crossing, ...] = ()
        self.united: list[Crossing] = []
        self.ended: list[tuple[float, float]] = []

    def end_round(self, began_at: float, at: float) -> None:
        assert not self.confirmed, "the round is judged before suspects are"
        self.ended.append((began_at, at))

    def presence(self) -> tuple[Target, ...]:
        return self._presence

    def suspects(self) -> tuple[Target, ...]:
        return self._suspects

    def contested(self) -> tuple[Target, ...]:
        return self._contested

    def confirm(self, device: str, kind: str, answered: bool, at: float) -> None:
        self.confirmed.append((device, kind, answered))

    def crossings(self) -> tuple[Crossing, ...]:
        return self.crossed

    def unite(self, crossing: Crossing, at: float) -> None:
        self.united.append(crossing)


class Ports:
    """Known open ports, and whether they answer."""

    def __init__(self, answers: bool = False) -> None:
        self.asked: list[tuple[str, int]] = []
        self._answers = answers

    def known(self, device: str) -> list[tuple[str, int]]:
        return [("10.66.7.20", 80), ("10.66.7.20", 443)]

    async def connect(self, address: str, port: int) -> bool:
        self.asked.append((address, port))
        return self._answers


async def one_round(
    inventory: FakeInventory,
    tap: FakeTap | None,
    scope: Scope = SCOPE,
    ports: Ports | None = None,
) -> Presence:
    ports = ports or Ports()
    presence = Presence(
        inventory, lambda: tap, lambda: scope, ports.known, lambda: 5.0, ports.connect
    )
    await presence.round(15.0)
    return presence


def heard(how: How, mac: str = MAC) -> AddressSeen:
    return AddressSeen(at=5, source="tap", mac=mac, address="10.66.7.20", how=how)


async def test_everybody_is_asked_once_per_family_with_silence_reported() -> None:
    tap = FakeTap()
    presence = await one_round(FakeInventory(presence=(PRINTER,)), tap)
    assert presence.rounds == 1
    [command] = tap.commands
    assert isinstance(command, Solicit)
    assert command.report_silence
    assert command.candidates == (Candidate("10.66.7.20", MAC), Candidate("fe80::20", MAC))
    assert command.sender.ipv4 == ("10.66.7.2",)


async def test_questions_are_spread_over_the_interval() -> None:
    many = tuple(Target(f"d-{n}", (f"10.66.7.{n}",), MAC, "eth0") for n in range(10, 250) if n != 9)
    tap = FakeTap()
    await one_round(FakeInventory(presence=many * 10), tap)
    [command] = tap.commands
    assert isinstance(command, Solicit)
    assert command.pace_per_second == 640  # 2400 devices, two tries, in 7.5 s


@pytest.mark.parametrize(
    ("target", "scope"),
    [
        pytest.param(Target("d", ("10.66.8.1",), MAC, "eth0"), SCOPE, id="outside-the-scope"),
        pytest.param(Target("d", ("10.66.7.9",), MAC, "eth0"), SCOPE, id="excluded"),
        pytest.param(Target("d", ("10.66.7.1",), MAC, "eth1"), SCOPE, id="on-another-link"),
        pytest.param(PRINTER, Scope(links=(LINK,)), id="no-network-in-scope"),
    ],
)
async def test_who_is_not_asked(target: Target, scope: Scope) -> None:
    tap = FakeTap()
    await one_round(FakeInventory(presence=(target,)), tap, scope)
    assert tap.commands == []


@pytest.mark.parametrize("tap", [None, FakeTap(lost=True)], ids=["no-tap", "lost-tap"])
async def test_without_a_tap_nothing_is_said_of_anybody(tap: FakeTap | None) -> None:
    inventory = FakeInventory(presence=(PRINTER,), suspects=(PRINTER,))
    presence = await one_round(inventory, tap)
    assert inventory.confirmed == []
    assert presence.rounds == 0


@pytest.mark.parametrize(
    ("answers", "port_answers", "confirmed"),
    [
        pytest.param((heard("echo_reply"),), False, ("echo", True), id="answers-echo"),
        pytest.param((heard("arp_request"),), False, ("echo", True), id="speaks-by-itself"),
        pytest.param((heard("echo_reply", "02:00:00:00:00:01"),), False, ("echo", True),
                     id="answers-with-another-mac"),
        pytest.param((heard("neighbour_table"),), False, ("echo", False), id="hearsay"),
        pytest.param((), True, ("tcp", True), id="answers-on-a-port"),
        pytest.param((), False, ("echo", False), id="silent"),
    ],
)  # fmt: skip
async def test_a_suspect(
    answers: tuple[AnyObservation, ...],
    port_answers: bool,
    confirmed: tuple[str, bool],
) -> None:
    inventory, ports = FakeInventory(suspects=(PRINTER,)), Ports(port_answers)
    tap = FakeTap(answers)
    await one_round(inventory, tap, ports=ports)
    assert [type(command) for command in tap.commands] == [EchoProbe]
    assert inventory.confirmed == [("d-printer", *confirmed)]
    assert len(ports.asked) == 1  # both kinds of probe at once
    assert inventory.ended == [(5.0, 5.0)]


class OneLinkFails(FakeTap):
    """The tap cannot send on eth0."""

    async def run(self, command: Command) -> Finished:
        if getattr(command, "sender", LINK).interface == "eth0":
            raise CollectorError("eth0 is down")
        return await super().run(command)


OTHER_LINK = Link("eth1", 3, "b8:27:eb:66:08:02", ("10.66.8.2/24",), ())
BOTH = Scope(networks=("10.66.7.0/24", "10.66.8.0/24"), links=(LINK, OTHER_LINK))
ON_THE_OTHER = Target("d-other", ("10.66.8.20",), "3c:52:82:00:08:14", "eth1")


async def test_a_link_that_fails_keeps_no_other_from_its_round() -> None:
    inventory = FakeInventory(presence=(PRINTER, ON_THE_OTHER), suspects=(PRINTER, ON_THE_OTHER))
    tap = OneLinkFails()
    presence = await one_round(inventory, tap, BOTH)
    assert presence.rounds == 1
    assert [type(command) for command in tap.commands] == [Solicit, EchoProbe]
    assert inventory.confirmed == [("d-printer", "tcp", False), ("d-other", "echo", False)]


async def test_nothing_is_decided_when_no_second_probe_can_be_sent() -> None:
    lonely = Target("d-lonely", ("fe80::9%eth1",), "3c:52:82:00:08:15", "eth1")
    inventory = FakeInventory(suspects=(lonely,))
    presence = Presence(
        inventory, FakeTap, lambda: BOTH, lambda device: [], lambda: 5.0, Ports().connect
    )
    await presence.round(15.0)
    assert inventory.confirmed == []
    assert inventory.ended == [(5.0, 5.0)]


ROUTED = Target("d-far", ("10.66.9.5",), "", "")
FAR = Scope(networks=("10.66.7.0/24", "10.66.9.0/24"), links=(LINK,))


@pytest.mark.parametrize(
    ("open_ports", "answering", "confirmed", "asked"),
    [
        pytest.param([], (), ("tcp", False), {80, 443, 22}, id="silent"),
        pytest.param([], (443,), ("tcp", True), {80, 443, 22}, id="answers-or-refuses-on-one"),
        pytest.param([9100], (9100,), ("tcp", True), {9100, 80, 443, 22}, id="known-port"),
        pytest.param([9100], (), ("tcp", False), {9100, 80, 443, 22}, id="known-port-silent"),
        pytest.param([80], (), ("tcp", False), {80, 443, 22}, id="each-once"),
    ],
)
async def test_a_suspect_behind_a_router_is_tried_over_tcp(
    open_ports: list[int], answering: tuple[int, ...], confirmed: tuple[str, bool], asked: set[int]
) -> None:
    inventory, tap, dialled = FakeInventory(suspects=(ROUTED,)), FakeTap(), []

    async def connect(address: str, port: int) -> bool:
        dialled.append((address, port))
        return port in answering

    presence = Presence(
        inventory, lambda: tap, lambda: FAR, lambda device: [("10.66.9.5", n) for n in open_ports],
        lambda: 5.0, connect,
    )  # fmt: skip
    await presence.round(15.0)
    assert tap.commands == []
    assert inventory.confirmed == [("d-far", *confirmed)]
    assert sorted(dialled) == sorted(("10.66.9.5", port) for port in asked)


async def test_a_suspect_outside_the_scope_is_sent_nothing() -> None:
    inventory, ports = FakeInventory(suspects=(ROUTED,)), Ports()
    await one_round(inventory, FakeTap(), SCOPE, ports)
    assert [address for address, _ in ports.asked] == ["10.66.7.20"]


async def test_many_suspects_are_tried_a_few_at_a_time() -> None:
    suspects = tuple(Target(f"d-{n}", (f"10.66.9.{n}",), "", "") for n in range(1, 61))
    inventory, running, most = FakeInventory(suspects=suspects), 0, 0

    async def connect(address: str, port: int) -> bool:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return False

    presence = Presence(inventory, FakeTap, lambda: FAR, lambda device: [], lambda: 5.0, connect)
    await presence.round(15.0)
    assert len(inventory.confirmed) == 60
    assert 1 < most <= 32 * 3


async def test_a_contested_address_is_asked_of_everybody() -> None:
    contested = Target("d-tv", ("10.66.7.77",), "", "eth0")
    tap = FakeTap()
    await one_round(FakeInventory(contested=(contested,)), tap)
    [command] = tap.commands
    assert isinstance(command, Solicit)
    assert command.candidates == (Candidate("10.66.7.77"),)


def test_what_others_say_is_not_first_hand() -> None:
    assert first_hand([heard("neighbour_table"), heard("dhcp")]) == frozenset()


class CrossedTap(FakeTap):
    """For each echo probe, the MACs that answer for the address."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        super().__init__()
        self._turns = answers

    def heard_since(self, at: float) -> Sequence[AnyObservation]:
        macs = self._turns[len(self.commands) - 1]
        return [heard("echo_reply", mac) for mac in macs] + [
            heard("arp_reply", "02:00:00:00:00:09")
        ]


ONE, TWO, THIRD = "a0:36:9f:00:07:0d", "a0:36:9f:00:07:0e", "02:00:00:00:00:33"
CROSSED = Crossing("eth0", "10.66.7.20", (ONE, TWO))


@pytest.mark.parametrize(
    ("first", "second", "one_host"),
    [
        pytest.param((ONE,), (ONE,), True, id="both-from-the-first-card"),
        pytest.param((TWO,), (TWO,), True, id="both-from-the-second-card"),
        pytest.param((ONE,), (TWO,), False, id="each-from-its-own"),
        pytest.param((ONE,), (), False, id="the-second-is-silent"),
        pytest.param((), (ONE,), False, id="a-late-answer"),
        pytest.param((), (), False, id="silence"),
        pytest.param((ONE,), (ONE, TWO), False, id="two-answers"),
        pytest.param((ONE, TWO), (ONE, TWO), False, id="two-answers-twice"),
        pytest.param((THIRD,), (THIRD,), False, id="somebody-else"),
    ],
)
async def test_a_crossed_echo(
    first: tuple[str, ...], second: tuple[str, ...], one_host: bool
) -> None:
    inventory, tap, paused = FakeInventory(), CrossedTap(first, second), []
    inventory.crossed = (CROSSED,)

    async def pause(seconds: float) -> None:
        paused.append(seconds)

    await cross(tap, SCOPE, inventory, lambda: 5.0, pause)
    probes = [command for command in tap.commands if isinstance(command, EchoProbe)]
    assert [probe.candidates for probe in probes] == [
        (Candidate("10.66.7.20", ONE),),
        (Candidate("10.66.7.20", TWO),),
    ]
    assert inventory.united == ([CROSSED] if one_host else [])
    assert len(paused) == 1
    assert paused[0] > 1.0  # the tap tells the same thing once a second


@pytest.mark.parametrize(
    "crossing",
    [
        pytest.param(Crossing("eth0", "10.66.7.9", (ONE, TWO)), id="excluded"),
        pytest.param(Crossing("eth0", "10.66.8.9", (ONE, TWO)), id="outside-the-scope"),
        pytest.param(Crossing("eth1", "10.66.7.20", (ONE, TWO)), id="on-another-link"),
    ],
)
async def test_who_is_not_crossed(crossing: Crossing) -> None:
    inventory, tap = FakeInventory(), CrossedTap()
    inventory.crossed = (crossing,)
    await cross(tap, SCOPE, inventory, lambda: 5.0)
    assert tap.commands == []
