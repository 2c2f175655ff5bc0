"""Sequences of claims of one address, and what is made of them."""

import msgspec
import pytest

from collectors.observation import AnyObservation, Hold, How, RouteSeen
from inventory.duplicates import Crossing
from inventory.inventory import Inventory
from inventory.snapshot import DuplicateAddress
from tests.inventory.builders import (
    LAPTOP,
    PC,
    PRINTER,
    T,
    advertised,
    devices,
    kinds,
    new_inventory,
    seen,
)

A, B = PC, LAPTOP
V4 = "10.66.7.10"
V6 = "2001:db8:66::10"


def duplicates(inventory: Inventory, now: float) -> tuple[DuplicateAddress, ...]:
    (network,) = [n for n in inventory.snapshot(now).networks if n.interface == "eth0"]
    return network.duplicates


def claims(*steps: tuple[str, float, str]) -> list[AnyObservation]:
    return [
        seen(mac, V6 if how in IPV6 else V4, T + after, HOW[how], hold=HOLD.get(how, ""))
        for mac, after, how in steps
    ]


HOW: dict[str, How] = {
    "reply": "arp_reply", "announce": "arp_announcement", "ask": "arp_request", "probe": "dad",
    "na": "neighbour_advertisement", "ns": "neighbour_solicitation", "ndad": "dad",
    "bare": "neighbour_advertisement", "shared": "neighbour_advertisement", "own": "own",
}  # fmt: skip
IPV6 = {"na", "ns", "ndad", "bare", "shared", "own"}
# `bare` has no link address, as an answer to a question that came by unicast.
HOLD: dict[str, Hold] = {"na": "sole", "shared": "shared"}


