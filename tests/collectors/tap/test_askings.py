"""Who asks whom: at once, then once a minute, within bounds."""

from collectors.observation import AddressSeen, TargetAsked
from collectors.tap.askings import INTERVAL_S, Askings
from collectors.tap.belief import Belief
from collectors.wire.address import ip_bytes, mac_bytes, mac_text
from tests.collectors.tap.fakes import LINK

NOW = 1_700_000_000.0
A = mac_bytes("02:00:00:00:00:0a")


def made(**bounds: int) -> Askings:
    return Askings("eth0", Belief(LINK), LINK.owns, **bounds)


def ask(askings: Askings, target: str, at: float, mac: bytes = A) -> TargetAsked | None:
    seen = AddressSeen(
        at=at, source="tap", interface="eth0", mac=mac_text(mac), address="10.66.7.9",
        how="arp_request",
    )  # fmt: skip
    return askings.heard(mac, ip_bytes(target), seen)


def due(askings: Askings, at: float) -> list[tuple[str, int, float]]:
    return [(one.target, one.count, one.at) for one in askings.due(at)]


def test_the_first_is_told_at_once() -> None:
    askings = made()
    first = ask(askings, "10.66.7.1", NOW)
    assert first == TargetAsked(
        at=NOW, source="tap", interface="eth0", mac="02:00:00:00:00:0a", address="10.66.7.9",
        target="10.66.7.1", family="ipv4", count=1,
    )  # fmt: skip
    assert ask(askings, "10.66.7.1", NOW + 1) is None
    second = ask(askings, "fe80::1", NOW + 1)
    assert second is not None
    assert second.family == "ipv6"


def test_then_once_a_minute_with_the_last_time() -> None:
    askings = made()
    ask(askings, "10.66.7.1", NOW)
    for second in (10, 20, 30):
        ask(askings, "10.66.7.1", NOW + second)
    assert due(askings, NOW + 59) == []
    assert due(askings, NOW + 60) == [("10.66.7.1", 3, NOW + 30)]
    ask(askings, "10.66.7.1", NOW + 61)
    assert due(askings, NOW + 119) == []
    assert due(askings, NOW + 120) == [("10.66.7.1", 1, NOW + 61)]


def test_pairs_that_ask_no_more_are_forgotten() -> None:
    askings = made()
    ask(askings, "10.66.7.1", NOW)
    assert due(askings, NOW + INTERVAL_S) == []
    assert not askings.tallies
    assert ask(askings, "10.66.7.1", NOW + 100) is not None


def test_the_table_is_bounded() -> None:
    askings = made(size=3)
    told = [ask(askings, f"10.66.7.{host}", NOW) for host in range(10, 20)]
    assert len(list(filter(None, told))) == len(askings.tallies) == 3
    assert askings.refused == 7
    assert due(askings, NOW + INTERVAL_S) == []
    assert ask(askings, "10.66.7.19", NOW + INTERVAL_S) is not None


def test_a_sweep_does_not_crowd_out_the_next_second() -> None:
    askings = made(new_per_s=2)
    told = [ask(askings, f"10.66.7.{host}", NOW + host / 100) for host in range(10, 20)]
    assert len(list(filter(None, told))) == 2
    assert ask(askings, "10.66.7.30", NOW + 1.2) is not None


def test_what_shows_no_dependency_is_not_told_and_costs_one_look() -> None:
    askings = made()
    for target in ("10.66.7.2", "fe80::2", "203.0.113.1", "0.0.0.0", "10.66.7.255"):
        assert ask(askings, target, NOW) is None
        assert ask(askings, target, NOW + 1) is None
    assert len(askings.tallies) == 5
    assert due(askings, NOW + INTERVAL_S) == []
    assert not askings.tallies


def test_a_clock_that_is_set_back_delays_nothing() -> None:
    askings = made()
    ask(askings, "10.66.7.1", NOW)
    ask(askings, "10.66.7.1", NOW - 5000)
    assert due(askings, NOW - 4999) == [("10.66.7.1", 1, NOW - 5000)]
    assert due(askings, NOW - 4990) == []


def test_the_rest_is_told_at_the_end() -> None:
    askings = made()
    ask(askings, "10.66.7.1", NOW)
    ask(askings, "10.66.7.1", NOW + 1)
    ask(askings, "10.66.7.5", NOW)
    assert [(one.target, one.count) for one in askings.rest()] == [("10.66.7.1", 1)]
    assert not list(askings.rest())
