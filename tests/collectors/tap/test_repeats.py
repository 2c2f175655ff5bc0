"""A frame that was understood once is known by its octets; what matters is among them."""

import pytest

from collectors.observation import AddressSeen
from collectors.tap.repeats import Repeats, Said, key_of
from collectors.wire import arp, nd
from collectors.wire.address import ip_bytes, link_local, mac_bytes
from tests.collectors.wire.samples import FRAMES
from tests.collectors.wire.samples_discovery import DISCOVERY_FRAMES
from tests.collectors.wire.samples_readiness import READINESS_FRAMES

A, B = mac_bytes("02:00:00:00:00:0a"), mac_bytes("02:00:00:00:00:0b")
IP_9, IP_8, IP_7 = (ip_bytes(f"10.66.7.{host}") for host in (9, 8, 7))
LOCAL = link_local(bytes(7) + b"\x0a")
REQUEST = arp.build_request(A, IP_9, IP_8)


def said(reason: str = "") -> Said:
    seen = AddressSeen(
        at=1.0, source="tap", mac="02:00:00:00:00:0a", address="10.66.7.9", how="arp_request"
    )
    return Said(() if reason else (seen,), reason)


def test_whom_a_station_asks_for_does_not_change_what_it_says_of_itself() -> None:
    assert key_of(REQUEST) == key_of(arp.build_request(A, IP_9, IP_7))
    assert key_of(REQUEST) == key_of(REQUEST + bytes(18))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(arp.build_request(B, IP_9, IP_8), id="another station"),
        pytest.param(arp.build_request(A, IP_7, IP_8), id="another address"),
        pytest.param(arp.build_reply(A, IP_9, B, IP_8), id="a reply"),
        pytest.param(arp.build_announcement(A, IP_9), id="an announcement"),
        pytest.param(arp.build_probe(A, IP_9), id="a probe"),
        pytest.param(REQUEST[:6] + B + REQUEST[12:], id="another source of the frame"),
    ],
)
def test_what_matters_is_in_the_key(other: bytes) -> None:
    assert key_of(other) != key_of(REQUEST)
    assert key_of(other)


def test_probes_for_two_addresses_differ() -> None:
    assert key_of(arp.build_probe(A, IP_9)) != key_of(arp.build_probe(A, IP_8))


def test_neighbour_messages_are_known_by_all_their_octets() -> None:
    solicitation = nd.build_neighbour_solicitation(A, LOCAL, link_local(bytes(7) + b"\x0b"))
    advertisement = nd.build_neighbour_advertisement(A, LOCAL, LOCAL)
    assert key_of(solicitation) == solicitation
    assert key_of(advertisement) == advertisement


@pytest.mark.parametrize(
    "key", [key for key in (*FRAMES, *DISCOVERY_FRAMES) if key not in {"arp", "ns", "na"}]
)
def test_everything_else_is_decoded_each_time(key: str) -> None:
    assert key_of((FRAMES | DISCOVERY_FRAMES)[key]) == b""


def test_tunnels_are_known_by_their_ends_and_the_source_inside() -> None:
    frame = READINESS_FRAMES["6in4"]
    key = key_of(frame)
    assert key == key_of(frame[:-30] + b"x" * 30) != b""
    for at in (11, 23, 29, 33, 50):  # station, protocol, source, destination, source inside
        changed = bytearray(frame)
        changed[at] ^= 6 if at == 23 else 1  # 41 becomes 47
        assert key_of(bytes(changed)) not in (key, b""), at
    gre = READINESS_FRAMES["gre"]
    assert key_of(gre) == key_of(gre[:-4] + b"abcd") != b""
    assert key_of(frame[:14] + b"\x46" + frame[15:]) == b""
    assert {len(key), len(key_of(gre))}.isdisjoint({26, 36, *range(78, 129)})


@pytest.mark.parametrize("frame", [REQUEST, FRAMES["ns"]], ids=["arp", "ns"])
def test_no_cut_frame_has_a_key_that_a_whole_one_could_have(frame: bytes) -> None:
    whole = key_of(frame)
    assert whole not in {key_of(frame[:end]) for end in range(len(frame.rstrip(b"\0")))}


def test_what_was_kept_is_found_until_the_belief_changes() -> None:
    repeats, one = Repeats(), said("off_link")
    assert repeats.find(b"key", 1) is None
    repeats.keep(b"key", one)
    assert repeats.find(b"key", 1) is one
    assert repeats.find(b"key", 2) is None
    assert len(repeats) == 0


def test_a_flood_pushes_out_what_is_not_heard_and_nothing_else() -> None:
    repeats, often, once = Repeats(size=10), said(), said()
    repeats.find(b"often", 1)
    repeats.keep(b"often", often)
    repeats.keep(b"once", once)
    for number in range(1000):
        key = str(number).encode()
        assert repeats.find(key, 1) is None
        repeats.keep(key, said())
        assert repeats.find(b"often", 1) is often
        assert len(repeats) <= 20
    assert repeats.find(b"once", 1) is None


def test_the_same_is_said_at_the_present_time() -> None:
    one = said()
    one.heard_at(2.5)
    assert [each.at for each in one.observations] == [2.5]