@pytest.mark.parametrize(
    ("steps", "address"),
    [
        pytest.param([(A, 0, "reply"), (B, 0.1, "reply")], "", id="one-meeting-is-not-enough"),
        pytest.param(
            [(A, 0, "reply"), (B, 0.01, "reply"), (A, 0.02, "reply"), (B, 0.03, "reply")], "",
            id="double-answers-to-one-question",
        ),
        pytest.param(
            [(A, 0, "reply"), (B, 0.01, "reply"), (A, 1, "reply"), (B, 1.01, "reply")], V4,
            id="asked-again-a-second-later",
        ),
        pytest.param(
            [(A, 0, "reply"), (B, 0.01, "reply"), (A, 300, "reply"), (B, 300.01, "reply")], V4,
            id="two-sweeps",
        ),
        pytest.param(
            [(A, 0, "reply"), (B, 0.01, "reply"), (B, 300, "reply"), (A, 300.01, "reply")], V4,
            id="two-sweeps-in-another-order",
        ),
        pytest.param(
            [(A, 0, "reply"), (B, 70, "reply"), (B, 75, "reply"), (B, 80, "reply")], "",
            id="a-new-lease",
        ),
        pytest.param(
            [(A, 0, "reply"), (B, 100, "reply"), (A, 200, "reply"), (B, 300, "reply")], "",
            id="never-within-a-minute",
        ),
        pytest.param(
            [(A, 0, "reply"), (B, 5, "probe"), (A, 5.1, "reply")], V4, id="arp-probe-defended"
        ),
        pytest.param(
            [(A, 0, "reply"), (B, 5, "probe"), (A, 9, "reply")], "", id="an-answer-much-later"
        ),
        pytest.param([(A, 0, "reply"), (B, 5, "probe")], "", id="arp-probe-unanswered"),
        pytest.param([(A, 0, "na"), (B, 5, "ndad"), (A, 5.1, "na")], V6, id="dad-defended"),
        pytest.param([(B, 5, "ndad"), (A, 5.1, "na")], V6, id="dad-defended-by-a-stranger"),
        pytest.param([(A, 0, "na"), (B, 5, "ndad")], "", id="dad-unanswered"),
        pytest.param([(A, 0, "ndad"), (A, 1, "na"), (A, 1.1, "ns")], "", id="own-dad"),
        pytest.param([(A, 0, "na"), (B, 5, "ndad"), (A, 5.1, "ns")], "", id="no-defence"),
        pytest.param(
            [(A, 0, "na"), (B, 0.1, "na"), (A, 1, "na"), (B, 1.1, "na"), (A, 2, "na"),
             (B, 2.1, "na")], V6, id="two-advertise",
        ),
        pytest.param(
            [(A, 0, "na"), (B, 0.1, "na"), (A, 2, "na"), (B, 2.1, "na")], "",
            id="two-advertise-and-once-again",
        ),
        pytest.param(
            [(A, 0, "na"), (B, 0.1, "na"), (B, 1, "na"), (A, 1.1, "na"), (B, 2.1, "na"),
             (A, 2.2, "na")], V6,
            id="two-advertise-in-another-order",
        ),
        pytest.param(
            [(A, 0, "na"), (B, 300, "bare"), (A, 300.5, "na"), (B, 300.6, "na"), (A, 301.2, "na"),
             (B, 301.3, "na")], V6,
            id="a-doubt-and-two-questions",
        ),
        pytest.param(
            [(A, 0, "na"), (B, 5, "na"), (A, 40, "na"), (B, 45, "na")], "", id="a-docked-notebook"
        ),
        pytest.param(
            [(A, 0, "na"), (A, 0.6, "na"), (B, 1.5, "na"), (B, 2.2, "na"), (B, 3, "na")], "",
            id="an-address-moves-between-two-questions",
        ),
        pytest.param(
            [(A, 0, "na"), (B, 200, "na"), (A, 400, "na"), (B, 600, "na")], "", id="minutes-apart"
        ),
        pytest.param(
            [(A, 0, "shared"), (B, 0.1, "shared"), (A, 2, "shared"), (B, 2.1, "shared")], "",
            id="anycast",
        ),
        pytest.param(
            [(A, 0, "na"), (B, 0.9, "shared"), (A, 2, "na"), (B, 2.9, "shared")], "", id="proxy"
        ),
        pytest.param(
            [(B, 0.9, "shared"), (A, 1, "na"), (B, 2.9, "shared"), (A, 3, "na"), (A, 4, "na")], "",
            id="proxy-known-first",
        ),
        pytest.param(
            [(A, 0, "bare"), (B, 0.1, "bare"), (A, 2, "bare"), (B, 2.1, "bare")], "",
            id="answers-that-do-not-say-whose",
        ),
        pytest.param([(B, 5, "ndad"), (A, 5.1, "shared")], "", id="dad-defended-by-a-proxy"),
        pytest.param(
            [(A, 0, "own"), (B, 10, "na"), (A, 11, "own"), (B, 12, "na"), (A, 40, "own"),
             (B, 50, "na")], V6, id="own-address",
        ),
        pytest.param(
            [("00:00:5e:00:02:01", 0, "na"), (B, 0.1, "na"),
             ("00:00:5e:00:02:01", 2, "na"), (B, 2.1, "na")], "", id="vrrp-ipv6",
        ),
        pytest.param(
            [("00:00:5e:00:01:01", 0, "reply"), (B, 0.1, "reply"),
             ("00:00:5e:00:01:01", 2, "reply"), (B, 2.1, "reply")], "", id="vrrp",
        ),
    ],
)  # fmt: skip
def test_claims(steps: list[tuple[str, float, str]], address: str) -> None:
    inventory = new_inventory()
    inventory.apply(claims(*steps))
    found = duplicates(inventory, T + steps[-1][1])
    assert [d.address for d in found] == ([address] if address else [])
    assert kinds(inventory).count("duplicate_address") == bool(address)
    if address:
        assert found[0].macs == tuple(sorted((A, B)))


@pytest.mark.parametrize(
    "how", ["parameter_problem", "echo_reply", "mld_report", "neighbour_table"]
)
def test_the_source_of_a_packet_claims_nothing(how: How) -> None:
    """A host with two interfaces sends from either with the addresses of both."""
    inventory = new_inventory()
    for at in (T, T + 1, T + 2):
        inventory.apply([seen(A, V6, at, "neighbour_advertisement"), seen(B, V6, at, how)])
    assert duplicates(inventory, T + 2) == ()
    held = devices(inventory, T + 2)
    assert [a.address for a in held[A].addresses] == [V6]
    assert held[B].addresses == ()
    assert held[B].state == "up"


def test_the_same_address_on_two_links_is_no_duplicate() -> None:
    inventory = new_inventory()
    for at in (T, T + 1, T + 2):
        inventory.apply(
            [seen(A, "fe80::1", at), seen(B, "fe80::1", at, interface="eth1")],
        )
    assert all(n.duplicates == () for n in inventory.snapshot(T + 2).networks)


