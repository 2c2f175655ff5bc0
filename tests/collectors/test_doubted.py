"""Which addresses all stations of a link are asked for."""

import pytest

from collectors.candidates import Station
from collectors.doubted import MAX_IN_TURN, MAX_SUSPECTED, doubted
from collectors.memory import Until

A, B = "02:66:00:00:00:0a", "02:66:00:00:00:0b"
X, GROUP = "2001:db8:66:7::10", "ff02::1:ff00:10"
NOW = 1_700_000_000.0


def station(mac: str, *addresses: str, groups: tuple[str, ...] = (), **more: object) -> Station:
    return Station(mac, frozenset(addresses), groups=frozenset(groups), **more)  # type: ignore[arg-type]


def asked(*stations: Station, own: tuple[str, ...] = (), memory: Until | None = None) -> list[str]:
    return list(
        doubted(
            stations,
            own,
            lambda address: "bad" not in address,
            Until() if memory is None else memory,
            NOW,
        )
    )


@pytest.mark.parametrize(
    ("stations", "suspected"),
    [
        pytest.param([station(A, X, groups=(GROUP,)), station(B, "fe80::b")], False, id="one"),
        pytest.param([station(A, X), station(B, "fe80::b", groups=(GROUP,))], True, id="a group"),
        pytest.param([station(A, X), station(B, X)], True, id="both seen"),
        pytest.param(
            [station(A, X), Station(B, frozenset(), frozenset({X}))], True, id="wanted by another"
        ),
    ],
)
def test_suspected_addresses_come_in_every_pass(stations: list[Station], suspected: bool) -> None:
    memory = Until()
    first = asked(*stations, memory=memory)
    assert X in first
    assert (X in dict(memory)) is not suspected, "what is suspected has no turn to wait for"


def test_what_is_not_asked() -> None:
    some = station(A, "10.66.7.9", "2001:db8:66:7::", "2001:db8:bad::1", X)
    assert asked(some) == [X]
    assert asked(some, own=(X,)) == []


def test_all_is_bounded() -> None:
    many = [f"2001:db8:66:7::{number:x}" for number in range(1, 1000)]
    assert len(asked(station(A, *many), station(B, *many))) == MAX_SUSPECTED + MAX_IN_TURN
    assert len(asked(station(A, *many))) == MAX_IN_TURN
