"""What was said a moment ago is not said again, in bounded memory."""

import msgspec

from collectors.observation import AddressSeen, Hold, NameSeen
from collectors.tap.coalesce import Coalescer


def sighting(at: float, address: str = "10.66.7.9", mac: str = "02:00:00:00:00:0a") -> AddressSeen:
    return AddressSeen(at=at, source="tap", mac=mac, address=address, how="arp_reply")


def test_the_same_again_within_a_second_is_not_news() -> None:
    coalescer = Coalescer()
    times = [0.0, 0.5, 0.99, 1.0, 1.5, 2.1]
    passed = [one.at for at in times for one in coalescer.fresh([sighting(at)])]
    assert passed == [0.0, 1.0, 2.1]


def test_another_station_or_address_is_news() -> None:
    coalescer = Coalescer()
    some = [sighting(0), sighting(0, "10.66.7.8"), sighting(0, mac="02:00:00:00:00:0b")]
    assert list(coalescer.fresh(some)) == some


def test_another_way_to_hold_an_address_is_news() -> None:
    coalescer = Coalescer()
    holds: tuple[Hold, ...] = ("", "sole", "shared", "sole")
    some = [msgspec.structs.replace(sighting(0), hold=hold) for hold in holds]
    assert list(coalescer.fresh(some)) == some[:3]


def test_what_carries_more_than_addresses_is_told_apart_by_all_of_it() -> None:
    coalescer = Coalescer()

    def name(text: str, at: float) -> NameSeen:
        return NameSeen(at=at, source="dhcp", name=text)

    passed = coalescer.fresh([name("a", 0), name("b", 0.1), name("a", 0.2), name("a", 1.1)])
    assert [(one.at, getattr(one, "name", "")) for one in passed] == [
        (0, "a"),
        (0.1, "b"),
        (1.1, "a"),
    ]


def test_a_flood_does_not_fill_the_memory() -> None:
    coalescer = Coalescer(size=10)
    flood = [sighting(0, f"10.66.7.{number}") for number in range(100)]
    assert list(coalescer.fresh(flood)) == flood
    assert list(coalescer.fresh([sighting(0.1, "10.66.7.99")])) == []
    assert list(coalescer.fresh([sighting(0.1, "10.66.7.5")])) != []


def test_a_clock_that_steps_back_does_not_silence() -> None:
    coalescer = Coalescer()
    assert list(coalescer.fresh([sighting(1000.0)]))
    assert list(coalescer.fresh([sighting(500.0)]))


def test_a_released_address_is_heard_again_at_once() -> None:
    coalescer = Coalescer()
    list(coalescer.fresh([sighting(0), sighting(0, "10.66.7.8")]))
    coalescer.release("10.66.7.9")
    again = coalescer.fresh([sighting(0.1), sighting(0.1, "10.66.7.8")])
    assert [getattr(one, "address", "") for one in again] == ["10.66.7.9"]
