"""When the silence of many is the scanner's, and what proves that it is not."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.guard import Bounds, Census, Member, count, is_mass_silence, is_path_proven

BOUNDS = Bounds()


@pytest.mark.parametrize(
    ("census", "mass"),
    [
        pytest.param(Census(up=20), False, id="all-answer"),
        pytest.param(Census(up=1, silent=1), False, id="one-alone-is-itself"),
        pytest.param(Census(up=2, silent=2), True, id="two-of-two"),
        pytest.param(Census(up=5, silent=3), False, id="three-are-not-many"),
        pytest.param(Census(up=20, silent=5), False, id="four-pulled-cables-and-one"),
        pytest.param(Census(up=20, silent=6), True, id="the-share"),
        pytest.param(Census(up=100, silent=29), False, id="below-the-share"),
        pytest.param(Census(up=100, silent=30), True, id="at-the-share"),
        pytest.param(
            Census(up=80, silent=60, steady=10), False, id="the-pcs-are-switched-off-at-five"
        ),
        pytest.param(
            Census(up=80, silent=60, steady=10, steady_silent=2), False,
            id="at-five-and-two-servers-fail",
        ),
        pytest.param(
            Census(up=80, silent=60, steady=10, steady_silent=3), True, id="servers-too"
        ),
        pytest.param(
            Census(up=80, silent=10, steady=10, steady_silent=10), False,
            id="a-rack-that-dies-is-a-failure-of-the-rack",
        ),
        pytest.param(
            Census(up=12, silent=12, steady=12, steady_silent=12), True, id="everybody-at-night"
        ),
        pytest.param(
            Census(up=10, silent=4, steady=1, steady_silent=0), False, id="the-only-server-answers"
        ),
    ],
)  # fmt: skip
def test_mass_silence(census: Census, mass: bool) -> None:
    assert is_mass_silence(census, BOUNDS) is mass


@pytest.mark.parametrize(
    ("bounds", "mass"),
    [
        (Bounds(share=0.1), True),
        (Bounds(share=0.1, devices=6), False),
        (Bounds(share=0.9), False),
    ],
)
def test_the_bounds_are_the_officers(bounds: Bounds, mass: bool) -> None:
    assert is_mass_silence(Census(up=40, silent=5), bounds) is mass


def members(others: str, gateway: str = "") -> Iterator[Member]:
    """`+` answers in the round, `-` does not."""
    for number, sign in enumerate(others):
        yield Member(f"d-{number}", 10.0 if sign == "+" else 1.0, sign == "-")
    for sign in gateway:
        yield Member("d-gw", 10.0 if sign == "+" else 1.0, sign == "-", steady=True, gateway=True)


@pytest.mark.parametrize(
    ("others", "gateway", "proven"),
    [
        pytest.param("----", "", False, id="nobody"),
        pytest.param("---+", "", True, id="anybody-when-no-gateway-is-known"),
        pytest.param("----", "+", True, id="the-gateway"),
        pytest.param("-----+", "-", False, id="one-neighbour-on-our-own-switch"),
        pytest.param("-+++", "-", True, id="most-of-them-without-the-gateway"),
        pytest.param("---", "-+", True, id="one-of-two-gateways"),
        pytest.param("", "", False, id="nobody-is-there"),
    ],
)
def test_the_path(others: str, gateway: str, proven: bool) -> None:
    assert is_path_proven(members(others, gateway), 5.0) is proven


def test_counting() -> None:
    assert count(members("++-", "-")) == Census(4, 2, 1, 1, 1, 1)


@given(
    st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.floats(0.05, 1.0),
    st.integers(2, 20),
)  # fmt: skip
def test_more_silence_is_never_less_of_an_illness(
    up: int, silent: int, steady: int, share: float, devices: int
) -> None:
    bounds = Bounds(share, devices)
    verdicts = [
        is_mass_silence(Census(up, one, min(steady, up), min(one, steady, up)), bounds)
        for one in range(min(silent, up) + 1)
    ]
    assert verdicts == sorted(verdicts)
