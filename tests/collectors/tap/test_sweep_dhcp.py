"""The DHCP census: exact questions, no lease, patience, and what it tells."""

import pytest

from collectors.observation import AnyObservation, DhcpAsked, DhcpServerSeen, Dhcpv6ServerSeen
from collectors.tap.messages import DhcpCensus, Sender
from collectors.tap.own import OwnLink
from collectors.tap.sweep_addresses import NoSource
from collectors.tap.sweep_dhcp import DhcpAsker
from collectors.wire import dhcpv4, dhcpv6, frame
from collectors.wire.address import ip_text, mac_text
from tests.collectors.tap.fakes import BARE_LINK, LINK, MAC, FakeClock, FakeOutlet, drive

TOKEN = b"0123456789abcdef"
SERVER = "00:1c:73:00:07:35"
DUID = "00030001" + MAC.replace(":", "")


class Run:
    """A census driven to its end."""

    def __init__(
        self, link: OwnLink = LINK, heard: tuple[AnyObservation, ...] = (), **options: object
    ) -> None:
        self.clock, self.outlet = FakeClock(), FakeOutlet()
        command = DhcpCensus(id=7, sender=Sender(interface=link.name, mac=link.mac), **options)  # type: ignore[arg-type]
        self.sweep = DhcpAsker(command, link, self.clock, self.outlet, TOKEN)
        start = self.clock.now
        self.raw: list[bytes] = []
        self.times: list[float] = []
        self.protocols: list[str] = []
        for at, sent in drive(self.sweep, self.clock, lambda sent: heard):
            self.raw.append(sent)
            self.times.append(at - start)
            self.protocols.append(self.sweep.protocol)
        self.sent = [frame.decode(one) for one in self.raw]
        self.wall = self.clock.now - start

    @property
    def asked(self) -> list[tuple[str, int, float]]:
        told = self.outlet.observations
        assert all(isinstance(one, DhcpAsked) for one in told)
        return [
            (one.message, one.count, one.waited_s) for one in told if isinstance(one, DhcpAsked)
        ]


def test_the_discover_asks_for_option_108_and_for_a_broadcast() -> None:
    run = Run(questions=("discover",))
    first, second = run.raw
    assert first[:14].hex() == "ffffffffffff" + MAC.replace(":", "") + "0800"
    assert first[26:34].hex() == "00000000ffffffff"  # from nobody to everybody
    assert first[34:38].hex() == "00440043"  # ports 68, 67
    assert first[42:46].hex() == "01010600"  # a request of an Ethernet client
    assert first[52:54].hex() == "8000"  # the broadcast flag
    assert first[278:285].hex() == "63825363" + "350101"  # cookie, message type 1: discover
    for decoded in run.sent:
        message = decoded.payload
        assert isinstance(message, dhcpv4.Dhcpv4)
        assert message.message_name == "discover"
        assert message.ipv6_only_capable
        assert mac_text(message.client_mac) == MAC
        assert message.requested_address is None
        assert message.server_id is None
    ids = {decoded.payload.transaction_id for decoded in run.sent}  # type: ignore[union-attr]
    assert len(ids) == 1
    assert run.sent[1].payload.seconds == 4  # type: ignore[union-attr]
    assert second != first


def test_the_solicit_and_the_information_request() -> None:
    run = Run(questions=("solicit", "information_request"))
    assert {ip_text(one.source) for one in run.sent} == {"fe80::2"}
    assert {ip_text(one.destination) for one in run.sent} == {"ff02::1:2"}
    assert {mac_text(one.destination_mac) for one in run.sent} == {"33:33:00:01:00:02"}
    assert {(one.source_port, one.destination_port) for one in run.sent} == {(546, 547)}
    solicit, request = (one.payload for one in run.sent[:2])
    assert isinstance(solicit, dhcpv6.Message)
    assert isinstance(request, dhcpv6.Message)
    assert (solicit.message_name, request.message_name) == ("solicit", "information_request")
    for message in (solicit, request):
        assert (message.client_id or b"").hex() == DUID
        assert message.requested == (23, 24)
        assert message.elapsed_cs == 0
        assert not message.rapid_commit  # that would take a lease
        assert message.server_id is None
    (association,) = solicit.associations
    assert not association.delegates
    assert association.addresses == ()
    assert request.associations == ()
    # 0b: information-request, 3 octets of transaction, option 1 with 10 octets: the DUID
    assert run.raw[1][62] == 0x0B
    assert run.raw[1][66:70].hex() == "0001000a"
    assert run.sent[2].payload.elapsed_cs >= 400  # type: ignore[union-attr, operator]


def test_nothing_is_ever_requested() -> None:
    for decoded in Run(tries=5).sent:
        assert decoded.payload.message_name in ("discover", "solicit", "information_request")  # type: ignore[union-attr]


def test_two_of_each_and_time_to_answer() -> None:
    run = Run()
    assert run.protocols == ["dhcp", "dhcpv6", "dhcpv6"] * 2
    assert run.times[3] - run.times[0] == pytest.approx(4.0, abs=0.01)
    assert run.wall - run.times[-1] >= 6.0
    assert run.wall < 10.1
    assert [(kind, count) for kind, count, _ in run.asked] == [
        ("discover", 2), ("solicit", 2), ("information_request", 2),
    ]  # fmt: skip
    assert all(waited >= 6.0 for _, _, waited in run.asked)
    assert run.sweep.total == 6


def test_a_link_without_ipv6_is_asked_over_ipv4_alone() -> None:
    run = Run(BARE_LINK)
    assert [kind for kind, _, _ in run.asked] == ["discover"]
    assert len(run.sent) == 2
    with pytest.raises(NoSource, match="eth1 has no IPv6 link-local"):
        Run(BARE_LINK, questions=("solicit",))


def test_answers_to_others_do_not_count() -> None:
    offer = DhcpServerSeen(
        at=0.0, source="tap", mac=SERVER, address="10.66.7.53", message="offer", client_mac=MAC
    )
    other = DhcpServerSeen(
        at=0.0, source="tap", mac=SERVER, address="10.66.7.53", message="ack",
        client_mac="02:00:00:00:00:0a",
    )  # fmt: skip
    advertised = Dhcpv6ServerSeen(
        at=0.0, source="tap", mac=SERVER, address="fe80::53", message="advertise", client_duid=DUID
    )
    stranger = Dhcpv6ServerSeen(
        at=0.0, source="tap", mac=SERVER, address="fe80::53", message="reply", client_duid="00"
    )
    assert Run(heard=(offer, other, advertised, stranger)).sweep.received == 2
