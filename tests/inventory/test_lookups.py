"""Lookups are added up, and bounded by client and in all."""

from typing import Any

import pytest

from collectors.observation import LookedUp
from inventory import lookups
from inventory.lookups import Lookups
from inventory.readiness import Lookup

T = 1_760_000_000.0
DAY = 86_400.0


def looked_up(name: str = "kho.example", client: str = "10.66.7.5", **fields: Any) -> LookedUp:
    values: dict[str, Any] = {"at": T, "a": 1} | fields
    return LookedUp(source="resolver_log", client=client, name=name, **values)


def kept(*seen: LookedUp) -> tuple[Lookup, ...]:
    book = Lookups(())
    for one in seen:
        book.looked_up(one)
    return book.shown()


def test_counts_and_days_add_up() -> None:
    (one,) = kept(looked_up(), looked_up(aaaa=2), looked_up(at=T + DAY))
    assert (one.a, one.aaaa, one.days) == (3, 2, 2)
    assert (one.first_seen, one.last_seen) == (T, T + DAY)


@pytest.mark.parametrize(
    ("seen", "answers", "lacks"),
    [
        pytest.param([{"answers": ("10.1.1.1",), "lacks": ("ipv6",)}], ("10.1.1.1",), ("ipv6",),
            id="one family"),
        pytest.param([{"lacks": ("ipv6",)}, {"answers": ("2001:db8::1",)}], ("2001:db8::1",), (),
            id="it got IPv6"),
        pytest.param([{"answers": ("2001:db8::1", "10.1.1.1")}, {"lacks": ("ipv6",)}],
            ("10.1.1.1",), ("ipv6",), id="it lost IPv6"),
        pytest.param([{"answers": tuple(f"10.1.1.{n}" for n in range(20))}],
            tuple(f"10.1.1.{n}" for n in range(8)), (), id="so many answers"),
    ],
)  # fmt: skip
def test_what_was_said_last_holds(
    seen: list[dict[str, Any]], answers: tuple[str, ...], lacks: tuple[str, ...]
) -> None:
    (one,) = kept(*(looked_up(**fields) for fields in seen))
    assert (one.answers, one.lacks) == (answers, lacks)


def test_a_client_that_asks_for_everything_forgets_its_oldest() -> None:
    book = Lookups(())
    for number in range(lookups.MAX_PER_CLIENT + 5):
        book.looked_up(looked_up(f"n{number}.example", at=T + number))
    assert len(book.shown()) == lookups.MAX_PER_CLIENT
    assert book.refused == 5
    assert "n0.example" not in {one.name for one in book.shown()}


def test_many_clients_are_bounded_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "MAX_LOOKUPS", 100)
    book = Lookups(())
    for number in range(500):
        book.looked_up(looked_up(client=f"10.66.{number // 250}.{number % 250}", at=T + number))
    assert len(book.shown()) <= 100
    assert book.shown()[-1].last_seen == T + 499


def test_what_was_saved_goes_on() -> None:
    (before,) = kept(looked_up())
    book = Lookups((before,))
    book.looked_up(looked_up())
    assert [one.a for one in book.shown()] == [2]
