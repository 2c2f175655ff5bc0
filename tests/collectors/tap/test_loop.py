"""The whole loop on a made-up machine: commands, pace, sharing, lost links, errors."""

import errno
from collections import Counter
from collections.abc import Callable, Iterable
from ipaddress import IPv4Interface

import msgspec
import pytest

from collectors.observation import AddressSeen, AnyObservation, TargetAsked, Unanswered
from collectors.tap.bucket import TokenBucket
from collectors.tap.fence import Fence
from collectors.tap.loop import MAX_JOBS, Loop
from collectors.tap.messages import (
    ArpSweep,
    Cancel,
    Candidate,
    Command,
    Counters,
    EchoSweep,
    Event,
    Finished,
    LinkQuery,
    Observed,
    Planned,
    Progress,
    Sender,
    Solicit,
    Watch,
)
from collectors.tap.protocol import EventReader, Outbox
from collectors.wire import arp, frame, icmpv4, ipv4, nd
from collectors.wire.address import ip_bytes, ipv4_text, mac_bytes
from tests.collectors.tap.fakes import BARE_LINK, LINK, MAC, FakeClock, FakeNetwork, FakeSelector

SENDER = Sender(interface="eth0", mac=MAC)
BARE = Sender(interface="eth1", mac=BARE_LINK.mac)
TOKEN = b"0123456789abcdef"
A, B = mac_bytes("02:00:00:00:00:0a"), mac_bytes("02:00:00:00:00:0b")


def arp_answers(*hosts: int, macs: tuple[bytes, ...] = (A,)) -> Callable[[bytes], Iterable[bytes]]:
    alive = {ip_bytes(f"10.66.7.{host}") for host in hosts}

    def answer(sent: bytes) -> list[bytes]:
        packet = frame.decode(sent).payload
        if not isinstance(packet, arp.Arp) or packet.target_ip not in alive:
            return []
        return [
            arp.build_reply(mac, packet.target_ip, packet.sender_mac, packet.sender_ip)
            for mac in macs
        ]

    return answer


class Machine:
    """A loop, its machine and its agent."""

    def __init__(
        self,
        answers: Callable[[bytes], Iterable[bytes]] = lambda sent: (),
        *,
        pace: float = 1000,
        networks: tuple[str, ...] = ("10.66.7.0/24", "10.77.0.0/24"),
        dry_run: bool = False,
    ) -> None:
        self.clock = FakeClock()
        self.network = FakeNetwork(answers=answers)
        self.selector = FakeSelector(self.clock, self.network)
        self.outbox = Outbox()
        self.events: list[Event] = []
        fence = Fence(networks, (), (), self.network.own_links)
        bucket = TokenBucket(pace, self.clock.monotonic)
        self.loop = Loop(
            self.network, self.selector, self.clock, fence, bucket, TOKEN, self.outbox, dry_run
        )

    def run(self, *commands: Command, limit: int = 100_000) -> dict[int, Finished]:
        """Carry out commands until all have ended."""
        for command in commands:
            self.loop.handle(command)
        wanted = {command.id for command in commands}
        while not wanted <= self.finished().keys():
            self.turn()
            limit -= 1
            assert limit, "the commands do not end"
        return self.finished()

    def turn(self, times: int = 1) -> None:
        for _ in range(times):
            self.loop.turn(1.0)
        self.collect()

    def collect(self) -> None:
        data: list[bytes] = []

        def take(sent: bytes) -> int:
            data.append(sent)
            return len(sent)

        self.outbox.write(take)
        self.events += EventReader().feed(b"".join(data))

    def finished(self) -> dict[int, Finished]:
        self.collect()
        return {event.id: event for event in self.events if isinstance(event, Finished)}

    def observations(self) -> list[AnyObservation]:
        self.collect()
        return [
            one
            for event in self.events
            if isinstance(event, Observed)
            for one in event.observations
        ]

    def counters(self) -> Counters:
        self.collect()
        return [event for event in self.events if isinstance(event, Counters)][-1]

    def sent(self) -> list[bytes]:
        return [sent for port in self.network.ports for sent in port.sent]


def sweep(number: int = 1, network: str = "10.66.7.0/24", **options: object) -> ArpSweep:
    return ArpSweep(id=number, sender=SENDER, networks=(network,), **options)  # type: ignore[arg-type]


def targets(frames: Iterable[bytes]) -> list[str]:
    return [ipv4_text(sent[38:42]) for sent in frames if sent[12:14] == b"\x08\x06"]


