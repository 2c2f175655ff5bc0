"""Guessing IPv6 addresses: the patterns, and that reported groups keep the guesses few."""

import pytest

from collectors.candidates import MAX_PER_STATION, Guess, Station, guesses, unexplained_groups
from collectors.wire.address import ipv6_bytes, ipv6_text, solicited_node

MAC = "00:1b:a9:00:00:09"
PREFIX = "2001:db8:66:7::/64"
ULA = "fd00:66::/64"


def group(address: str) -> str:
    return ipv6_text(solicited_node(ipv6_bytes(address)))


def station(*addresses: str, groups: tuple[str, ...] = (), **options: object) -> Station:
    return Station(
        MAC,
        addresses=frozenset(addresses),
        groups=frozenset(map(group, groups)),
        complete=bool(groups),
        **options,  # type: ignore[arg-type]
    )


def asked(one: Station, *others: Station, prefixes: tuple[str, ...] = (PREFIX,)) -> set[str]:
    return {guess.address for guess in guesses((one, *others), prefixes) if guess.mac == MAC}


@pytest.mark.parametrize(
    ("hidden", "known"),
    [
        pytest.param("2001:db8:66:7:21b:a9ff:fe00:9", (), id="eui-64"),
        pytest.param("2001:db8:66:7::1", (), id="low byte"),
        pytest.param("2001:db8:66:7::53", (), id="service port"),
        pytest.param("2001:db8:66:7::1020", (), id="sequential"),
        pytest.param("2001:db8:66:7::9", ("10.66.7.9",), id="last octet"),
        pytest.param("2001:db8:66:7::14", ("10.66.7.14",), id="last octet, decimal spelt in hex"),
        pytest.param("2001:db8:66:7::e", ("10.66.7.14",), id="last octet, in hex"),
        pytest.param("2001:db8:66:7::a42:709", ("10.66.7.9",), id="whole, 32 bits"),
        pytest.param("2001:db8:66:7:10:66:7:9", ("10.66.7.9",), id="whole, decimal spelt in hex"),
        pytest.param("2001:db8:66:7:a:42:7:9", ("10.66.7.9",), id="whole, hex by groups"),
        pytest.param("2001:db8:66:7::7:9", ("10.66.7.9",), id="last two octets"),
        pytest.param("2001:db8:66:7:aa:bb:cc:dd", ("fe80::aa:bb:cc:dd",), id="seen elsewhere"),
    ],
)
def test_a_pattern_finds_the_hidden_address(hidden: str, known: tuple[str, ...]) -> None:
    assert hidden in asked(station(*known, groups=(hidden,)))


def test_a_neighbour_in_the_same_pool_gives_the_upper_part_away() -> None:
    other = Station("02:00:00:00:00:0b", addresses=frozenset(("2001:db8:66:7:d:c:b:1000",)))
    hidden = "2001:db8:66:7:d:c:b:1010"
    assert hidden in asked(station(groups=(hidden,)), other)
    far = "2001:db8:66:7:d:c:1b:1010"
    assert far not in asked(station(groups=(far,)), other)


def test_what_no_group_speaks_for_is_not_asked() -> None:
    random = "fe80::1234:5678:9abc:def0"
    found = guesses([station("10.66.7.9", random, groups=(random,))], [PREFIX])
    assert found == (Guess("2001:db8:66:7:1234:5678:9abc:def0", MAC, True),)


def test_without_the_whole_list_only_likely_ones_are_asked() -> None:
    one = station("10.66.7.9", "fe80::aa:bb:cc:dd")
    assert asked(one, prefixes=(PREFIX, ULA)) == {
        "fe80::21b:a9ff:fe00:9",
        "2001:db8:66:7:21b:a9ff:fe00:9",
        "fd00:66::21b:a9ff:fe00:9",
        "2001:db8:66:7:aa:bb:cc:dd",
        "fd00:66::aa:bb:cc:dd",
    }
    assert {guess.reported for guess in guesses([one], [PREFIX])} == {False}


def test_a_router_would_pass_wrong_guesses_on() -> None:
    assert asked(station("fe80::1", router=True)) == set()
    assert "2001:db8:66:7::1" in asked(station("fe80::1", router=True, groups=("fe80::1",)))


def test_a_claim_is_asked_as_it_is() -> None:
    claimed = "2001:db8:66:7:1234:5678:9abc:def0"
    one = Station(MAC, claimed=frozenset((claimed, "2001:db8:bad::1")))
    assert claimed in asked(one)
    assert "2001:db8:bad::1" not in asked(one)


def test_what_was_seen_is_not_asked_again() -> None:
    seen = "2001:db8:66:7:21b:a9ff:fe00:9"
    assert seen not in asked(station(seen, groups=(seen,)))


def test_the_prefix_itself_belongs_to_every_router() -> None:
    assert asked(station(groups=("2001:db8:66:7::",))) == set()


@pytest.mark.parametrize("prefix", ["2001:db8::/48", "2001:db8:66:7::/80", "10.66.7.0/24"])
def test_other_lengths_are_no_place_for_interface_identifiers(prefix: str) -> None:
    found = asked(station(), prefixes=(prefix,))
    assert found == {"fe80::21b:a9ff:fe00:9"}


def test_an_own_address_with_its_prefix_length_counts_as_prefix() -> None:
    assert "2001:db8:66:7:21b:a9ff:fe00:9" in asked(station(), prefixes=("2001:db8:66:7::2/64",))


def test_the_guesses_are_bounded() -> None:
    many = station(*(f"2001:db8:66:7:{n:x}::1" for n in range(1, 3000)))
    prefixes = tuple(f"2001:db8:{n:x}::/64" for n in range(100))
    assert len(guesses([many], prefixes)) <= MAX_PER_STATION


def test_groups_without_a_known_address_tell_how_many_are_missing() -> None:
    hidden, known = "2001:db8:66:7::abcd:1", "fe80::9"
    one = station(known, groups=(known, hidden))
    extra = Station(
        MAC, one.addresses, groups=one.groups | {"ff02::fb", "ff02::1:ff00:0"}, complete=True
    )
    assert unexplained_groups(extra) == (group(hidden),)
