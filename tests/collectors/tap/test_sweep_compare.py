"""Unicast against multicast neighbour solicitations: who is asked how, and what is made of it."""

from collections.abc import Callable

import pytest

from collectors.observation import AddressSeen, AnyObservation, How, NeighbourCompared
from collectors.tap.messages import Candidate, NeighbourCompare, Sender
from collectors.tap.own import OwnLink
from collectors.tap.sweep_addresses import NoSource
from collectors.tap.sweep_compare import NeighbourComparer
from collectors.wire import frame, nd
from collectors.wire.address import ip_text, mac_text
from tests.collectors.tap.fakes import BARE_LINK, LINK, MAC, FakeClock, FakeOutlet, drive

STATION = "02:00:00:00:00:0a"
OTHER = "02:00:00:00:00:0b"
GLOBAL = "2001:db8:66:7::12:345a"


class Run:
    """A comparison driven to its end."""

    def __init__(
        self,
        hear: Callable[[frame.Decoded], list[AnyObservation]],
        *candidates: Candidate,
        link: OwnLink = LINK,
    ) -> None:
        clock, self.outlet = FakeClock(), FakeOutlet()
        command = NeighbourCompare(
            id=7,
            sender=Sender(interface=link.name, mac=link.mac),
            candidates=candidates or (Candidate("fe80::a", STATION),),
        )
        self.sweep = NeighbourComparer(command, link, clock, self.outlet)
        start = clock.now
        self.sent: list[frame.Decoded] = []
        self.raw: list[bytes] = []
        for _, sent in drive(self.sweep, clock, lambda sent: hear(frame.decode(sent)), 20.0):
            self.raw.append(sent)
            self.sent.append(frame.decode(sent))
        self.wall = clock.now - start

    @property
    def verdicts(self) -> dict[str, tuple[bool, bool]]:
        found = {}
        for one in self.outlet.observations:
            assert isinstance(one, NeighbourCompared)
            assert one.probes == 3
            found[one.address] = (one.unicast, one.multicast)
        return found


def advertised(
    address: str = "fe80::a", mac: str = STATION, how: How = "neighbour_advertisement"
) -> AddressSeen:
    return AddressSeen(at=0.0, source="tap", mac=mac, address=address, how=how)


def is_group(sent: frame.Decoded) -> bool:
    return sent.destination_mac[:2] == b"\x33\x33"


def silent(sent: frame.Decoded) -> list[AnyObservation]:
    return []


def healthy(sent: frame.Decoded) -> list[AnyObservation]:
    assert isinstance(sent.payload, nd.NeighbourSolicitation)
    return [advertised(ip_text(sent.payload.target))]


def unicast_only(sent: frame.Decoded) -> list[AnyObservation]:
    return [] if is_group(sent) else healthy(sent)


def test_a_healthy_neighbour_costs_two_frames() -> None:
    run = Run(healthy, Candidate(GLOBAL, STATION))
    assert run.verdicts == {GLOBAL: (True, True)}
    alone, group = run.sent
    assert mac_text(alone.destination_mac) == STATION
    assert ip_text(alone.destination) == GLOBAL
    # 33:33 and the low 32 bits of ff02::1:ff12:345a
    assert group.destination_mac.hex() == "3333ff12345a"
    assert ip_text(group.destination) == "ff02::1:ff12:345a"
    for one in run.sent:
        assert ip_text(one.source) == "2001:db8:66:7::2"
        assert one.hop_limit == 255
        assert one.payload.options.source_mac.hex(":") == MAC  # type: ignore[union-attr]
    assert run.sweep.received == 2


def test_broken_snooping_shows_as_a_difference() -> None:
    run = Run(unicast_only)
    assert run.verdicts == {"fe80::a": (True, False)}
    assert [is_group(one) for one in run.sent] == [False, True, True, True]


def test_silence_is_three_of_each_and_no_answer() -> None:
    run = Run(silent)
    assert run.verdicts == {"fe80::a": (False, False)}
    assert [is_group(one) for one in run.sent] == [False] * 3 + [True] * 3
    assert run.wall >= 6.0


def test_late_answers_to_unicast_do_not_count_for_the_group() -> None:
    late: list[AnyObservation] = [advertised("fe80::b", OTHER)]

    def hear(sent: frame.Decoded) -> list[AnyObservation]:
        first_of_the_groups = is_group(sent) and late
        return [late.pop()] if first_of_the_groups else []

    run = Run(hear, Candidate("fe80::a", STATION), Candidate("fe80::b", OTHER))
    assert run.verdicts["fe80::b"] == (False, False)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(advertised(mac=OTHER), id="another station"),
        pytest.param(advertised("fe80::c"), id="another address"),
        pytest.param(advertised(how="neighbour_solicitation"), id="no advertisement"),
    ],
)
def test_what_is_no_answer(answer: AddressSeen) -> None:
    assert Run(lambda sent: [answer]).verdicts == {"fe80::a": (False, False)}


def test_own_addresses_are_left_out() -> None:
    run = Run(healthy, Candidate("fe80::2", STATION))
    assert run.sent == []
    assert run.outlet.observations == []


def test_a_link_without_ipv6_cannot_ask() -> None:
    with pytest.raises(NoSource, match="eth1 has no IPv6"):
        Run(healthy, link=BARE_LINK)
