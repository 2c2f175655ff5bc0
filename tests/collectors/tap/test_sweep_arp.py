"""The ARP sweep without a network: who is asked, when, how often, and what silence means."""

from collections import Counter
from collections.abc import Callable, Iterable

import pytest

from collectors.observation import AddressSeen, AnyObservation, Unanswered
from collectors.tap.messages import ArpSweep, Sender
from collectors.tap.own import OwnLink
from collectors.tap.sweep_arp import ArpSweeper
from collectors.wire import arp, frame
from collectors.wire.address import ipv4_text
from tests.collectors.tap.fakes import BARE_LINK, LINK, MAC, FakeClock, FakeOutlet, drive

Hear = Callable[[bytes], Iterable[AnyObservation]]
SENDER = Sender(interface="eth0", mac=MAC)


def target_of(sent: bytes) -> str:
    packet = frame.decode(sent).payload
    assert isinstance(packet, arp.Arp)
    return ipv4_text(packet.target_ip)


def answer(address: str, mac: str = "02:00:00:00:00:0a") -> AddressSeen:
    return AddressSeen(
        at=0.0, source="tap", interface="eth0", mac=mac, address=address, how="arp_reply"
    )


class Run:
    """A sweep driven to its end."""

    def __init__(
        self,
        networks: tuple[str, ...] = ("10.66.7.0/24",),
        alive: Hear = lambda sent: (),
        *,
        known: tuple[str, ...] = (),
        exclude: tuple[str, ...] = (),
        tap_exclude: tuple[str, ...] = (),
        pace: float = 1000.0,
        wait_s: float = 0.3,
        link: OwnLink = LINK,
    ) -> None:
        self.clock = FakeClock()
        self.outlet = FakeOutlet()
        command = ArpSweep(
            id=1, sender=SENDER, networks=networks, exclude=exclude, known=known, wait_s=wait_s
        )
        self.sweep = ArpSweeper(command, link, tap_exclude, self.clock, self.outlet)
        start = self.clock.now
        self.sent = [(at - start, sent) for at, sent in drive(self.sweep, self.clock, alive, pace)]
        self.asked = [target_of(sent) for _, sent in self.sent]
        self.times = Counter(self.asked)
        self.wall = self.clock.now - start


def some(*addresses: str) -> Hear:
    return lambda sent: [answer(target_of(sent))] if target_of(sent) in addresses else []


def test_everyone_is_asked_and_the_silent_twice() -> None:
    run = Run(alive=some("10.66.7.9", "10.66.7.254"))
    everyone = {f"10.66.7.{host}" for host in range(1, 255)} - {"10.66.7.2"}
    assert set(run.asked) == everyone
    assert {address for address, times in run.times.items() if times == 1} == {
        "10.66.7.9",
        "10.66.7.254",
    }
    assert set(run.times.values()) == {1, 2}
    assert run.sweep.received == 2
    assert run.outlet.observations == []


def test_the_frames_are_what_another_station_expects() -> None:
    decoded = frame.decode(Run(networks=("10.66.7.9/32",)).sent[0][1])
    packet = decoded.payload
    assert isinstance(packet, arp.Arp)
    assert decoded.destination_mac == b"\xff" * 6
    assert packet.is_request
    assert packet.sender_mac == decoded.source_mac == bytes.fromhex("020000000001")
    assert ipv4_text(packet.sender_ip) == "10.66.7.2"


def test_without_an_own_address_it_asks_without_claiming_one() -> None:
    packet = frame.decode(Run(link=BARE_LINK, networks=("10.66.7.9/32",)).sent[0][1]).payload
    assert isinstance(packet, arp.Arp)
    assert packet.is_probe


@pytest.mark.parametrize(
    ("networks", "exclude", "tap_exclude", "expected"),
    [
        pytest.param(("10.66.7.8/30",), (), (), {8, 9, 10, 11}, id="part of the subnet"),
        pytest.param(("10.66.7.0/30",), (), (), {1, 3}, id="network and own address"),
        pytest.param(("10.66.7.252/30",), (), (), {252, 253, 254}, id="broadcast"),
        pytest.param(("10.66.7.8/30",), ("10.66.7.8/31",), (), {10, 11}, id="excluded network"),
        pytest.param(("10.66.7.8/30",), ("10.66.7.10",), (), {8, 9, 11}, id="excluded address"),
        pytest.param(("10.66.7.8/30",), (), ("10.66.7.11/32",), {8, 9, 10}, id="by the tap"),
        pytest.param(("10.66.7.8/31", "10.66.7.9/32"), (), (), {8, 9}, id="overlapping"),
        pytest.param(("10.66.7.8/31",), ("10.66.0.0/16",), (), set(), id="nothing left"),
        pytest.param(("10.66.7.8/31",), ("2001:db8::/32",), (), {8, 9}, id="IPv6 hole"),
    ],
)
def test_who_is_left_out(
    networks: tuple[str, ...],
    exclude: tuple[str, ...],
    tap_exclude: tuple[str, ...],
    expected: set[int],
) -> None:
    run = Run(networks=networks, exclude=exclude, tap_exclude=tap_exclude)
    assert set(run.asked) == {f"10.66.7.{host}" for host in expected}


