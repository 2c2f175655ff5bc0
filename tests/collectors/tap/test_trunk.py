"""Frames of other VLANs on a watched interface."""

from collections import Counter
from collections.abc import Sequence

import msgspec
import pytest

from collectors.observation import AddressSeen, AnyObservation
from collectors.tap.own import OwnLink
from collectors.tap.trunk import MAX_VLANS, Trunks
from collectors.wire import arp, ethernet
from collectors.wire.address import BROADCAST_MAC, ip_bytes, mac_bytes
from tests.collectors.tap.fakes import BARE_LINK, LINK, FakeClock, FakeNetwork, FakeSelector

PC = "00:1c:73:00:00:0a"
SUB = OwnLink("eth0.20", 7, LINK.mac, True, (), parent=LINK.index, vlan=20)


class Run:
    def __init__(self, present: tuple[OwnLink, ...] = (LINK, BARE_LINK)) -> None:
        self.clock = FakeClock()
        self.network = FakeNetwork(present)
        self.network.trunks = {"eth0", "eth1", "eth0.20"}
        self.selector = FakeSelector(self.clock, self.network)
        self.malformed: Counter[str] = Counter()
        self.heard: list[AnyObservation] = []
        self.trunks = Trunks(
            self.network.open_tagged, self.selector, b"token", self.malformed, self.take,
            self.clock.time,
        )  # fmt: skip

    def take(self, observations: Sequence[AnyObservation]) -> None:
        self.heard += observations

    def receive(self, vlan: int, frame: bytes, port: int = 0) -> None:
        self.network.tagged_ports[port].inbox.append((vlan, frame))
        for key, events in self.selector.select(0):
            key.data(events)

    def links(self) -> list[str]:
        return [one.interface for one in self.heard if isinstance(one, AddressSeen)]


def question(*vlans: int, sender: str = "10.66.20.7", mac: str = PC) -> bytes:
    packet = arp.Arp(
        arp.REQUEST, mac_bytes(mac), ip_bytes(sender), bytes(6), ip_bytes("10.66.20.1")
    )
    return ethernet.build(BROADCAST_MAC, mac_bytes(mac), ethernet.ARP, arp.build(packet), vlans)


def test_a_vlan_is_a_link_of_its_own() -> None:
    run = Run()
    run.trunks.follow(["eth0"], run.network.links)
    run.receive(20, question())
    run.receive(30, question())
    assert run.links() == ["eth0.20", "eth0.30"]
    assert run.trunks.received == 2


def test_two_tags() -> None:
    run = Run()
    run.trunks.follow(["eth0"], run.network.links)
    run.receive(100, question(20))
    assert run.links() == ["eth0.100.20"]


@pytest.mark.parametrize(
    ("sub", "watched", "links"),
    [
        pytest.param(SUB, ["eth0", "eth0.20"], [], id="watched itself: not heard twice"),
        pytest.param(SUB, ["eth0"], ["eth0.20"], id="not watched"),
        pytest.param(
            msgspec.structs.replace(SUB, name="guests"), ["eth0"], ["guests"], id="its own name"
        ),
        pytest.param(
            msgspec.structs.replace(SUB, vlan=30), ["eth0"], ["eth0.vlan20"], id="misleading name"
        ),
        pytest.param(
            msgspec.structs.replace(SUB, name="x", parent=3), ["eth0"], ["eth0.20"], id="of another"
        ),
    ],
)
def test_sub_interfaces(sub: OwnLink, watched: list[str], links: list[str]) -> None:
    run = Run((LINK, BARE_LINK, sub))
    run.trunks.follow(watched, run.network.links)
    run.receive(20, question())
    assert run.links() == links


def test_a_sub_interface_that_comes_later_takes_over() -> None:
    run = Run()
    run.trunks.follow(["eth0"], run.network.links)
    run.receive(20, question())
    run.trunks.follow(["eth0", "eth0.20"], (*run.network.links, SUB))
    run.receive(20, question())
    assert run.links() == ["eth0.20"]


def test_own_frames_and_nonsense() -> None:
    run = Run()
    run.trunks.follow(["eth0"], run.network.links)
    run.receive(20, question(mac=LINK.mac))
    run.receive(20, b"\0" * 13)
    run.receive(20, question()[:20])
    assert run.heard == []
    assert run.malformed == {"own_frame": 1, "truncated": 2}


def test_vlans_are_bounded() -> None:
    run = Run()
    run.trunks.follow(["eth0"], run.network.links)
    for vlan in range(1, 101):
        run.receive(vlan, question())
    assert len(set(run.links())) == MAX_VLANS
    assert run.trunks.refused == 100 - MAX_VLANS
    assert run.malformed["too_many_links"] == 100 - MAX_VLANS


def test_ports_follow_what_is_watched() -> None:
    run = Run()
    run.trunks.follow(["eth0", "eth1"], run.network.links)
    run.trunks.follow(["eth1"], run.network.links)
    assert [port.closed for port in run.network.tagged_ports] == [True, False]
    run.network.tagged_ports[1].lost = True
    run.receive(20, question(), 1)
    assert run.network.tagged_ports[1].closed
    run.trunks.follow(["eth1"], run.network.links)
    assert len(run.network.tagged_ports) == 3
    run.trunks.close()
    assert run.selector.registered == {}


def test_an_interface_that_cannot_be_opened_is_left_out() -> None:
    run = Run()
    run.network.trunks = set()
    run.trunks.follow(["eth0"], run.network.links)
    assert run.selector.registered == {}
