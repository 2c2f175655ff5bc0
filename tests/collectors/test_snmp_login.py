"""Who is asked with what, and secrets that nothing prints."""

import pickle
from typing import Any

import msgspec
import pytest

from collectors.snmp_login import Community, Logins, Rule, Secret, User

OLD = Community("old", Secret(b"s3cret-word"))
NEW = User("new", "reader", "sha256", Secret(b"s3cret-word"), "aes", Secret(b"s3cret-too"))
LOGINS = Logins((Rule("10.66.0.0/28", (NEW, OLD)), Rule("2001:db8::/64", (OLD,))))


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        pytest.param(["10.66.0.9"], (NEW, OLD), id="in the order of the rule"),
        pytest.param(["10.66.0.99"], (), id="elsewhere"),
        pytest.param(["2001:db8::9", "10.66.0.9"], (NEW, OLD), id="two rules, each login once"),
        pytest.param(["2001:db8::9"], (OLD,), id="by IPv6"),
        pytest.param(["fe80::9%lan0"], (), id="a zone"),
    ],
)
def test_logins_of_a_device(addresses: list[str], expected: tuple[Any, ...]) -> None:
    assert LOGINS.of(addresses) == expected


def test_no_more_than_four_for_a_device() -> None:
    many = tuple(Community(f"c{n}", Secret(b"x%d" % n)) for n in range(9))
    assert Logins((Rule("10.66.0.0/28", many),)).of(["10.66.0.1"]) == many[:4]


@pytest.mark.parametrize("show", [repr, str, "{}".format, lambda one: f"{one!r}"])
@pytest.mark.parametrize("thing", [OLD, NEW, LOGINS, NEW.auth_secret])
def test_a_secret_shows_up_in_no_text(show: Any, thing: Any) -> None:
    assert "s3cret" not in show(thing)


@pytest.mark.parametrize("thing", [OLD, NEW, LOGINS])
def test_a_secret_is_not_written_down(thing: Any) -> None:
    for encode in (msgspec.json.encode, msgspec.msgpack.encode, pickle.dumps):
        with pytest.raises((TypeError, NotImplementedError)):
            encode(thing)


def test_another_secret_is_another_login() -> None:
    changed = Community("old", Secret(b"another"))
    assert changed != OLD
    assert len({OLD, changed, Community("old", Secret(b"s3cret-word"))}) == 2