def test_a_sweep_from_command_to_finish() -> None:
    machine = Machine(arp_answers(9, 77))
    finished = machine.run(sweep(known=("10.66.7.10",)))[1]
    assert finished.error == ""
    assert finished.received == 2
    assert finished.sent == len(machine.sent()) == 253 + 251 + 1
    assert {(type(one), getattr(one, "address", "")) for one in machine.observations()} == {
        (AddressSeen, "10.66.7.9"),
        (AddressSeen, "10.66.7.77"),
        (Unanswered, "10.66.7.10"),
    }
    counters = machine.counters()
    assert counters.sent == {"arp": 505}
    assert counters.received == 2
    assert counters.malformed == {}


def test_the_finish_comes_after_what_was_heard() -> None:
    machine = Machine(arp_answers(9))
    machine.run(sweep())
    kinds = [type(event) for event in machine.events]
    assert kinds.index(Observed) < kinds.index(Finished)
    assert Observed not in kinds[kinds.index(Finished) :]


@pytest.mark.parametrize("pace", [100, 1000, 5000, 100_000, 0])
def test_paced_time_is_what_the_pace_allows(pace: int) -> None:
    machine = Machine(pace=pace)
    finished = machine.run(sweep(known=("10.66.7.10",)))[1]
    allowed = (finished.sent / pace if pace else 0) + 2 * 0.3
    assert finished.duration_s <= allowed * 1.1
    assert finished.duration_s >= (finished.sent / pace if pace else 0) - 0.01


def test_all_commands_share_one_bucket() -> None:
    machine = Machine(pace=1000)
    finished = machine.run(sweep(1), sweep(2, "10.66.7.0/25"), sweep(3, "10.66.7.128/25"))
    total = sum(one.sent for one in finished.values())
    assert total / 1000 <= max(one.duration_s for one in finished.values()) + 0.01
    first = Counter(targets(machine.sent())[:90])
    assert len(first) >= 60  # all three got their turns


def test_a_command_may_be_slower_than_the_bucket() -> None:
    machine = Machine(pace=1000)
    candidates = tuple(Candidate(f"10.66.7.{host}") for host in range(10, 50))
    command = Solicit(
        id=1, sender=SENDER, candidates=candidates, tries=1, pace_per_second=20, wait_s=0.1
    )
    duration = machine.run(command)[1].duration_s
    assert 39 / 20 <= duration <= 40 / 20 + 0.2


def test_frames_heard_again_are_counted_and_told_as_ever() -> None:
    machine = Machine()
    machine.loop.handle(Watch(id=1, interfaces=("eth0",)))
    inbox = machine.network.ports[0].inbox
    stranger = arp.build_announcement(A, ip_bytes("203.0.113.9"))
    told = []
    for _ in range(5):
        inbox += [arp.build_request(A, ip_bytes("10.66.7.9"), ip_bytes("10.66.7.1")), stranger] * 3
        machine.turn()
        told.append(machine.clock.time())
        machine.clock.now += 0.5
    machine.turn()
    seen = [one for one in machine.observations() if isinstance(one, AddressSeen)]
    assert [one.at for one in seen] == told[::2]
    assert {one.address for one in machine.observations() if isinstance(one, AddressSeen)} == {
        "10.66.7.9"
    }
    assert machine.loop.counters().malformed == {"off_link": 15}
    assert machine.loop.counters().received == 30


def test_questions_are_told_at_once_and_then_once_a_minute() -> None:
    machine = Machine()
    machine.loop.handle(Watch(id=1, interfaces=("eth0",)))
    inbox = machine.network.ports[0].inbox
    asks = arp.build_request(A, ip_bytes("10.66.7.9"), ip_bytes("10.66.7.1"))
    another = arp.build_request(A, ip_bytes("10.66.7.9"), ip_bytes("10.66.7.5"))
    solicits = nd.build_neighbour_solicitation(A, ip_bytes("fe80::a"), ip_bytes("fe80::1"))
    inbox += [asks, asks, another, solicits, solicits, solicits]
    machine.turn()
    assert asked(machine) == [("10.66.7.1", 1), ("10.66.7.5", 1), ("fe80::1", 1)]
    start = machine.clock.now
    while machine.clock.now < start + 59.0:
        inbox.append(asks)
        machine.turn()
        machine.clock.now += 10.0
    machine.clock.now = start + 61.0
    machine.turn()
    assert asked(machine)[3:] == [("10.66.7.1", 7), ("fe80::1", 2)]
    machine.clock.now += 61.0
    machine.turn()
    inbox.append(another)  # it asked no more in between: it is news again
    machine.turn()
    assert asked(machine)[5:] == [("10.66.7.5", 1)]


