"""Questions to single addresses: which frames, to whom, and what silence yields."""

from itertools import pairwise

import pytest

from collectors.observation import AddressSeen, AnyObservation, Hold, How, Unanswered
from collectors.tap.messages import Candidate, EchoProbe, Sender, Solicit
from collectors.tap.own import OwnLink
from collectors.tap.sweep_addresses import AGAIN_S, EchoProber, NoSource, Solicitor, source_for
from collectors.wire import arp, frame, icmpv4, icmpv6, nd
from collectors.wire.address import ip_bytes, ip_text, mac_text
from tests.collectors.tap.fakes import BARE_LINK, LINK, MAC, FakeClock, FakeOutlet, drive

SENDER = Sender(interface="eth0", mac=MAC)
TOKEN = b"0123456789abcdef"
STATION = "02:00:00:00:00:0a"
NEAR, LOCAL, V4 = "2001:db8:66:7::9", "fe80::9", "10.66.7.9"


def seen(address: str, how: How) -> AddressSeen:
    return AddressSeen(at=0.0, source="tap", mac=STATION, address=address, how=how)


def solicitor(
    *candidates: Candidate, link: OwnLink = LINK, report: bool = True, tries: int = 2
) -> tuple[Solicitor, FakeClock, FakeOutlet]:
    clock, outlet = FakeClock(), FakeOutlet()
    command = Solicit(
        id=1, sender=SENDER, candidates=candidates, report_silence=report, tries=tries
    )
    return Solicitor(command, link, clock, outlet), clock, outlet


@pytest.mark.parametrize(
    ("candidate", "mac", "destination", "source"),
    [
        pytest.param(
            Candidate(NEAR), "33:33:ff:00:00:09", "ff02::1:ff00:9", "2001:db8:66:7::2", id="group"
        ),
        pytest.param(Candidate(NEAR, STATION), STATION, NEAR, "2001:db8:66:7::2", id="station"),
        pytest.param(
            Candidate(LOCAL), "33:33:ff:00:00:09", "ff02::1:ff00:9", "fe80::2", id="link-local"
        ),
        pytest.param(
            Candidate("2001:db8:99::9"), "33:33:ff:00:00:09", "ff02::1:ff00:9", "fe80::2", id="far"
        ),
    ],
)
def test_a_solicitation(candidate: Candidate, mac: str, destination: str, source: str) -> None:
    sweep, clock, _ = solicitor(candidate)
    decoded = frame.decode(next(sent for _, sent in drive(sweep, clock)))
    assert isinstance(decoded.payload, nd.NeighbourSolicitation)
    assert ip_text(decoded.payload.target) == candidate.address
    assert mac_text(decoded.destination_mac) == mac
    assert ip_text(decoded.destination) == destination
    assert ip_text(decoded.source) == source
    assert decoded.payload.options.source_mac == decoded.source_mac
    assert sweep.protocol == "nd"


def test_a_guess_goes_to_the_group_in_a_frame_to_one_station() -> None:
    command = Solicit(id=1, sender=SENDER, candidates=(Candidate(NEAR, STATION),), guessed=True)
    clock = FakeClock()
    sweep = Solicitor(command, LINK, clock, FakeOutlet())
    decoded = frame.decode(next(sent for _, sent in drive(sweep, clock)))
    assert mac_text(decoded.destination_mac) == STATION
    assert ip_text(decoded.destination) == "ff02::1:ff00:9"
    assert isinstance(decoded.payload, nd.NeighbourSolicitation)
    assert decoded.payload.target == ip_bytes(NEAR)


@pytest.mark.parametrize(("mac", "expected"), [("", "ff:ff:ff:ff:ff:ff"), (STATION, STATION)])
def test_an_ipv4_candidate_is_asked_by_arp(mac: str, expected: str) -> None:
    sweep, clock, _ = solicitor(Candidate(V4, mac))
    decoded = frame.decode(next(sent for _, sent in drive(sweep, clock)))
    assert isinstance(decoded.payload, arp.Arp)
    assert mac_text(decoded.destination_mac) == expected
    assert sweep.protocol == "arp"


def test_the_silent_are_asked_again_and_told() -> None:
    sweep, clock, outlet = solicitor(Candidate(NEAR, STATION), Candidate(LOCAL), Candidate(V4))

    def hear(sent: bytes) -> list[AnyObservation]:
        payload = frame.decode(sent).payload
        answers = isinstance(payload, nd.NeighbourSolicitation) and ip_text(payload.target) == LOCAL
        return [seen(LOCAL, "neighbour_advertisement")] if answers else []

    sent = list(drive(sweep, clock, hear))
    assert len(sent) == 2 + 1 + 2
    assert sweep.received == 1
    assert [
        (one.address, one.kind, one.probes, one.mac)
        for one in outlet.observations
        if isinstance(one, Unanswered)
    ] == [(NEAR, "nd", 2, STATION), (V4, "arp", 2, "")]


def test_each_station_is_asked_for_an_address_that_another_has() -> None:
    other = "02:00:00:00:00:0b"
    sweep, clock, outlet = solicitor(Candidate(NEAR, STATION), Candidate(NEAR, other))

    def hear(sent: bytes) -> list[AnyObservation]:
        alone = mac_text(frame.decode(sent).destination_mac)
        return [answer(NEAR, STATION, "")] if alone == STATION else []

    asked = [mac_text(frame.decode(sent).destination_mac) for _, sent in drive(sweep, clock, hear)]
    assert asked == [STATION, other, other]
    assert sweep.received == 1
    assert outlet.observations == [], "the address has answered"


