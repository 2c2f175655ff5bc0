"""Which addresses of a device may be probed."""

import pytest

from collectors.contract import Target
from collectors.places import Place, is_host_in_scope, owners, places_of, split_host_port
from collectors.scope import Scope
from tests.collectors.contexts import SCOPE

TABLE = [
    pytest.param(("10.66.0.9",), 1, (Place("10.66.0.9"),), id="IPv4"),
    pytest.param(("10.67.0.9", "192.168.0.1"), 1, (), id="out of scope"),
    pytest.param(("10.66.0.66",), 1, (), id="excluded"),
    pytest.param(
        ("fe80::9%lan0",), 1, (Place("fe80::9", 7, "lan0"),), id="link-local with its zone"
    ),
    pytest.param(("fe80::9%lan1",), 1, (), id="link-local on a link out of scope"),
    pytest.param(("fe80::9",), 1, (), id="link-local without any zone"),
    pytest.param(
        ("fe80::9%lan0", "2001:db8:66::9", "10.66.0.9"),
        1,
        (Place("10.66.0.9"), Place("2001:db8:66::9")),
        id="one per family, IPv4 first, what reaches further before link-local",
    ),
    pytest.param(
        ("2001:db8:66::2", "2001:db8:66::1", "fe80::9%lan0"),
        9,
        (Place("2001:db8:66::2"), Place("2001:db8:66::1"), Place("fe80::9", 7, "lan0")),
        id="all, in order",
    ),
    pytest.param(
        ("ff02::1", "224.0.0.251", "127.0.0.1", "0.0.0.0", "nonsense", "", "10.66.0.9/24"),
        9,
        (),
        id="no host's address, or none at all",
    ),
    pytest.param(("10.66.0.9", "10.66.0.9"), 9, (Place("10.66.0.9"),), id="twice"),
]


@pytest.mark.parametrize(("addresses", "per_family", "expected"), TABLE)
def test_places(addresses: tuple[str, ...], per_family: int, expected: tuple[Place, ...]) -> None:
    target = Target(device="d-1", addresses=addresses)
    assert places_of(target, SCOPE, per_family) == expected


def test_the_targets_interface_stands_in_for_a_zone() -> None:
    target = Target(device="d-1", addresses=("fe80::9",), interface="lan0")
    assert places_of(target, SCOPE, 1) == (Place("fe80::9", 7, "lan0"),)


def test_nothing_is_in_an_empty_scope() -> None:
    target = Target(device="d-1", addresses=("10.66.0.9", "fe80::9%lan0"))
    assert places_of(target, Scope(), 9) == ()
    assert not is_host_in_scope("10.66.0.9", Scope())


def test_owners_leave_the_zone_out() -> None:
    targets = (Target("d-1", ("fe80::9%lan0", "10.66.0.9")), Target("d-2", ("10.66.0.8",)))
    assert owners(targets) == {"fe80::9": "d-1", "10.66.0.9": "d-1", "10.66.0.8": "d-2"}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("www.example.vn:443", ("www.example.vn", 443), id="name"),
        pytest.param("WWW.Example.VN.:80", ("www.example.vn", 80), id="name in capitals"),
        pytest.param("10.66.0.1:53", ("10.66.0.1", 53), id="IPv4"),
        pytest.param("[2001:DB8::0:1]:53", ("2001:db8::1", 53), id="IPv6"),
    ],
)
def test_host_and_port(text: str, parts: tuple[str, int]) -> None:
    assert split_host_port(text) == parts


@pytest.mark.parametrize(
    "text",
    ["", "host", "host:", ":443", "host:0", "host:65536", "host:４４３", "2001:db8::1:443",
     "[10.66.0.1]:443", "a b:443", "http://host:443", "host:443443"],
)  # fmt: skip
def test_no_host_and_port(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        split_host_port(text)