def asked(machine: Machine) -> list[tuple[str, int]]:
    return [
        (one.target, one.count) for one in machine.observations() if isinstance(one, TargetAsked)
    ]


def test_probes_announcements_replies_and_own_frames_ask_for_nobody() -> None:
    machine = Machine()
    machine.loop.handle(Watch(id=1, interfaces=("eth0",)))
    ours, nine, free = mac_bytes(MAC), ip_bytes("10.66.7.9"), ip_bytes("10.66.7.8")
    machine.network.ports[0].inbox += [
        arp.build_probe(A, nine),
        arp.build_announcement(A, nine),
        arp.build_reply(A, nine, ours, ip_bytes("10.66.7.2")),
        arp.build_request(ours, ip_bytes("10.66.7.2"), nine),
        arp.build_request(A, nine, ip_bytes("10.66.7.2")),  # the agent itself
        arp.build_request(A, nine, ip_bytes("203.0.113.1")),  # nobody's here
        arp.build_request(A, ip_bytes("203.0.113.1"), free),  # from nobody here
        nd.build_neighbour_solicitation(A, bytes(16), ip_bytes("fe80::a")),  # is it free?
        nd.build_neighbour_solicitation(A, ip_bytes("fe80::a"), ip_bytes("fe80::2"), ours),
    ]
    machine.turn()
    assert asked(machine) == []


def test_a_sweep_of_somebody_elses_is_told_within_bounds() -> None:
    machine = Machine()
    machine.loop.handle(Watch(id=1, interfaces=("eth0",)))
    inbox = machine.network.ports[0].inbox
    inbox += [
        arp.build_request(mac, ip_bytes("10.66.7.9"), ip_bytes(f"10.66.7.{host}"))
        for mac in (A, B)
        for host in range(10, 137)
    ]
    machine.turn()
    machine.clock.now += 1.1
    machine.turn()
    assert len(asked(machine)) == 250
    assert machine.loop.counters().malformed == {"too_many_asks": 4}


def test_a_known_frame_is_judged_anew_when_a_command_names_its_network() -> None:
    machine = Machine()
    machine.loop.handle(Watch(id=1, interfaces=("eth0",)))
    inbox = machine.network.ports[0].inbox
    there = arp.build_announcement(A, ip_bytes("10.77.0.9"))
    inbox.append(there)
    machine.turn()
    assert machine.observations() == []
    machine.loop.handle(sweep(2, "10.77.0.0/24"))
    inbox.append(there)
    machine.turn()
    assert [one.address for one in machine.observations() if isinstance(one, AddressSeen)] == [
        "10.77.0.9"
    ]


def test_repeated_answers_are_told_once_a_second() -> None:
    machine = Machine(arp_answers(9))
    machine.run(*(sweep(number, "10.66.7.9/32") for number in range(1, 6)))
    assert len(machine.observations()) == 1
    assert machine.counters().received == 5


def test_an_address_with_two_owners_is_told_twice() -> None:
    machine = Machine(arp_answers(9, macs=(A, B)))
    machine.run(sweep(network="10.66.7.8/30"))
    told = [one.mac for one in machine.observations() if isinstance(one, AddressSeen)]
    assert Counter(told) == {"02:00:00:00:00:0a": 2, "02:00:00:00:00:0b": 2}


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (sweep(network="10.1.0.0/24"), "outside the networks"),
        (LinkQuery(id=1, sender=Sender(interface="eth9", mac=MAC)), "no interface eth9"),
        (ArpSweep(id=1, sender=BARE, networks=()), ""),
        (LinkQuery(id=1, sender=BARE), "holds none"),
        (EchoSweep(id=1, networks=("10.99.0.0/24",)), "outside the networks"),
    ],
)
def test_what_ends_at_once(command: Command, error: str) -> None:
    machine = Machine()
    assert error in machine.run(command)[1].error
    assert machine.sent() == []


def test_one_number_runs_once() -> None:
    machine = Machine()
    machine.loop.handle(sweep(1))
    machine.loop.handle(sweep(1))
    assert "running already" in machine.finished()[1].error


def test_there_is_a_limit_to_commands() -> None:
    machine = Machine()
    for number in range(MAX_JOBS + 1):
        machine.loop.handle(sweep(number))
    assert list(machine.finished()) == [MAX_JOBS]
    assert f"{MAX_JOBS} commands" in machine.finished()[MAX_JOBS].error


