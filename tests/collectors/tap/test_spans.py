"""Networks as spans of numbers."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.tap.spans import number_of, spans, text_of


def addresses(networks: list[str], holes: list[str]) -> list[str]:
    return [
        text_of(number)
        for first, last in spans(networks, holes)
        for number in range(first, last + 1)
    ]


@pytest.mark.parametrize(
    ("networks", "holes", "expected"),
    [
        pytest.param(["10.0.0.0/30"], [], [0, 1, 2, 3], id="all"),
        pytest.param(["10.0.0.0/30"], ["10.0.0.0"], [1, 2, 3], id="first"),
        pytest.param(["10.0.0.0/30"], ["10.0.0.3"], [0, 1, 2], id="last"),
        pytest.param(["10.0.0.0/30"], ["10.0.0.1", "10.0.0.2"], [0, 3], id="middle"),
        pytest.param(["10.0.0.0/30"], ["0.0.0.0/0"], [], id="everything"),
        pytest.param(["10.0.0.2/31", "10.0.0.0/31"], [], [0, 1, 2, 3], id="adjacent"),
        pytest.param(["10.0.0.0/30", "10.0.0.1/32"], [], [0, 1, 2, 3], id="nested"),
        pytest.param(["10.0.0.0/30"], ["::/0"], [0, 1, 2, 3], id="another family"),
    ],
)
def test_spans(networks: list[str], holes: list[str], expected: list[int]) -> None:
    assert addresses(networks, holes) == [f"10.0.0.{host}" for host in expected]


networks = st.builds(
    lambda number, length: str(ipaddress.ip_network((number, length), strict=False)),
    st.integers(0, 255).map(lambda low: (10 << 24) + low),
    st.integers(26, 32),
)


@given(st.lists(networks, max_size=5), st.lists(networks, max_size=5))
def test_as_sets_would_have_it(wanted: list[str], holes: list[str]) -> None:
    def members(texts: list[str]) -> set[str]:
        return {str(one) for text in texts for one in ipaddress.ip_network(text)}

    found = addresses(wanted, holes)
    assert len(found) == len(set(found))
    assert set(found) == members(wanted) - members(holes)
    assert found == sorted(found, key=number_of)