def test_silence_is_told_only_on_request() -> None:
    sweep, clock, outlet = solicitor(Candidate(NEAR), report=False)
    assert len(list(drive(sweep, clock))) == 2
    assert outlet.observations == []


def answer(address: str, mac: str, hold: Hold) -> AddressSeen:
    how: How = "neighbour_advertisement"
    return AddressSeen(at=0.0, source="tap", mac=mac, address=address, how=how, hold=hold)


@pytest.mark.parametrize(
    ("to", "holds", "questions"),
    [
        pytest.param("", ("sole",), 1, id="one owner"),
        pytest.param("", ("sole", "sole"), 3, id="two owners"),
        pytest.param("", ("sole", "shared"), 1, id="an owner and a proxy"),
        pytest.param("", ("shared", "shared"), 1, id="anycast"),
        pytest.param("", ("", ""), 3, id="two that do not say"),
        pytest.param(STATION, ("sole", "sole"), 1, id="asked of one station alone"),
    ],
)
def test_what_two_stations_answer_for_is_asked_again(
    to: str, holds: tuple[Hold, ...], questions: int
) -> None:
    sweep, clock, outlet = solicitor(Candidate(NEAR, to), Candidate(LOCAL, to))
    macs = (STATION, "02:00:00:00:00:0b")

    def hear(sent: bytes) -> list[AnyObservation]:
        payload = frame.decode(sent).payload
        assert isinstance(payload, nd.NeighbourSolicitation)
        if ip_text(payload.target) == LOCAL:
            return [answer(LOCAL, STATION, "sole")]
        return [answer(NEAR, mac, hold) for mac, hold in zip(macs, holds, strict=False)]

    sent = list(drive(sweep, clock, hear))
    near = [
        at
        for at, octets in sent
        if isinstance(payload := frame.decode(octets).payload, nd.NeighbourSolicitation)
        and ip_text(payload.target) == NEAR
    ]
    assert len(near) == questions
    assert len(sent) == questions + 1
    assert all(later - earlier >= AGAIN_S for earlier, later in pairwise(near))
    assert outlet.released == [NEAR] * (questions - 1)


@pytest.mark.parametrize("how", ["dad", "neighbour_solicitation", "mld_report"])
def test_only_an_answer_is_an_answer(how: How) -> None:
    sweep, clock, outlet = solicitor(Candidate(NEAR))
    list(drive(sweep, clock, lambda sent: [seen(NEAR, how)]))
    assert len(outlet.observations) == 1
    assert sweep.received == 0


def test_any_spelling_of_a_candidate_is_recognised() -> None:
    sweep, clock, outlet = solicitor(Candidate("2001:DB8:66:7:0::9"))
    list(drive(sweep, clock, lambda sent: [seen(NEAR, "neighbour_advertisement")]))
    assert outlet.observations == []
    assert sweep.received == 1


def test_one_does_not_ask_oneself() -> None:
    sweep, clock, _ = solicitor(Candidate("fe80::2"), Candidate("10.66.7.2"))
    assert list(drive(sweep, clock)) == []


def test_without_an_ipv6_address_it_says_so() -> None:
    with pytest.raises(NoSource, match="eth1 has no IPv6 address"):
        solicitor(Candidate(NEAR), link=BARE_LINK)


def test_arp_needs_no_own_address() -> None:
    sweep, clock, _ = solicitor(Candidate(V4), link=BARE_LINK)
    payload = frame.decode(next(sent for _, sent in drive(sweep, clock))).payload
    assert isinstance(payload, arp.Arp)
    assert payload.is_probe


def prober(*candidates: Candidate) -> tuple[EchoProber, FakeClock, FakeOutlet]:
    clock, outlet = FakeClock(), FakeOutlet()
    command = EchoProbe(id=7, sender=SENDER, candidates=candidates)
    return EchoProber(command, LINK, clock, outlet, TOKEN), clock, outlet


@pytest.mark.parametrize(
    ("address", "kind", "protocol"),
    [(V4, icmpv4.EchoRequest, "icmp"), (NEAR, icmpv6.EchoRequest, "icmpv6")],
)
def test_an_echo_goes_to_the_station_and_carries_the_token(
    address: str, kind: type[icmpv4.EchoRequest | icmpv6.EchoRequest], protocol: str
) -> None:
    sweep, clock, _ = prober(Candidate(address, STATION))
    decoded = frame.decode(next(sent for _, sent in drive(sweep, clock)))
    assert isinstance(decoded.payload, kind)
    assert decoded.payload.data == TOKEN
    assert mac_text(decoded.destination_mac) == STATION
    assert ip_text(decoded.destination) == address
    assert sweep.protocol == protocol


def test_silence_after_an_echo_is_told() -> None:
    sweep, clock, outlet = prober(Candidate(V4, STATION), Candidate(NEAR, STATION))
    sent = list(drive(sweep, clock, lambda _: [seen(NEAR, "echo_reply"), seen(V4, "arp_reply")]))
    assert [ip_text(frame.decode(one).destination) for _, one in sent] == [V4, V4]
    assert [(type(one), getattr(one, "address", "")) for one in outlet.observations] == [
        (Unanswered, V4)
    ]
    assert sweep.received == 1


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (NEAR, "2001:db8:66:7::2"),
        (LOCAL, "fe80::2"),
        ("2001:db8:99::9", "fe80::2"),
        (V4, "10.66.7.2"),
        ("10.99.0.1", "10.66.7.2"),
    ],
)
def test_the_source_suits_the_target(target: str, expected: str) -> None:
    assert source_for(LINK, ip_bytes(target)) == ip_bytes(expected)