def test_an_undecided_contest_is_worth_asking_again() -> None:
    inventory = new_inventory()
    inventory.apply(claims((A, 0, "reply"), (B, 0.1, "reply")))
    (target,) = inventory.contested()
    assert target.addresses == (V4,)
    assert target.mac == ""
    inventory.apply(claims((A, 1, "reply"), (B, 1.1, "reply")))
    assert inventory.contested() == ()


def test_an_address_moves_when_the_old_owner_stays_silent() -> None:
    inventory = new_inventory()
    inventory.apply(claims((A, 0, "reply"), (B, 100, "reply")))
    held = devices(inventory, T + 101)
    assert held[A].addresses
    assert held[B].addresses
    held = devices(inventory, T + 110)
    assert held[A].addresses == ()
    assert [a.address for a in held[B].addresses] == [V4]


def test_a_wanted_address_is_not_given_before_it_is_free() -> None:
    inventory = new_inventory()
    inventory.apply(claims((A, 0, "na"), (B, 5, "ndad"), (A, 5.1, "na")))
    held = devices(inventory, T + 6)
    assert [a.address for a in held[A].addresses] == [V6]
    assert held[B].addresses == ()


def test_a_duplicate_ends_when_nobody_meets_any_more() -> None:
    inventory = new_inventory()
    inventory.apply(claims((A, 0, "reply"), (B, 0.1, "reply"), (A, 1, "reply"), (B, 1.1, "reply")))
    assert duplicates(inventory, T + 800)
    inventory.apply(claims((B, 850, "reply")))
    assert duplicates(inventory, T + 1000) == ()
    held = devices(inventory, T + 1000)
    assert held[A].addresses == ()
    assert [a.address for a in held[B].addresses] == [V4]


def test_contests_are_bounded() -> None:
    inventory = new_inventory()
    for host in range(3000):
        address = f"10.66.{host >> 8}.{host & 255 or 1}"
        inventory.apply([seen(PRINTER, address, T + host, "arp_request")])
        inventory.apply([seen(A, address, T + host, "arp_request")])
    assert len(inventory._contests) <= 1024


OTHER = "10.66.7.11"
CLONES = [
    seen(mac, address, T + after, "arp_reply")
    for after in (0, 0.1, 2, 2.1)
    for address in (V4, OTHER)
    for mac in (A, B)
]


def test_two_hosts_with_the_same_two_addresses_stay_duplicates_without_a_proof() -> None:
    inventory = new_inventory()
    inventory.apply(CLONES)
    assert [d.address for d in duplicates(inventory, T + 3)] == [V4, OTHER]
    assert {one.address for one in inventory.crossings()} == {V4, OTHER}


def test_two_cards_of_one_host_are_no_duplicate() -> None:
    inventory = new_inventory()
    inventory.apply(CLONES)
    crossing = inventory.crossings()[0]
    inventory.unite(crossing, T + 3)
    assert duplicates(inventory, T + 3) == ()
    assert inventory.contested() == ()
    told = [event for event in inventory.recent_events() if "no duplicate" in event.detail]
    assert sorted(event.detail.split()[0] for event in told) == [V4, OTHER]
    assert inventory.snapshot(T + 3).events_total["duplicate_address"] == 2
    held = devices(inventory, T + 3)
    for mac, other in ((A, B), (B, A)):
        last = inventory.decisions(held[mac].id)[-1]
        assert (last.action, last.other) == ("suggested", held[other].id)
        assert crossing.address in last.reasons[0]
    inventory.apply(claims(*[(mac, after, "reply") for after in (300, 302, 304) for mac in (A, B)]))
    assert duplicates(inventory, T + 310) == ()
    assert inventory.crossings() == ()


def test_a_third_station_is_a_duplicate_of_a_host_with_two_cards() -> None:
    inventory = new_inventory()
    inventory.apply(CLONES)
    inventory.unite(inventory.crossings()[0], T + 3)
    inventory.apply(
        claims(*[(mac, after, "reply") for after in (10, 12, 14) for mac in (A, B, PRINTER)])
    )
    (found,) = duplicates(inventory, T + 15)
    assert found.address == V4
    assert PRINTER in found.macs