def test_a_cancelled_command_ends_and_sends_no_more() -> None:
    machine = Machine()
    machine.loop.handle(sweep(1))
    machine.turn(20)
    machine.loop.handle(Cancel(id=1))
    assert machine.finished()[1].error == "cancelled"
    before = len(machine.sent())
    assert 0 < before < 253
    machine.turn(20)
    assert len(machine.sent()) == before
    assert machine.network.ports[0].closed


def test_cancelling_what_is_not_there_is_harmless() -> None:
    machine = Machine()
    machine.loop.handle(Cancel(id=5))
    machine.turn()
    assert machine.finished() == {}


def test_a_full_send_buffer_only_delays() -> None:
    machine = Machine()
    machine.loop.handle(sweep(1, "10.66.7.8/30"))
    port = machine.network.ports[0]
    port.full = True
    machine.turn(50)
    assert port.sent == []
    assert not machine.finished()
    port.full = False
    while not machine.finished():
        machine.turn()
    assert machine.finished()[1].sent == 8
    assert sorted(targets(port.sent)) == sorted([f"10.66.7.{host}" for host in (8, 9, 10, 11)] * 2)


def test_a_kernel_that_refuses_everything_is_an_error() -> None:
    machine = Machine()
    machine.loop.handle(sweep(1, "10.66.7.8/30"))
    machine.network.ports[0].refusal = OSError(errno.EPERM, "Operation not permitted")
    while not machine.finished():
        machine.turn()
    assert machine.finished()[1].error == "nothing could be sent: Operation not permitted"


def test_a_broken_sweep_ends_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(arp_answers(9))
    machine.loop.handle(sweep(1, "10.66.7.8/30"))
    machine.loop.handle(sweep(2, "10.66.7.8/30"))
    broken = machine.loop._jobs[0].sweep
    monkeypatch.setattr(broken, "_second_pass", lambda asked_at: 1 / 0)
    finished = machine.run(sweep(3, "10.66.7.8/30"))
    machine.run(sweep(4, "10.66.7.8/30"))
    assert "division" in finished[1].error
    assert machine.finished()[2].error == machine.finished()[4].error == ""


def test_watching_without_asking() -> None:
    machine = Machine()
    machine.run(Watch(id=1, interfaces=("eth0", "eth1")))
    assert machine.counters().watching == ("eth0", "eth1")
    machine.network.ports[0].inbox.append(arp.build_announcement(A, ip_bytes("10.66.7.9")))
    machine.network.ports[0].inbox.append(b"\xff" * 10)
    machine.turn(2)
    assert [getattr(one, "address", "") for one in machine.observations()] == ["10.66.7.9"]
    machine.clock.now += 10
    machine.turn(2)
    assert machine.counters().malformed == {"truncated": 1}
    machine.run(Watch(id=2, interfaces=("eth1",)))
    assert machine.counters().watching == ("eth1",)
    assert [port.closed for port in machine.network.ports] == [True, False]


def test_a_link_that_goes_and_comes_back() -> None:
    machine = Machine(arp_answers(9))
    machine.run(Watch(id=1, interfaces=("eth0",)))
    machine.loop.handle(sweep(2))
    machine.turn(5)
    machine.network.ports[0].lost = True
    machine.turn(1)
    machine.network.links = (BARE_LINK,)
    while 2 not in machine.finished():
        machine.turn()
    assert "eth0" in machine.finished()[2].error
    machine.turn(10)
    assert machine.counters().lost_links == ("eth0",)
    assert machine.counters().watching == ()
    assert "no interface eth0" in machine.run(sweep(3, "10.66.7.8/30"))[3].error
    machine.network.links = (msgspec.structs.replace(LINK, index=7), BARE_LINK)
    machine.turn(10)
    assert machine.counters().lost_links == ()
    assert machine.counters().watching == ("eth0",)
    assert machine.run(sweep(4, "10.66.7.8/30"))[4].received == 1


def test_a_pulled_cable_is_a_lost_link() -> None:
    machine = Machine()
    machine.run(Watch(id=1, interfaces=("eth0",)))
    machine.network.links = (msgspec.structs.replace(LINK, running=False),)
    machine.turn(3)
    assert machine.network.ports[0].closed
    assert machine.counters().lost_links == ("eth0",)


def test_another_interface_of_the_same_name_is_opened_anew() -> None:
    machine = Machine()
    machine.run(Watch(id=1, interfaces=("eth0",)))
    machine.network.links = (msgspec.structs.replace(LINK, index=9),)
    machine.turn(8)
    assert [port.closed for port in machine.network.ports] == [True, False]
    assert machine.counters().watching == ("eth0",)