@pytest.mark.parametrize("pace", [100, 1000, 5000, 100_000])
@pytest.mark.parametrize("network", ["10.66.7.9/32", "10.66.7.0/24", "10.66.0.0/20"])
@pytest.mark.parametrize("known", [(), ("10.66.7.77", "10.66.7.78")])
def test_it_never_takes_longer_than_the_sending_and_two_waits(
    pace: float, network: str, known: tuple[str, ...]
) -> None:
    run = Run(networks=(network,), pace=pace, known=known)
    assert run.wall <= len(run.sent) / pace + 2 * 0.3 + 0.001


def test_nobody_is_asked_again_before_the_wait_is_over() -> None:
    run = Run(pace=100_000)
    first: dict[str, float] = {}
    for at, sent in run.sent:
        if target_of(sent) in first:
            assert at - first[target_of(sent)] >= 0.3 - 1e-9
        first.setdefault(target_of(sent), at)


def test_the_second_pass_begins_while_the_first_one_still_waits() -> None:
    run = Run(networks=("10.66.0.0/20",), pace=1000)
    assert run.wall == pytest.approx(len(run.sent) / 1000 + 0.3, abs=0.05)


def test_a_late_answer_saves_the_second_question() -> None:
    late: list[AddressSeen] = []

    def alive(sent: bytes) -> list[AnyObservation]:
        due, late[:] = list(late), [answer(target_of(sent))]
        return list(due)

    assert set(Run(alive=alive).times.values()) <= {1, 2}
    assert Run(alive=alive).times["10.66.7.1"] == 1


def test_silent_known_addresses_get_a_third_question_and_are_told() -> None:
    run = Run(
        alive=some("10.66.7.9"),
        known=("10.66.7.9", "10.66.7.10", "10.99.0.1", "10.66.7.2", "10.66.7.11"),
        exclude=("10.66.7.11",),
    )
    assert run.times["10.66.7.10"] == 3
    assert run.times["10.66.7.9"] == 1
    assert "10.66.7.11" not in run.times
    assert run.outlet.observations == [
        Unanswered(
            at=run.clock.time(),
            source="arp",
            interface="eth0",
            address="10.66.7.10",
            kind="arp",
            probes=3,
        )
    ]


def test_an_answer_to_the_third_question_counts() -> None:
    asked: Counter[str] = Counter()

    def alive(sent: bytes) -> list[AnyObservation]:
        asked[target_of(sent)] += 1
        return [answer("10.66.7.10")] if asked["10.66.7.10"] == 3 else []

    run = Run(alive=alive, known=("10.66.7.10",))
    assert run.times["10.66.7.10"] == 3
    assert run.outlet.observations == []
    assert run.sweep.received == 1


def test_an_address_with_two_owners_is_asked_again() -> None:
    def alive(sent: bytes) -> list[AnyObservation]:
        if target_of(sent) != "10.66.7.9":
            return []
        return [answer("10.66.7.9"), answer("10.66.7.9", "02:00:00:00:00:0b")]

    run = Run(alive=alive)
    assert run.times["10.66.7.9"] == 2
    assert run.outlet.released == ["10.66.7.9"]
    assert run.sweep.received == 1


def test_answers_from_elsewhere_are_not_this_sweep_s() -> None:
    run = Run(networks=("10.66.7.8/30",), alive=lambda sent: [answer("10.66.7.200")])
    assert run.sweep.received == 0


def test_a_request_shows_life_as_well() -> None:
    seen = AddressSeen(
        at=0.0, source="tap", mac="02:00:00:00:00:0a", address="10.66.7.9", how="arp_request"
    )
    wants = AddressSeen(
        at=0.0, source="tap", mac="02:00:00:00:00:0a", address="10.66.7.10", how="dad"
    )
    run = Run(networks=("10.66.7.8/30",), alive=lambda sent: [seen, wants])
    assert (run.times["10.66.7.9"], run.times["10.66.7.10"]) == (1, 2)