def test_the_proof_of_one_host_does_not_last_for_ever() -> None:
    inventory = new_inventory()
    inventory.apply(CLONES)
    inventory.unite(inventory.crossings()[0], T + 3)
    day = 86_400.0
    inventory.apply(
        claims(*[(mac, day + after, "reply") for after in (10, 12, 14) for mac in (A, B)])
    )
    assert [d.address for d in duplicates(inventory, T + day + 15)] == [V4]


def test_a_contest_is_put_to_the_proof_a_few_times() -> None:
    inventory = new_inventory()
    inventory.apply(CLONES[:4])
    assert [len(inventory.crossings()) for _ in range(5)] == [2, 2, 2, 0, 0]


def test_a_single_shared_address_is_not_worth_the_proof() -> None:
    inventory = new_inventory()
    inventory.apply(claims((A, 0, "reply"), (B, 0.1, "reply")))
    assert inventory.crossings() == ()


TWO_NA = claims(*[(mac, after, "na") for after in (0, 1, 2) for mac in (A, B)])


def test_ipv6_alone_is_not_put_to_that_proof() -> None:
    inventory = new_inventory()
    inventory.apply(TWO_NA)
    assert [d.address for d in duplicates(inventory, T + 3)] == [V6]
    assert inventory.crossings() == ()


def test_an_ipv6_address_of_two_cards_is_put_to_the_proof_over_ipv4() -> None:
    inventory = new_inventory()
    inventory.apply(CLONES)
    inventory.apply([msgspec.structs.replace(one, at=one.at + 3) for one in TWO_NA])
    assert [d.address for d in duplicates(inventory, T + 6)] == [V4, OTHER, V6]
    crossings = inventory.crossings()
    assert [one.address for one in crossings] == [V4, OTHER]
    inventory.unite(crossings[0], T + 6)
    assert duplicates(inventory, T + 6) == ()
    inventory.apply([msgspec.structs.replace(one, at=one.at + 300) for one in TWO_NA])
    assert duplicates(inventory, T + 310) == ()


def test_a_host_for_which_a_proxy_answers_keeps_its_address() -> None:
    inventory = new_inventory()
    inventory.apply(claims((B, 0, "bare")))  # the proxy, asked by unicast
    for after in (1, 2, 70, 80, 90):
        inventory.apply(claims((A, after, "na"), (B, after + 0.9, "shared")))
    assert duplicates(inventory, T + 100) == ()
    held = devices(inventory, T + 100)
    assert [a.address for a in held[A].addresses] == [V6]
    assert held[B].addresses == ()


def test_an_anycast_address_is_of_the_first_that_answers() -> None:
    inventory = new_inventory()
    for after in (0, 1, 2, 70, 140):
        inventory.apply(claims((A, after, "shared"), (B, after + 0.1, "shared")))
    assert inventory.contested() == ()
    held = devices(inventory, T + 150)
    assert [a.address for a in held[A].addresses] == [V6]
    assert held[B].addresses == ()


def test_an_attacker_who_passes_packets_on_is_no_second_card() -> None:
    """His echo is answered by the host that he pretends to be."""
    inventory = new_inventory()
    inventory.apply([seen(B, "10.66.7.99", T)])
    inventory.apply(claims((A, 0, "reply"), (B, 0.1, "reply"), (A, 2, "reply"), (B, 2.1, "reply")))
    assert inventory.crossings() == ()
    inventory.unite(Crossing("eth0", V4, (B, A)), T + 3)
    assert [d.address for d in duplicates(inventory, T + 3)] == [V4]
    assert all(d.action == "created" for m in (A, B) for d in
               inventory.decisions(devices(inventory, T + 3)[m].id))  # fmt: skip


@pytest.mark.parametrize(
    "sign",
    [
        pytest.param(
            RouteSeen(at=T, source="netlink", family="ipv4", destination="default", gateway=V4),
            id="default-route",
        ),
        pytest.param(advertised(mac=A), id="advertises-itself"),
    ],
)
def test_a_router_is_never_taken_for_two_cards(sign: AnyObservation) -> None:
    inventory = new_inventory()
    inventory.apply([sign, *CLONES])
    assert inventory.crossings() == ()
    inventory.unite(Crossing("eth0", V4, (A, B)), T + 3)
    assert [d.address for d in duplicates(inventory, T + 3)] == [V4, OTHER]
