"""The echo sweep of routed networks: whole packets, honest answers."""

import pytest

from collectors.observation import EchoAnswered, Unanswered
from collectors.tap.messages import EchoSweep
from collectors.tap.sweep_echo import EchoSweeper
from collectors.wire import icmpv4, ipv4
from collectors.wire.address import ip_bytes, ipv4_text
from tests.collectors.tap.fakes import LINK, FakeClock, FakeOutlet

TOKEN = b"0123456789abcdef"


class Run:
    """A sweep and what it was answered: `alive` maps addresses to their answer's delay."""

    def __init__(
        self,
        *networks: str,
        alive: dict[str, float] | None = None,
        known: tuple[str, ...] = (),
        exclude: tuple[str, ...] = (),
    ) -> None:
        self.clock, self.outlet = FakeClock(), FakeOutlet()
        command = EchoSweep(id=3, networks=networks, exclude=exclude, known=known, wait_s=1.0)
        self.sweep = EchoSweeper(command, (LINK,), (), self.clock, self.outlet, TOKEN)
        start = self.clock.now
        self.asked: list[str] = []
        for step in self.sweep.steps():
            if isinstance(step, float):
                self.clock.now = max(self.clock.now, step)
                continue
            request = ipv4.build(b"\0" * 4, bytes(step[16:20]), 1, bytes(step[20:]))
            packet = ipv4.parse(request)
            target = ipv4_text(packet.destination)
            self.asked.append(target)
            self.clock.now += 0.001
            if alive and target in alive:
                message = icmpv4.parse(packet.payload)
                assert isinstance(message, icmpv4.EchoRequest)
                self.clock.now += alive[target]
                self.sweep.hear_packet(reply(target, message.identifier, message.sequence))
        self.wall = self.clock.now - start


def reply(source: str, identifier: int, sequence: int, data: bytes = TOKEN) -> bytes:
    message = icmpv4.encode(icmpv4.EchoReply(identifier, sequence, data))
    return ipv4.build(ip_bytes(source), ip_bytes("10.66.7.2"), ipv4.ICMP, message)


def test_all_are_asked_and_the_silent_again() -> None:
    run = Run("10.77.0.0/29", alive={"10.77.0.3": 0.02})
    assert sorted(run.asked) == sorted(
        [f"10.77.0.{host}" for host in (1, 2, 3, 4, 5, 6)]
        + [f"10.77.0.{host}" for host in (1, 2, 4, 5, 6)]
    )
    (answered,) = run.outlet.observations
    assert isinstance(answered, EchoAnswered)
    assert answered.address == "10.77.0.3"
    assert answered.hop_limit == 64
    assert answered.rtt_s == pytest.approx(0.021)
    assert run.sweep.received == 1
    assert run.wall <= 11 * 0.001 + 0.02 + 2 * 1.0 + 0.01


def test_edges_own_and_excluded_addresses_are_left_alone() -> None:
    run = Run("10.77.0.0/30", "10.66.7.2/32", exclude=("10.77.0.2/32",))
    assert set(run.asked) == {"10.77.0.1"}


def test_a_single_address_is_no_edge() -> None:
    assert set(Run("10.77.0.0/32", "10.77.0.8/31").asked) == {
        "10.77.0.0",
        "10.77.0.8",
        "10.77.0.9",
    }


def test_known_silence_is_told_after_three() -> None:
    run = Run("10.77.0.0/29", known=("10.77.0.1", "10.99.0.1"))
    assert run.asked.count("10.77.0.1") == 3
    assert [type(one) for one in run.outlet.observations] == [Unanswered]


@pytest.mark.parametrize(
    "packet",
    [
        pytest.param(reply("10.77.0.3", 0x3031, 3, b"other"), id="another token"),
        pytest.param(reply("10.77.0.3", 0x3030, 3), id="another identifier"),
        pytest.param(reply("10.77.0.3", 0x3031, 4), id="another sweep"),
        pytest.param(reply("10.99.0.1", 0x3031, 3), id="never asked"),
        pytest.param(reply("10.77.0.3", 0x3031, 3)[:-1] + b"?", id="damaged"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x45" + bytes(60), id="zeros"),
    ],
)
def test_what_is_no_answer(packet: bytes) -> None:
    run = Run("10.77.0.0/29")
    run.sweep.hear_packet(packet)
    assert run.outlet.observations == []
    run.sweep.hear_packet(reply("10.77.0.3", 0x3031, 3))
    run.sweep.hear_packet(reply("10.77.0.3", 0x3031, 3))
    assert len(run.outlet.observations) == 1