def test_new_addresses_of_the_own_link_are_taken_over() -> None:
    machine = Machine()
    machine.run(Watch(id=1, interfaces=("eth1",)))
    announcement = arp.build_announcement(A, ip_bytes("10.88.0.9"))
    machine.network.ports[0].inbox.append(announcement)
    machine.turn()
    grown = msgspec.structs.replace(BARE_LINK, addresses=(IPv4Interface("10.88.0.2/24"),))
    machine.network.links = (LINK, grown)
    machine.turn(3)
    machine.network.ports[0].inbox.append(announcement)
    machine.turn(2)
    assert [getattr(one, "address", "") for one in machine.observations()] == ["10.88.0.9"]


def test_frames_that_the_kernel_dropped_are_counted() -> None:
    machine = Machine()
    machine.run(Watch(id=1, interfaces=("eth0",)))
    machine.network.ports[0].drops = 7
    machine.turn(8)
    assert machine.counters().dropped == 7


def test_a_flood_does_not_stop_the_sending() -> None:
    machine = Machine()
    machine.run(Watch(id=1, interfaces=("eth0",)))
    flood = arp.build_announcement(A, ip_bytes("10.66.7.9"))
    machine.loop.handle(sweep(2, "10.66.7.8/30"))
    port = machine.network.ports[0]
    for _ in range(2000):
        port.inbox.extend([flood] * 300)
        machine.clock.now += 0.001
        machine.turn()
        if 2 in machine.finished():
            break
    assert machine.finished()[2].error == ""


def test_progress_is_told_now_and_then() -> None:
    machine = Machine(pace=100)
    machine.run(sweep())
    progress = [event for event in machine.events if isinstance(event, Progress)]
    assert len(progress) >= 5
    assert all(0 <= one.done <= one.total for one in progress)
    assert progress[-1].total == 506


def echo_answer(sent: bytes) -> list[bytes]:
    if sent[0] >> 4 != 4:
        return []
    message = icmpv4.parse(sent[20:])
    assert isinstance(message, icmpv4.EchoRequest)
    if sent[19] != 9:
        return []
    reply = icmpv4.EchoReply(message.identifier, message.sequence, message.data)
    return [
        ipv4.build(sent[16:20], ip_bytes("10.66.7.2"), ipv4.ICMP, icmpv4.encode(reply)),
        b"nonsense",
    ]


def test_a_routed_network_is_asked_through_the_kernel() -> None:
    machine = Machine(echo_answer)
    finished = machine.run(EchoSweep(id=1, networks=("10.77.0.0/28",)))[1]
    assert (finished.error, finished.received, finished.sent) == ("", 1, 14 + 13)
    assert [getattr(one, "address", "") for one in machine.observations()] == ["10.77.0.9"]
    assert machine.network.echo_ports[0].closed
    assert machine.counters().sent == {"icmp": 27}


def test_a_dry_run_tells_and_opens_nothing() -> None:
    machine = Machine(dry_run=True)
    machine.run(
        Watch(id=1, interfaces=("eth0",)),
        sweep(2),
        LinkQuery(id=3, sender=SENDER),
        Solicit(id=4, sender=SENDER, candidates=(Candidate("10.66.7.9"), Candidate("fe80::9"))),
        EchoSweep(id=5, networks=("10.77.0.0/24",)),
        sweep(6, "10.1.0.0/24"),
    )
    lines = {event.id: event.lines for event in machine.events if isinstance(event, Planned)}
    assert lines.keys() == {2, 3, 4, 5}
    assert "10.66.7.0 - 10.66.7.255 (256 addresses)" in lines[2][0]
    assert any("MLDv2" in line for line in lines[3])
    assert len(lines[4]) == 2
    assert "outside" in machine.finished()[6].error
    assert machine.network.ports == []
    assert machine.network.echo_ports == []


def test_stopping_closes_every_port() -> None:
    machine = Machine()
    machine.run(Watch(id=1, interfaces=("eth0", "eth1")))
    machine.loop.handle(EchoSweep(id=2, networks=("10.77.0.0/24",)))
    machine.loop.stop()
    assert all(port.closed for port in (*machine.network.ports, *machine.network.echo_ports))
    assert machine.selector.registered == {}


def test_an_idle_tap_sleeps() -> None:
    machine = Machine()
    machine.run(Watch(id=1, interfaces=("eth0",)))
    machine.selector.waits.clear()
    machine.turn(20)
    assert min(machine.selector.waits) > 0.001
    assert sum(machine.selector.waits) >= 15
